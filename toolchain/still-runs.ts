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
  const declared = hostsDeclared(stack, folder);
  if (declared === undefined) return;
  const found = await Promise.all(
    declared.hosts.map(async (connection) => ({
      connection,
      names: await runningOn(connection, declared.service, stack),
    })),
  );
  for (const { connection, names } of found)
    if (names === undefined)
      say(`! nobody could look whether anything of stack ${stack} runs on at ${connection.name}`);
  const left = found.flatMap(({ connection, names = [] }) =>
    names.length === 0 ? [] : [`${names.join(" ")} at ${connection.name}`],
  );
  if (left.length === 0) return;
  throw new SetupFailed(
    `stack ${stack}: its containers run on, and this state knows none of them, got ${left.join("; ")}; allowed none`,
    `with the state that made them (another clone's, or another PULUMI_BACKEND_URL), the same again; where that is lost, slipway adopt --stack ${stack} takes them into this one. Is it another clone's service: give this one a slipway:service of its own`,
  );
}

/**
 * Names of the stack's containers that run.
 *
 * @returns undefined where nobody could look
 */
export async function runningOn(
  connection: HostConnection,
  service: string,
  stack: string,
): Promise<readonly string[] | undefined> {
  const text =
    'docker ps --filter "label=slipway.service=$SERVICE" --filter "label=slipway.stack=$STACK" --format "{{.Names}}"';
  const { code, stdout } = await askHost(connection, {
    text,
    env: { SERVICE: service, STACK: stack },
    timeoutSeconds: 30,
  });
  return code === 0 ? stdout.split("\n").filter(Boolean).sort() : undefined;
}
