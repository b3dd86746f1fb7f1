import { lookAt, type HostLook } from "../lib/hosts/look.ts";
import { formatProblem } from "../lib/problem.ts";
import { lookFor, type Declared } from "../lib/releases/declared-on-host.ts";
import type { Ledger } from "../lib/releases/ledger.ts";
import { foundRoles, type FoundRole } from "../lib/releases/found-roles.ts";
import { planMending } from "../lib/releases/mending.ts";
import { lookInLedger } from "../lib/releases/ask-ledger.ts";
import { asideAmong, type Aside } from "../lib/releases/step-aside.ts";
import type { StackHost } from "./hosts.ts";

/** What was found on a host that is not as the last update left it. */
export interface ChangedByHand {
  /** What the next `pulumi up` mends, a sentence each. */
  readonly mended: readonly string[];
  /** Why it would be refused. */
  readonly refused: readonly string[];
  /** What is there for a while, beside what was left. */
  readonly aside: readonly Aside[];
  /** Containers of roles, which run in the live slot only. */
  readonly roles: readonly FoundRole[];
}

/** What is there of a stack, and what its journal says, side by side; each undefined where it can't be told. Changes nothing. */
export async function lookAndLedger(
  host: StackHost,
  declared: Declared,
): Promise<{ readonly look: HostLook | undefined; readonly ledger: Ledger | undefined }> {
  const [look, ledger] = await Promise.all([
    lookAt(host.connection, lookFor(declared)),
    lookInLedger(host.connection, host.controller, declared.reader),
  ]);
  return { look, ledger };
}

/** Looks at a host and changes nothing. @returns undefined where it can't be told: whoever asks the controller says why, or its settings are wrong */
export async function changedByHand(host: StackHost): Promise<ChangedByHand | undefined> {
  const { declared } = host;
  if (declared === undefined) return undefined;
  const { look, ledger } = await lookAndLedger(host, declared);
  if (look === undefined || ledger === undefined) return undefined;
  const { mending, problems } = planMending(look, ledger, declared, host.path);
  return {
    mended: mending.says,
    refused: problems.map(formatProblem),
    aside: asideAmong(look.containers.keys()),
    roles: foundRoles(look, declared.names, ledger),
  };
}

/** What was changed, as people read it, a line each. */
export const describeChanges = ({ mended, refused }: ChangedByHand): string[] => [
  ...mended.map((line) => `${line} with the next pulumi up`),
  ...refused.map((line) => `pulumi up would be refused: ${line}`),
];
