import { listedOf, prefixOf } from "../github/listed.ts";
import type { PermanentBranch } from "../github/kinds/defaults.ts";
import type { Among } from "../github/plan/approvals.ts";
import type { ApprovedWeakening, GitHubSettings } from "../github/schema.ts";
import type { Planned } from "../github/plan/planned.ts";
import type { RequiredCheck } from "../workflows/ci.ts";

/** What policies have to know of one repository. */
interface Facts {
  /** Names of the environments that are there for a person's yes. */
  readonly approvals: readonly string[];
  /** Checks by branch that are not required yet, because nothing reports them. @default none */
  readonly unreported?: Readonly<Record<string, readonly string[]>>;
  /** Checks that the repository requires. @default the gate of the rendered ci.yml */
  readonly checks?: readonly RequiredCheck[];
  /** Branches that stay. @default main and develop */
  readonly branches?: readonly PermanentBranch[] | undefined;
  /** Older checks by branch that stand in for those that are not required yet. @default none */
  readonly kept?: Readonly<Record<string, readonly RequiredCheck[]>>;
}

/** What the stack says of its account on GitHub. */
interface AccountProps extends Facts {
  readonly approvedWeakenings: readonly ApprovedWeakening[];
  readonly planLimits: GitHubSettings["planLimits"];
  /** The same of each listed repository. @default none is listed */
  readonly listed?: Readonly<Record<string, Facts>>;
}

/** What holds for one resource. */
interface Seen extends Omit<AccountProps, "listed"> {
  /** The repository that it is about, as the gate's identifiers have it. */
  readonly among: Among;
}

/** A resource as a policy sees it. */
type Seeable = Planned & { readonly urn?: string };

/** Until the program has said otherwise, nothing is approved. */
let account: AccountProps = { approvedWeakenings: [], planLimits: "stop", approvals: [] };

/**
 * A pack sees resources and not the configuration, so the component of the account carries what policies must know. Every resource on
 * GitHub waits for its provider, which waits for the account: it has always been seen first.
 */
export function accountSeenBy({ type, props, urn }: Seeable): Seen {
  if (type === "slipway:github:Account") account = props as unknown as AccountProps;
  const { listed = {}, ...own } = account;
  const names = Object.keys(listed);
  const mine = listedOf(urn ?? "", names);
  const others = names.filter((each) => each !== mine).map(prefixOf);
  return {
    ...own,
    ...(mine === undefined ? {} : { branches: undefined, ...listed[mine] }),
    among: { prefix: prefixOf(mine), others },
  };
}

/** The listed repository that a resource belongs to; empty for the stack's own. */
export const repositoryOf = (resource: Seeable): string => accountSeenBy(resource).among.prefix;
