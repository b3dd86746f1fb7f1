import { join as joinWords } from "shlex";
import { roleContainers, rolesStep } from "../lib/releases/roles.ts";
import { releaseScript } from "../lib/releases/slot-scripts.ts";
import type { Status } from "../router/telling/report.ts";
import { defineByHand, form, oneRole, oneValue, type HandOptions } from "./command.ts";
import { askOne, byHand, errorsOf } from "./controller.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { findHosts, oneHost, onEachHost, runOnHost, type HostResult, type StackHost } from "./hosts.ts";

interface RestartOptions extends HandOptions {
  readonly host?: string;
  readonly replica?: string;
  readonly role?: string;
}

/** Longest that one replica may take, in seconds: as long as streams and the service itself may take to end. */
const longestSeconds = 86_400;

export const restart = () =>
  defineByHand(
    "restart",
    "Restart live replica by replica: each leaves the proxy, ends what it has, is restarted and comes back healthy before the next one; no request is lost. Then its roles, one container after another",
  )
    .option("--replica <number>", "Only this one; all without it", form(/^[1-9]\d?$/, "1 and up"))
    .option("--role <role>", "Only this one of slipway:roles, or web, which serves; all without it", oneRole)
    .option("--host <name>", "Only this host: host, or its name under slipway:hosts; all without it", oneValue)
    .action(restartAll);

/** One host after another: the first replica that does not come back ends it. */
async function restartAll(options: RestartOptions): Promise<void> {
  const { role, replica } = options;
  if (replica !== undefined && role !== undefined && role !== "web") {
    const problem = "--replica counts those that serve. Fix: leave it out, all containers of a role are restarted";
    throw new Failure(`restart: ${problem}`, exitCodes.usage);
  }
  const { hosts } = await findHosts(options, { changes: true });
  const meant =
    options.host === undefined ? hosts : [oneHost(hosts, options.host, "restart: --host names no host of this stack")];
  let before: Promise<HostResult> = Promise.resolve({ code: exitCodes.done, result: null });
  await onEachHost(meant, options, (host, tell) => {
    const earlier = before;
    before = earlier.then(async ({ code }) => {
      if (code !== exitCodes.done) {
        const error = `nothing is restarted on ${host.name}, as another host comes first. Fix: mend that one, then restart this one with --host ${host.name}`;
        errorsOf(meant, host)(error);
        return { code, result: { error, restarted: [] } };
      }
      return restartOn(host, options, { tell, error: errorsOf(meant, host) });
    });
    return before;
  });
}

type Tell = Readonly<Record<"tell" | "error", (line: string) => void>>;

async function restartOn(host: StackHost, options: RestartOptions, say: Tell): Promise<HostResult> {
  const { role, replica } = options;
  const serving = role === undefined || role === "web" ? await restartReplicas(host, options, say) : done([]);
  if (serving.code !== exitCodes.done || replica !== undefined || role === "web") return serving;
  return restartRoles(host, options, say, (serving.result as Restarted).restarted);
}

/** Names without what all of the stack's begin with. */
interface Restarted {
  readonly restarted: readonly string[];
}
const done = (restarted: readonly string[]): HostResult => ({
  code: exitCodes.done,
  result: { restarted } satisfies Restarted,
});

/** @param before what was restarted already */
async function restartRoles(
  host: StackHost,
  options: RestartOptions,
  { tell, error }: Tell,
  before: readonly string[],
): Promise<HostResult> {
  const { role = "", reason } = options;
  const why = [role === "" ? "all roles" : role, ...(reason === undefined ? [] : [reason])].join(": ");
  const script = {
    text: rolesStep({ mode: "restart", prefix: host.prefix }),
    env: { ROLE: role, HAND: joinWords(byHand({ ...options, reason: why.slice(0, 200) })) },
    timeoutSeconds: longestSeconds,
  };
  const { code, said, errors } = await runOnHost(host, script, { said: tell, error });
  const names = said.flatMap((line) => /^(\S+): restarted/.exec(line)?.[1]?.slice(host.prefix.length + 1) ?? []);
  const restarted = [...before, ...names];
  if (code !== exitCodes.done) return { code, result: { error: errors.join("\n"), restarted } };
  const missing = await missingOf(host, role, names, error);
  if (missing.length === 0) return done(restarted);
  const problem = `restart: ${missing.join(", ")}: not there, and so not restarted. Fix: pulumi up makes it anew`;
  error(problem);
  return { code: exitCodes.failed, result: { error: problem, restarted } };
}

/** What the live release has of a role, or of all, and was not restarted. */
async function missingOf(
  host: StackHost,
  role: string,
  restarted: readonly string[],
  error: (line: string) => void,
): Promise<string[]> {
  const { code, result } = await askOne(host, ["status", "--json"], error);
  if (code !== exitCodes.done) return [];
  const { live, slots } = (result as Status).ledger;
  const release = live === null ? null : slots[live].release;
  // A rollout has moved live meanwhile, and with it which of them run.
  if (restarted.some((name) => !name.startsWith(`${live ?? ""}-`))) return [];
  return roleContainers(release ?? {})
    .filter((each) => (role === "" || each.role === role) && release?.schedules?.[each.role] === undefined)
    .map((each) => `${live ?? ""}-${each.role}-${String(each.number)}`)
    .filter((name) => !restarted.includes(name));
}

async function restartReplicas(host: StackHost, options: RestartOptions, { tell, error }: Tell): Promise<HostResult> {
  const { code, result } = await askOne(host, ["status", "--json"], error);
  if (code !== exitCodes.done) return { code, result };
  const { live, slots } = (result as Status).ledger;
  const width = live === null ? 0 : (slots[live].release?.replicas ?? 0);
  // Whether there is such a one is the controller's to say.
  const wanted = options.replica === undefined ? range(Math.max(1, width)) : [Number(options.replica)];
  const restarted: string[] = [];
  for (const number of wanted) {
    const replica = `${live ?? "blue"}-${String(number)}`;
    const env = { PREFIX: host.prefix, REPLICA: replica, HAND: joinWords(byHand(options)) };
    const script = { text: releaseScript("restart"), env, timeoutSeconds: longestSeconds };
    const ended = await runOnHost(host, script, { said: tell, error });
    if (ended.code !== exitCodes.done) {
      const left = wanted.length - restarted.length - 1;
      if (left > 0)
        error(`restart: stopped at ${replica}; ${String(left)} more ${left === 1 ? "was" : "were"} not touched`);
      return { code: ended.code, result: { error: ended.errors.join("\n"), restarted } };
    }
    restarted.push(replica);
  }
  return done(restarted);
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
