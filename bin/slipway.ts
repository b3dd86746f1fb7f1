import { defineCommand, runMain } from "citty";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Ledger } from "../router/ledger.ts";
import type { RolloutRecord } from "../router/record.ts";
import { changesScript, changesSeconds, restoreScript } from "../lib/backup-scripts.ts";

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

const rollback = wayBack("rollback", "Move all traffic back to the standby slot, or end the running rollout, now");

const restore = defineCommand({
  meta: {
    name: "restore",
    description: "Put the databases back as they were before a release; says first what that would do",
  },
  args: {
    ...stackArgument,
    backup: {
      type: "positional",
      description: "Number of the rollout that brought the release, or a file",
      required: true,
    },
    yes: { type: "boolean", description: "Do it; what is replaced is kept" },
  },
  run: ({ args }) => {
    putBack(args.stack, args.backup, args.yes ?? false);
  },
});

const rollout = defineCommand({
  meta: { name: "rollout", description: "Steer the running rollout, or look at earlier ones" },
  subCommands: {
    pause: steer("pause", "Hold the rollout at its share; it is judged all the same"),
    resume: steer("resume", "Go on after a pause"),
    "promote-now": steer("promote-now", "Skip what is left of pauses and steps; the watch remains"),
    abort: wayBack("abort", "End the rollout: all traffic back to the old slot"),
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

/** The same for one after which somebody may miss data: what changed in the databases is said too. */
function wayBack(name: string, description: string) {
  return defineCommand({
    meta: { name, description },
    args: stackArgument,
    run: ({ args }) => {
      const host = controller(args.stack, [name]);
      shell(host, changesScript, {}, changesSeconds);
    },
  });
}

/** Shows what a backup is and what has changed since; with `yes` puts it back, and ends with the exit code of that. */
function putBack(stack: string | undefined, backup: string, yes: boolean): void {
  const host = findController(stack);
  const ask = (...command: string[]): unknown => {
    const { status: code, stdout } = spawnSync("docker", dockerArgs(host, command), {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (code !== 0) process.exit(code ?? 1);
    return JSON.parse(stdout);
  };
  const ledger = ask("ledger") as Pick<Ledger, "live" | "slots" | "running">;
  if (ledger.running && yes)
    fail(
      `restore: rollout ${String(ledger.running.rollout)} is running. Fix: wait for it (slipway status), or end it (slipway rollback)`,
    );
  let files = [backup];
  if (/^\d+$/.test(backup)) {
    const record = ask("record", backup) as Pick<RolloutRecord, "backup" | "to">;
    if (record.backup.length === 0)
      fail(`restore: rollout ${backup} made no backup. Fix: slipway rollout list says which brought a release`);
    files = [...record.backup];
    if (ledger.live && ledger.slots[ledger.live].release?.id === record.to.id)
      console.log(`${record.to.id}, before which this backup was made, is live: go back first if it needs newer data`);
  }
  const hours = 4;
  process.exitCode = shell(host, restoreScript, { FILES: files.join("\n"), YES: yes ? "1" : "" }, hours * 3_600);
  if (!yes && process.exitCode === 0) console.log(`Nothing is done yet. To do it: slipway restore ${backup} --yes`);
}

interface ControllerPlace {
  readonly dockerHost: string | undefined;
  readonly name: string;
}

const dockerArgs = ({ dockerHost, name }: ControllerPlace, command: readonly string[]): string[] => [
  ...(dockerHost ? ["--host", dockerHost] : []),
  "exec",
  name,
  "slipway-router",
  ...command,
];

/** Runs a command of the stack's rollout controller and ends with its exit code. */
function controller(stack: string | undefined, command: string[]): ControllerPlace {
  const place = findController(stack);
  const { status: code, error } = spawnSync("docker", dockerArgs(place, command), { stdio: "inherit" });
  if (error) fail(`docker can't be run, got ${error.message}. Fix: install Docker's command line`);
  process.exitCode = code ?? 1;
  return place;
}

/** Runs a script beside the backups. @returns its exit code */
function shell(
  { dockerHost, name }: ControllerPlace,
  script: string,
  variables: Readonly<Record<string, string>>,
  limitSeconds: number,
): number {
  const { status: code } = spawnSync("sh", ["-euc", 'eval "$SCRIPT"'], {
    stdio: ["ignore", "inherit", "inherit"],
    timeout: limitSeconds * 1_000,
    env: {
      ...process.env,
      ...(dockerHost ? { DOCKER_HOST: dockerHost } : {}),
      CONTROLLER: name,
      SCRIPT: script,
      ...variables,
    },
  });
  return code ?? 1;
}

function findController(stack: string | undefined): ControllerPlace {
  const selected = stack ?? pulumi(["stack", "--show-name"]).trim();
  const config = JSON.parse(pulumi(["config", "--json", "--stack", selected])) as Record<string, { value?: string }>;
  const service = config["slipway:service"]?.value ?? "";
  const host = JSON.parse(config["slipway:host"]?.value ?? "{}") as { kind?: string; dockerHost?: string };
  if (!host.kind) fail(`stack ${selected} has no slipway:host. Fix: name one that has, with --stack`);
  return { dockerHost: host.dockerHost, name: `${service}-${selected}-controller` };
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
    meta: { name: "slipway", description: "Look at and steer the rollouts of a Slipway stack, and put backups back" },
    subCommands: { status, rollback, restore, rollout },
  }),
);
