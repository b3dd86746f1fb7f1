import { join as joinWords } from "shlex";
import { askHost, type HostAnswer } from "../lib/hosts/ask-host.ts";
import type { NamedHost } from "../lib/hosts/host-connection.ts";
import type { BackupsOnHost } from "../lib/releases/backup-variables.ts";
import { unseen, type Finding } from "./model.ts";
import { toolchainCommand } from "../lib/folders.ts";

/** A host of the stack, with its rollout controller. */
export interface CheckedHost extends NamedHost {
  /** Container of the controller. */
  readonly controller: string;
  /** What is backed up there. @default nobody knows, or nothing */
  readonly backups?: BackupsOnHost | undefined;
}

/** Runs a program in the controller's container; at most so long. */
export const inController = (
  { connection, controller }: CheckedHost,
  words: readonly string[],
  timeoutSeconds = 20,
): Promise<HostAnswer> =>
  askHost(connection, { text: joinWords(["docker", "exec", controller, ...words]), timeoutSeconds });

/** That a controller did not answer, which says nothing for or against an item. */
export function unanswered({ connection, controller }: CheckedHost, { code, stderr }: HostAnswer): Finding {
  const got = stderr.trim().split("\n").at(-1) ?? "";
  return unseen(
    `${controller} at ${connection.name} can't be asked, got ${got || `exit code ${code}`}`,
    `slipway status says why; ${toolchainCommand("up")} brings it back`,
  );
}
