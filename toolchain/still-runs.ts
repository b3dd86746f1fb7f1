import { projectFolder } from "../lib/folders.ts";
import { askHost } from "../lib/hosts/ask-host.ts";
import type { HostConnection } from "../lib/hosts/host-connection.ts";
import { hostsDeclared } from "./kept-data.ts";
import { SetupFailed } from "./setup-failed.ts";
import { say } from "./step.ts";

/**
 * That nothing of a stack runs any more, by a look at its hosts: a state removes only what it knows, and what another state made serves on.
 *
 * @throws SetupFailed where something runs
 */
export async function mustBeGone(stack: string, folder = projectFolder): Promise<void> {
  const left = await runningOf(stack, folder);
  if (left.length === 0) return;
  throw new SetupFailed(
    `stack ${stack}: its containers run on, and this state knows none of them, got ${left.join("; ")}; allowed none`,
    `with the state that made them (another clone's, or another PULUMI_BACKEND_URL), the same again; where that is lost, slipway adopt --stack ${stack} takes them into this one. Is it another clone's service: give this one a slipway:service of its own`,
  );
}

/**
 * That no command of somebody's runs in a container of the stack: it keeps network and volumes, and the engine would wait half a minute for
 * each and name none.
 *
 * @throws SetupFailed where one runs
 */
export async function mustBeIdle(stack: string, folder = projectFolder): Promise<void> {
  const left = await runningOf(stack, folder, "label=slipway.command");
  if (left.length === 0) return;
  throw new SetupFailed(
    `stack ${stack}: commands of slipway run or slipway:release.command go on in it, got ${left.join("; ")}; allowed none: nothing was touched`,
    "wait for their end, or end them there with docker rm --force and their names; then the same again",
  );
}

/** `names at host` of each host on which containers of the stack run; where nobody could look, that is said. */
async function runningOf(stack: string, folder: string, filter = ""): Promise<string[]> {
  const declared = hostsDeclared(stack, folder);
  if (declared === undefined) return [];
  const found = await Promise.all(
    declared.hosts.map(async (connection) => ({
      connection,
      names: await runningOn(connection, declared.service, stack, filter),
    })),
  );
  for (const { connection, names } of found)
    if (names === undefined)
      say(`! nobody could look whether anything of stack ${stack} runs on at ${connection.name}`);
  return found.flatMap(({ connection, names = [] }) =>
    names.length === 0 ? [] : [`${names.join(" ")} at ${connection.name}`],
  );
}

/**
 * Names of the stack's containers that run.
 *
 * @returns undefined where nobody could look
 */
async function runningOn(
  connection: HostConnection,
  service: string,
  stack: string,
  filter: string,
): Promise<readonly string[] | undefined> {
  const text =
    'docker ps --filter "label=slipway.service=$SERVICE" --filter "label=slipway.stack=$STACK" ${FILTER:+--filter "$FILTER"} --format "{{.Names}}"';
  const { code, stdout } = await askHost(connection, {
    text,
    env: { SERVICE: service, STACK: stack, FILTER: filter },
    timeoutSeconds: 30,
  });
  return code === 0 ? stdout.split("\n").filter(Boolean).sort() : undefined;
}
