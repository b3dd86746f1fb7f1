import type { ApprovedWeakening, GitHubSettings } from "../github/schema.ts";
import type { Planned } from "../github/plan/planned.ts";

/** What the stack says of its account on GitHub. */
export interface AccountProps {
  readonly approvedWeakenings: readonly ApprovedWeakening[];
  readonly planLimits: GitHubSettings["planLimits"];
  /** Names of the environments that are there for a person's yes. */
  readonly approvals: readonly string[];
  /** Checks by branch that are not required yet, because nothing reports them. @default none */
  readonly unreported?: Readonly<Record<string, readonly string[]>>;
}

/** Until the program has said otherwise, nothing is approved. */
let account: AccountProps = { approvedWeakenings: [], planLimits: "stop", approvals: [] };

/**
 * A pack sees resources and not the configuration, so the component of the account carries what policies must know. Every resource on
 * GitHub waits for its provider, which waits for the account: it has always been seen first.
 */
export function accountSeenBy({ type, props }: Planned): AccountProps {
  if (type === "slipway:github:Account") account = props as unknown as AccountProps;
  return account;
}
