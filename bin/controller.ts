import { changesScript, changesSeconds } from "../lib/databases/backup-scripts.ts";
import { deployer } from "../lib/releases/deployer.ts";
import { rolesStep } from "../lib/releases/roles.ts";
import type { CommonOptions, HandOptions } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { controllerCommand, findHosts, onEachHost, runOnHost, type HostResult, type StackHost } from "./hosts.ts";
import { teller } from "./print.ts";
import { recordLines } from "./record-text.ts";
import type { RolloutRecord } from "../router/telling/record.ts";

const nobody = () => undefined;

/** Longest that roles may take after a way back, in seconds: as long as a service may take to end, and more. */
const longestRolesSeconds = 3_900;

/** Tells people what the controllers say as it comes, whoever looks may go away at any time; with `--json` all of it at the end. */
export async function follow(options: CommonOptions, words: readonly string[]): Promise<void> {
  const { hosts } = await findHosts(options, { changes: false });
  await onEachHost(hosts, options, async (host, tell) => {
    const result = await runOnHost(host, controllerCommand(host, words), {
      said: tell,
      error: errorsOf(hosts, host),
    });
    return { code: result.code, result };
  });
}

/** Asks the controllers for what they say in JSON only. */
async function askForJson(options: CommonOptions, words: readonly string[]): Promise<void> {
  const { hosts } = await findHosts(options, { changes: false });
  await onEachHost(hosts, { ...options, json: true }, (host) => askOne(host, words, errorsOf(hosts, host)));
}

/** Shows the record of one rollout: as the controllers keep it with `--json`, else in lines. */
export async function showRecord(number: string, options: CommonOptions): Promise<void> {
  const words = ["record", number];
  if (options.json) return askForJson(options, words);
  const { hosts } = await findHosts(options, { changes: false });
  await onEachHost(hosts, options, async (host, tell) => {
    const answer = await askOne(host, words, errorsOf(hosts, host));
    if (answer.code === exitCodes.done) for (const line of recordLines(answer.result as RolloutRecord)) tell(line);
    return answer;
  });
}

/** What the controller of one host answers in JSON; `{error}` if it does not. */
export const askOne = (host: StackHost, words: readonly string[], error: (line: string) => void): Promise<HostResult> =>
  askInJson(host, controllerCommand(host, words), error);

/** The same of any script that prints JSON and has the controller's container answer. */
export async function askInJson(
  host: StackHost,
  script: Parameters<typeof runOnHost>[1],
  error: (line: string) => void = nobody,
): Promise<HostResult> {
  const { code, said, errors } = await runOnHost(host, script, { said: nobody, error });
  if (code !== exitCodes.done) return { code, result: { error: errors.join("\n") } };
  try {
    return { code, result: JSON.parse(said.join("\n")) as unknown };
  } catch {
    const problem = `the controller gave no answer that can be read, got ${said.join(" ").slice(0, 80) || "nothing"}. Fix: docker logs ${host.controller}`;
    error(problem);
    return { code: exitCodes.failed, result: { error: problem } };
  }
}

/**
 * Has the controllers of a stack do something.
 *
 * @param isWayBack another slot may be live afterwards: its roles run then, and what changed in the databases is said too
 */
export async function steer(options: HandOptions, words: readonly string[], { isWayBack = false } = {}): Promise<void> {
  const { hosts } = await findHosts(options, { changes: true });
  await onEachHost(hosts, options, async (host, tell) => {
    const error = errorsOf(hosts, host);
    const { code, said, errors } = await runOnHost(host, controllerCommand(host, [...words, ...byHand(options)]), {
      said: tell,
      error,
    });
    const result = { code, said, errors };
    if (!isWayBack || code !== exitCodes.done) return { code, result };
    const align = rolesStep({ mode: "align", prefix: host.prefix });
    const roles = await runOnHost(host, { text: align, timeoutSeconds: longestRolesSeconds }, { said: tell, error });
    const env = { CONTROLLER: host.controller };
    const script = { text: changesScript, env, timeoutSeconds: changesSeconds };
    const changes = await runOnHost(host, script, { said: tell, error });
    const told = roles.said.length + roles.errors.length > 0 ? { roles: [...roles.said, ...roles.errors] } : {};
    return { code: roles.code, result: { ...result, ...told, databases: changes.said } };
  });
}

/** Who does it, and why: as the controller takes it. */
export const byHand = ({ reason }: HandOptions): string[] => [
  `--by=${deployer("")}`,
  ...(reason === undefined ? [] : [`--reason=${reason}`]),
];

/** Notes what was done by hand on a host. Only the record misses it if this fails. */
export const recordDone = (
  host: StackHost,
  command: "restored" | "backed-up",
  reason: string,
  error: (line: string) => void,
) => runOnHost(host, controllerCommand(host, [command, ...byHand({ reason })]), { said: nobody, error });

/** Errors are for people, whatever else is printed. */
export const errorsOf = (hosts: readonly StackHost[], { name }: StackHost) =>
  teller(true, hosts.length > 1 ? `${name}: ` : "");
