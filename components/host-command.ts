import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { interpreter, named, withWayBack, type HostConnection } from "../lib/hosts/host-connection.ts";

/** One step that runs on a host. */
export interface HostCommandArgs {
  readonly host: { readonly connection: HostConnection; readonly prepared?: readonly pulumi.Resource[] };
  /** POSIX shell text, run at creation and again when any argument changes; it must be safe to repeat. Never holds a secret. */
  readonly run: string;
  /** Shell text that `pulumi destroy` runs on the machine it runs on itself: by then the host may be gone. @default nothing runs */
  readonly runOnDelete?: string;
  /** `true`: by the user who prepares the host, as root. @default the user who deploys */
  readonly asRoot?: boolean;
  /** Variables for the step, not secret. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Input of the step: values that decide whether it runs again, and secrets. */
  readonly stdin?: pulumi.Input<string>;
  /** Longest that the step may take, in seconds; then it is ended and the update fails. */
  readonly timeoutSeconds: number;
  /** `true`: a host whose connection is lost is waited for. @default one more attempt on a fresh connection, then the update fails */
  readonly outlivesConnection?: boolean;
  /** What runs on other hosts when this step fails; the update fails all the same. */
  readonly onFailure?: readonly { readonly host: { readonly connection: HostConnection }; readonly run: string }[];
  /** `deleted`: `run` does so when the step leaves the stack, on the host as always, and nothing runs before. @default "declared" */
  readonly runsWhen?: "declared" | "deleted";
  /** `true`: only at its creation, whatever changes later. @default whenever an argument changes */
  readonly once?: boolean;
  /** `true` keeps the output out of logs and encrypted in the state. @default false */
  readonly secretOutput?: boolean;
}

/**
 * The only place that makes command resources: it gives each a time limit and keeps secrets out of arguments and logs.
 *
 * A step that ignores every change is frozen: it has been done. A state that does not know it yet notes it and runs nothing, so that a
 * host whose state was lost can be adopted.
 *
 * It never replaces: changed arguments run the step again in place, so that no delete step of an old one can run late.
 */
export class HostCommand extends command.local.Command {
  constructor(name: string, args: HostCommandArgs, opts: pulumi.CustomResourceOptions) {
    const { host, timeoutSeconds, asRoot = false, outlivesConnection = false, onFailure = [], once = false } = args;
    const { runsWhen = "declared" } = args;
    const whenLost = outlivesConnection ? "wait" : "try-again";
    const run = opts.ignoreChanges?.includes("*") ? "true" : args.run;
    const wayBack = onFailure.map(({ host: { connection }, run: text }) => ({
      host: connection.name,
      ...connection.command({ text, timeoutSeconds, whenLost: "try-again" }),
    }));
    const started = pulumi.output(args.env ?? {}).apply((env) => {
      const once = host.connection.command({ text: run, env, timeoutSeconds, asRoot, whenLost });
      return named(withWayBack(once, wayBack));
    });
    super(
      name,
      {
        create: runsWhen === "declared" ? started.text : "true",
        interpreter: started.limitSeconds.apply(interpreter),
        environment: started.environment,
        addPreviousOutputInEnv: false,
        logging: args.secretOutput ? "none" : "stdoutAndStderr",
        ...(runsWhen === "deleted" ? { delete: started.text } : {}),
        ...(args.runOnDelete === undefined ? {} : { delete: args.runOnDelete }),
        ...(args.stdin === undefined ? {} : { stdin: args.stdin }),
      },
      pulumi.mergeOptions(opts, {
        dependsOn: [...(host.prepared ?? [])],
        ...(once ? { ignoreChanges: ["*"] } : {}),
        ...(args.secretOutput ? { additionalSecretOutputs: ["stdout", "stderr"] } : {}),
      }),
    );
  }
}
