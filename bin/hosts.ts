import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join as joinWords } from "shlex";
import { ecsNames } from "../lib/aws/ecs/names.ts";
import { childEnvironment } from "../lib/hosts/child-environment.ts";
import { hostsOf, type HostScript, type NamedHost } from "../lib/hosts/host-connection.ts";
import { HostNames } from "../lib/hosts/naming.ts";
import { backupsOnHost, type BackupsOnHost } from "../lib/releases/backup-variables.ts";
import { declaredOnHost, type Declared } from "../lib/releases/declared-on-host.ts";
import { unreachable } from "../lib/hosts/unreachable.ts";
import { formatProblem, formatProblems, type Problem } from "../lib/problem.ts";
import { readHosts } from "../settings/read-configuration.ts";
import type { CommonOptions } from "./command.ts";
import { exitCodes, Failure, type ExitCode } from "./exit-codes.ts";
import { findStack, makeUp, type FoundStack } from "./find-stack.ts";
import { printJson, teller } from "./print.ts";

/** A host of a stack, as a command speaks to it. */
export interface StackHost extends NamedHost {
  readonly stack: string;
  /** `host`, as its section, or its name under `slipway:hosts`. */
  readonly name: string;
  /** What names of the stack's containers begin with, without the dash. */
  readonly prefix: string;
  /** Container of the rollout controller. */
  readonly controller: string;
  /** What the settings put there. @default something is wrong with them */
  readonly declared: Declared | undefined;
  /** What they say of its backups. @default something is wrong with them */
  readonly backups: BackupsOnHost | undefined;
}

/** The hosts of a stack, out of its file alone: neither Pulumi nor the state is asked. */
export async function findHosts(
  options: CommonOptions,
  { changes, isForFronts = false }: { readonly changes: boolean; readonly isForFronts?: boolean },
) {
  const found = hostsIn(await findStack(options, { section: "slipway:host", changes }));
  if (!found.isFront || isForFronts) return found;
  throw new Failure(
    `stack ${found.hosts[0]?.stack ?? ""} is a front, which runs no service. Fix: name a service's stack with --stack; of a front there is slipway status`,
    exitCodes.usage,
  );
}

/** The same of a stack that was found. @throws Failure */
export function hostsIn({ name: stack, entries }: FoundStack) {
  const read = readHosts(entries);
  if ("problems" in read) throw new Failure(formatProblems(read.problems));
  const { service, target, host, hosts, certificate, placed } = read;
  if (target === "ecs") throw new Failure(formatProblem(onEcs(service, stack)));
  if (host === undefined) throw new Failure(`stack ${stack} has no slipway:host. Fix: name one that has, with --stack`);
  const prefix = `${service}-${stack}`;
  const there = placed && { placed, names: new HostNames(service, stack, placed.subnet) };
  const found = hostsOf(host, hosts).map((each): StackHost => ({
    ...each,
    stack,
    name: each.name ?? "host",
    prefix,
    controller: `${prefix}-controller`,
    declared: there && declaredOnHost(there.names, { ...there.placed, hosts }, each.name),
    backups: there && backupsOnHost(there.placed, { names: there.names, service, stack }, each.name),
  }));
  return {
    hosts: found,
    service,
    certificate,
    monitoring: placed?.monitoring,
    isFront: placed?.front !== undefined,
    entries,
  };
}

/** What a command for hosts says of a stack without one; what it would have done there, `aws` does. */
function onEcs(service: string, stack: string): Problem {
  const { prefix } = ecsNames(service, stack);
  return {
    path: "slipway:target",
    problem: `is ecs: stack ${stack} has no host and no rollout controller that could be asked`,
    allowed: "a stack on hosts",
    fix: `aws ecs describe-services --cluster ${prefix} --services ${service} says what runs; an update with the version before goes back (docs/aws.md#by-hand)`,
  };
}

/**
 * The one host that a command is for.
 *
 * @param wanted its name. @default the only one
 * @param why it is for one, as a message begins
 * @throws Failure with exit code 2 when there is none of that name, or several and none is named
 */
export function oneHost(hosts: readonly StackHost[], wanted: string | undefined, why: string): StackHost {
  const [only, ...others] = hosts.filter(({ name }) => wanted === undefined || name === wanted);
  if (only !== undefined && others.length === 0) return only;
  const names = hosts.map(({ name }) => name).join(", ");
  throw new Failure(
    `${why}, got ${wanted ?? "no --host"}; allowed ${names}. Fix: name one with --host`,
    exitCodes.usage,
  );
}

/** What a command came to on one host. */
export interface HostResult {
  readonly code: ExitCode;
  /** What `--json` prints. */
  readonly result: unknown;
}

/**
 * Does something on each host, side by side: one that can't be reached holds up no other. Lines say whose they are where there are several.
 * Ends with the first exit code that is not 0; `--json` prints the one result, or an object of them by the host's name.
 */
