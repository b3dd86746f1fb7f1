import { defineCommand, runMain } from "citty";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const project = join(import.meta.dirname, "..");

const stackArgument = {
  stack: { type: "string", description: "Stack to speak of, the selected one by default", valueHint: "name" },
} as const;

const status = defineCommand({
  meta: { name: "status", description: "What each slot holds, where traffic goes, and the rollout that is running" },
  args: { ...stackArgument, json: { type: "boolean", description: "Print JSON" } },
  run: ({ args }) => {
    controller(args.stack, ["status", ...(args.json ? ["--json"] : [])]);
  },
});

const rollback = steer("rollback", "Move all traffic back to the standby slot, or end the running rollout, now");

const rollout = defineCommand({
  meta: { name: "rollout", description: "Steer the running rollout, or look at earlier ones" },
  subCommands: {
    pause: steer("pause", "Hold the rollout at its share; it is judged all the same"),
    resume: steer("resume", "Go on after a pause"),
    "promote-now": steer("promote-now", "Skip what is left of pauses and steps; the watch remains"),
    abort: steer("abort", "End the rollout: all traffic back to the old slot"),
    list: defineCommand({
      meta: { name: "list", description: "The last rollouts, newest first" },
      args: { ...stackArgument, json: { type: "boolean", description: "Print JSON" } },
      run: ({ args }) => {
        controller(args.stack, ["rollouts", ...(args.json ? ["--json"] : [])]);
      },
    }),
    show: defineCommand({
      meta: { name: "show", description: "Everything recorded about one rollout, as JSON" },
      args: { ...stackArgument, number: { type: "positional", description: "Number of the rollout", required: true } },
      run: ({ args }) => {
        controller(args.stack, ["record", args.number]);
      },
    }),
  },
});

/** A command of the controller that takes nothing but the stack. */
function steer(name: string, description: string) {
  return defineCommand({
    meta: { name, description },
    args: stackArgument,
    run: ({ args }) => {
      controller(args.stack, [name]);
    },
  });
}

/** Runs a command of the stack's rollout controller and ends with its exit code. */
function controller(stack: string | undefined, command: string[]): void {
  const { dockerHost, name } = findController(stack);
  const { status: code, error } = spawnSync("docker", [...dockerHost, "exec", name, "slipway-router", ...command], {
    stdio: "inherit",
  });
  if (error) fail(`docker can't be run, got ${error.message}. Fix: install Docker's command line`);
  process.exitCode = code ?? 1;
}

function findController(stack: string | undefined): { dockerHost: string[]; name: string } {
  const selected = stack ?? pulumi(["stack", "--show-name"]).trim();
  const config = JSON.parse(pulumi(["config", "--json", "--stack", selected])) as Record<string, { value?: string }>;
  const service = config["slipway:service"]?.value ?? "";
  const host = JSON.parse(config["slipway:host"]?.value ?? "{}") as { kind?: string; dockerHost?: string };
  if (!host.kind) fail(`stack ${selected} has no slipway:host. Fix: name one that has, with --stack`);
  return { dockerHost: host.dockerHost ? ["--host", host.dockerHost] : [], name: `${service}-${selected}-controller` };
}

function pulumi(args: string[]): string {
  const {
    status: code,
    stdout,
    stderr,
    error,
  } = spawnSync("pulumi", ["--non-interactive", "--cwd", project, ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (error) fail(`pulumi can't be run, got ${error.message}. Fix: eval "$(make -s env)"`);
  if (code !== 0) fail(stderr.trim());
  return stdout;
}

function fail(message: string): never {
  process.stderr.write(`slipway: ${message}\n`);
  process.exit(1);
}

await runMain(
  defineCommand({
    meta: { name: "slipway", description: "Look at and steer the rollouts of a Slipway stack" },
    subCommands: { status, rollback, rollout },
  }),
);
