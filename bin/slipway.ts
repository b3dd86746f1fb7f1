import { defineCommand, runMain } from "citty";
import { spawnSync } from "node:child_process";
import { join as joinWords } from "shlex";
import { changesScript, changesSeconds, restoreScript } from "../lib/databases/backup-scripts.ts";
import { describeExpiry } from "../lib/tls/certificate.ts";
import { hostsOf, type HostConnection, type HostScript } from "../lib/hosts/host-connection.ts";
import { surveyHost } from "../lib/hosts/host-survey.ts";
import { formatProblems } from "../lib/problem.ts";
import { hostSections } from "../lib/hosts/schema.ts";
import type { Ledger } from "../router/ledger.ts";
import type { RolloutRecord } from "../router/telling/record.ts";
import { fail, pulumi, stackArgument } from "./stack.ts";

/** Longest that putting a backup back may take, in seconds. */
const restoreSeconds = 4 * 3_600;

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
    host: {
      type: "string",
      description: "Which one of several hosts, as `slipway preflight` names it",
      valueHint: "name",
    },
    yes: { type: "boolean", description: "Do it; what is replaced is kept" },
  },
  run: ({ args }) => {
    putBack(args, args.yes ?? false);
  },
});

const preflight = defineCommand({
  meta: {
    name: "preflight",
    description: "Look at the stack's hosts, change nothing, and say all that is wrong with them",
  },
  args: stackArgument,
  run: async ({ args }) => {
    const { hosts, certificate } = findHosts(args.stack);
    const surveys = await Promise.all(hosts.map(({ connection, path }) => surveyHost(connection, path)));
    surveys.forEach(({ problems }, index) => {
      const name = hosts[index]?.connection.name ?? "";
      if (problems.length === 0) process.stdout.write(`✓ ${name} is ready for a release\n`);
      else process.stderr.write(`✗ ${name}\n${formatProblems(problems)}\n`);
    });
    if (certificate !== null) process.stdout.write(`${describeExpiry(certificate)}\n`);
    if (surveys.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
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
      controller(args.stack, [name], (connection, container) => {
        onHost(connection, { text: changesScript, env: { CONTROLLER: container }, timeoutSeconds: changesSeconds });
      });
    },
  });
}

/** Shows what a backup is and what has changed since; with `yes` puts it back, and ends with the exit code of that. */
function putBack(args: { stack?: string | undefined; host?: string | undefined; backup: string }, yes: boolean): void {
  const { backup } = args;
  const { hosts, container } = findHosts(args.stack);
  const wanted = hosts.filter(({ connection }) => args.host === undefined || connection.name === args.host);
  const [host] = wanted;
  if (host === undefined || wanted.length > 1) {
    const names = hosts.map(({ connection }) => connection.name).join(", ");
    fail(
      `restore: each host has its own databases, got ${args.host ?? "no --host"}; allowed ${names}. Fix: name one with --host`,
    );
  }
  const { connection } = host;
  const ask = (...command: string[]): unknown => {
    const text = joinWords(["docker", "exec", container, "slipway-router", ...command]);
    const { code, stdout } = askHost(connection, { text, timeoutSeconds: 60 });
    if (code !== 0) process.exit(code);
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
  const env = { CONTROLLER: container, FILES: files.join("\n"), YES: yes ? "1" : "" };
  process.exitCode = onHost(connection, { text: restoreScript, env, timeoutSeconds: restoreSeconds });
  if (!yes && process.exitCode === 0) console.log(`Nothing is done yet. To do it: slipway restore ${backup} --yes`);
}

/** Runs a command of the rollout controller on each host of the stack, and ends with the first exit code that is not 0. */
function controller(
  stack: string | undefined,
  command: string[],
  afterwards?: (connection: HostConnection, container: string) => void,
): void {
  const { hosts, container } = findHosts(stack);
  const text = joinWords(["docker", "exec", container, "slipway-router", ...command]);
  for (const { connection } of hosts) {
    if (hosts.length > 1) process.stdout.write(`${connection.name}\n`);
    const code = onHost(connection, { text, timeoutSeconds: 86_400 });
    process.exitCode ??= code;
    if (code !== 0) process.exitCode = code;
    afterwards?.(connection, container);
  }
}

/** The person at the terminal sees what it says; a rollout may take as long as a day. */
const onHost = (connection: HostConnection, script: HostScript): number => run(connection, script, "inherit").code;

/** What it says on standard output is read here. */
const askHost = (connection: HostConnection, script: HostScript) => run(connection, script, "pipe");

function run(connection: HostConnection, script: HostScript, output: "inherit" | "pipe") {
  const started = connection.command(script);
  // Not by the program that limits other steps: Ctrl-C has to reach it.
  const { status, error, stdout } = spawnSync("/bin/sh", ["-euc", started.text], {
    stdio: ["inherit", output, "inherit"],
    encoding: "utf8",
    timeout: started.limitSeconds * 1_000,
    env: { ...process.env, ...started.environment },
  });
  if (error) fail(`/bin/sh can't be run, got ${error.message}`);
  return { code: status ?? 1, stdout };
}

function findHosts(stack: string | undefined) {
  const selected = stack ?? pulumi(["stack", "--show-name"]).trim();
  const config = JSON.parse(pulumi(["config", "--json", "--stack", selected])) as Record<string, { value?: string }>;
  const section = (key: string): unknown => JSON.parse(config[`slipway:${key}`]?.value ?? "{}");
  const parsed = hostSections.safeParse({ host: section("host"), hosts: section("hosts") });
  if (!parsed.success) fail(`stack ${selected} has no slipway:host. Fix: name one that has, with --stack`);
  const { host, hosts } = parsed.data;
  const service = config["slipway:service"]?.value ?? "";
  const { certificate = null } = section("tls") as { certificate?: string };
  return { container: `${service}-${selected}-controller`, hosts: hostsOf(host, hosts), certificate };
}

await runMain(
  defineCommand({
    meta: {
      name: "slipway",
      description:
        "Look at and steer the rollouts of a Slipway stack, put backups back, and compare GitHub with what is declared",
    },
    subCommands: {
      status,
      rollback,
      restore,
      rollout,
      preflight,
      // Loaded when they are asked for: no other command needs GitHub.
      adopt: () => import("./adopt.ts").then(({ adopt }) => adopt),
      drift: () => import("./drift.ts").then(({ drift }) => drift),
    },
  }),
);