export async function onEachHost(
  hosts: readonly StackHost[],
  { json }: CommonOptions,
  work: (host: StackHost, tell: (line: string) => void) => Promise<HostResult>,
): Promise<void> {
  const results = await Promise.all(
    hosts.map((host) => work(host, teller(json, hosts.length > 1 ? `${host.name}: ` : ""))),
  );
  if (json) {
    const byName = Object.fromEntries(hosts.map(({ name }, index) => [name, results[index]?.result]));
    printJson(hosts.length > 1 ? byName : results[0]?.result);
  }
  process.exitCode = results.find(({ code }) => code !== exitCodes.done)?.code ?? exitCodes.done;
}

/** Words of the rollout controller's own command line. */
export const controllerCommand = ({ controller }: StackHost, words: readonly string[]): HostScript => ({
  text: joinWords(["docker", "exec", controller, "slipway-router", ...words]),
  // A rollout may take as long as a day.
  timeoutSeconds: 86_400,
});

/** How a script on a host ended. */
export interface Ran {
  readonly code: ExitCode;
  /** Its standard output. */
  readonly said: readonly string[];
  /** Its standard error, and what was added to it. */
  readonly errors: readonly string[];
}

/** Runs a script on a host; both of its outputs are told line by line as they come. */
export async function runOnHost(
  host: StackHost,
  script: HostScript,
  tell: { readonly said: (line: string) => void; readonly error: (line: string) => void },
): Promise<Ran> {
  const said: string[] = [];
  const errors: string[] = [];
  const fail = (line: string) => {
    errors.push(line);
    tell.error(line);
  };
  const { text, limitSeconds, environment } = host.connection.command(script);
  // Not by the program that limits other steps: Ctrl-C has to reach it.
  const child = spawn("/bin/sh", ["-euc", text], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: limitSeconds * 1_000,
    env: childEnvironment(environment),
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    said.push(line);
    tell.said(line);
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    // What that means is said below, in words that lead on.
    if (isAway(line, host) || errors.some(isUsage) || isUsage(line)) errors.push(line);
    else fail(line);
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject).once("close", (ended, signal) => {
      resolve(ended ?? (signal === "SIGTERM" ? 255 : 1));
    });
  });
  const why = await explain(host, code, errors);
  if (why !== undefined) fail(why);
  const isUnreachable = errors.some((line) => isAway(line, host));
  return { code: isUnreachable ? exitCodes.unreachable : exitCodeOf(code), said, errors };
}

/** What the words of `ssh` and `docker` mean here. */
async function explain(host: StackHost, code: number, errors: readonly string[]): Promise<string | undefined> {
  const { connection, path, controller, stack } = host;
  if (code === 255 && connection.kind === "ssh") {
    const answer = { code, stdout: "", stderr: errors.join("\n") };
    return formatProblem(await unreachable(answer, connection, { path, prepares: connection.deployer !== undefined }));
  }
  if (errors.some(isPaused)) {
    return formatProblem({
      path,
      problem: "its rollout controller is paused",
      got: `${controller} at ${connection.name}`,
      fix: `docker unpause ${controller} there; pulumi up does so too`,
    });
  }
  if (errors.some(isEnded)) {
    return formatProblem({
      path,
      problem: "its rollout controller does not run: it ended, or somebody stopped it",
      got: `${controller} at ${connection.name}`,
      fix: `docker start ${controller} there; ${makeUp(stack)} does so too. docker logs ${controller} says why it ended`,
    });
  }
  if (errors.some(isUsage)) {
    return formatProblem({
      path,
      problem: "its rollout controller does not know this command",
      got: `one of another version than this slipway at ${connection.name}`,
      fix: `${makeUp(stack)}, which brings it up to date`,
    });
  }
  if (!errors.some((line) => isNotThere(line, host))) return undefined;
  return formatProblem({
    path,
    problem: "its rollout controller is not there: nothing of this stack is up, or somebody removed it",
    got: `no container ${controller} at ${connection.name}`,
    fix: `${makeUp(stack)}; or name another stack with --stack`,
  });
}

const isAway = (line: string, host: StackHost) => isNotThere(line, host) || isPaused(line) || isEnded(line);

/** Docker names the container by its id. */
const isEnded = (line: string) =>
  /^Error response from daemon: Container \S+ is (not running|restarting, wait until the container is running)$/.test(
    line,
  );

/** How the controller answers a command that its version does not have. */
const isUsage = (line: string) => line.startsWith("usage: slipway-router ");

const isPaused = (line: string) => /^Error response from daemon: Container \S+ is paused/.test(line);

const isNotThere = (line: string, { controller }: StackHost) => line.includes(`No such container: ${controller}`);

/** The controller's own 3 and 4 say the same as ours; 255 is how ssh says that it did not get there. */
function exitCodeOf(code: number): ExitCode {
  if (code === 255) return exitCodes.unreachable;
  const known = [exitCodes.done, exitCodes.unreachable, exitCodes.held].find((each) => each === code);
  return known ?? exitCodes.failed;
}
