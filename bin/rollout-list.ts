import { listRollouts, listedLine, parseWaysBack, type KnownReleases } from "../lib/releases/ways-back.ts";
import { releaseScript } from "../lib/releases/slot-scripts.ts";
import type { CommonOptions } from "./command.ts";
import { errorsOf } from "./controller.ts";
import { exitCodes, type ExitCode } from "./exit-codes.ts";
import { findHosts, onEachHost, runOnHost, type StackHost } from "./hosts.ts";

/** Longest that a host may take to say what it has, in seconds. */
const askingSeconds = 60;

/** What a host's releases were, and what of them is still there. */
export async function knownReleases(
  host: StackHost,
  error: (line: string) => void,
): Promise<{ readonly code: ExitCode; readonly result: KnownReleases | { readonly error: string } }> {
  const script = {
    text: releaseScript("ways-back"),
    env: { CONTROLLER: host.controller },
    timeoutSeconds: askingSeconds,
  };
  const { code, said, errors } = await runOnHost(host, script, { said: () => undefined, error });
  if (code !== exitCodes.done) return { code, result: { error: errors.join("\n") } };
  try {
    return { code, result: parseWaysBack(said) };
  } catch {
    const problem = `the controller gave no answer that can be read, got ${said.join(" ").slice(0, 80) || "nothing"}. Fix: docker logs ${host.controller}`;
    error(problem);
    return { code: exitCodes.failed, result: { error: problem } };
  }
}

/** The last rollouts, and how to get back to what they brought. */
export async function listAll(options: CommonOptions): Promise<void> {
  const { hosts } = await findHosts(options, { changes: false });
  await onEachHost(hosts, options, async (host, tell) => {
    const { code, result } = await knownReleases(host, errorsOf(hosts, host));
    if ("error" in result) return { code, result };
    const listed = listRollouts(result);
    for (const record of listed) tell(listedLine(record));
    return { code, result: listed };
  });
}
