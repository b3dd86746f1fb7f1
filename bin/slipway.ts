import { defineCommand, runMain } from "citty";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { join as joinWords } from "shlex";
import { hostsOf, type HostConnection } from "../lib/host-connection.ts";
import { surveyHost } from "../lib/host-survey.ts";
import { formatProblems } from "../lib/problem.ts";
import { hostSections } from "../lib/settings-schema.ts";

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

const preflight = defineCommand({
  meta: {
    name: "preflight",
    description: "Look at the stack's hosts, change nothing, and say all that is wrong with them",
  },
  args: stackArgument,
  run: async ({ args }) => {
    const { hosts } = findHosts(args.stack);
    const surveys = await Promise.all(hosts.map(({ connection, path }) => surveyHost(connection, path)));
    surveys.forEach(({ problems }, index) => {
      const name = hosts[index]?.connection.name ?? "";
      if (problems.length === 0) process.stdout.write(`✓ ${name} is ready for a release\n`);
      else process.stderr.write(`✗ ${name}\n${formatProblems(problems)}\n`);
    });
    if (surveys.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
  },
});

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

/** Runs a command of the rollout controller on each host of the stack, and ends with the first exit code that is not 0. */
function controller(stack: string | undefined, command: string[]): void {
  const { hosts, service, stack: selected } = findHosts(stack);
  const text = joinWords(["docker", "exec", `${service}-${selected}-controller`, "slipway-router", ...command]);
  for (const { connection } of hosts) {
    if (hosts.length > 1) process.stdout.write(`${connection.name}\n`);
    const code = onHost(connection, text);
    process.exitCode ??= code;
    if (code !== 0) process.exitCode = code;
  }
}

/** The person at the terminal sees what it says; a rollout may take as long as a day. */
function onHost(connection: HostConnection, text: string): number {
  const started = connection.command({ text, timeoutSeconds: 86_400 });
  // Without the local time limit of other steps: Ctrl-C has to reach it.
  const { status: code, error } = spawnSync("/bin/sh", ["-euc", started.text], {
    stdio: "inherit",
    env: { ...process.env, ...started.environment },
  });
  if (error) fail(`/bin/sh can't be run, got ${error.message}`);
  return code ?? 1;
}

function findHosts(stack: string | undefined) {
  const selected = stack ?? pulumi(["stack", "--show-name"]).trim();
  const config = JSON.parse(pulumi(["config", "--json", "--stack", selected])) as Record<string, { value?: string }>;
  const section = (key: string): unknown => JSON.parse(config[`slipway:${key}`]?.value ?? "{}");
  const parsed = hostSections.safeParse({ host: section("host"), hosts: section("hosts") });
  if (!parsed.success) fail(`stack ${selected} has no slipway:host. Fix: name one that has, with --stack`);
  const { host, hosts } = parsed.data;
  return { stack: selected, service: config["slipway:service"]?.value ?? "", hosts: hostsOf(host, hosts) };
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
    subCommands: { status, rollback, rollout, preflight },
  }),
);
