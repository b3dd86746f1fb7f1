import type { Octokit } from "@octokit/rest";
import type { LeftOpen } from "../kinds/defaults.ts";
import { found, type Reader } from "../read/reader.ts";
import type { Account } from "./limits.ts";

/** What GitHub says of the owner and the repository before anything is declared. */
export interface Found extends FoundAccount {
  /** Undefined where it does not exist yet, or the token may not see it. */
  readonly repository: FoundRepository | undefined;
}

/** What it says of the owner and of people, whatever the repository. */
export interface FoundAccount {
  readonly kind: Account["kind"];
  /** Undefined where the token may not see it. */
  readonly plan: Account["plan"] | undefined;
  /** Ids by login. */
  readonly users: Readonly<Record<string, number>>;
  /** Ids by short name. */
  readonly teams: Readonly<Record<string, number>>;
  /** Logins and short names that GitHub does not know. */
  readonly unknown: readonly string[];
}

export interface FoundRepository {
  readonly visibility: Account["visibility"];
  readonly archived: boolean;
  readonly defaultBranch: string;
  /** What counts where the stack says nothing. */
  readonly leftOpen: LeftOpen;
  /** There is a branch main, default or not. */
  readonly hasMain: boolean;
  /** Without a first commit there is not even the default branch. */
  readonly isEmpty: boolean;
}

/** GitHub's own names of its plans. */
const plans: Readonly<Record<string, Account["plan"]>> = {
  free: "free",
  pro: "pro",
  team: "team",
  business: "team",
  business_plus: "enterprise",
  enterprise: "enterprise",
};

/**
 * Asks GitHub about the owner and people, reading only.
 *
 * @throws CouldNotAsk
 */
export async function askAccount(
  { rest }: Octokit,
  owner: string,
  people: { readonly users: readonly string[]; readonly teams: readonly string[] },
): Promise<FoundAccount> {
  const [account, users, teams] = await Promise.all([
    askOwner(rest, owner),
    ids(people.users, (username) => rest.users.getByUsername({ username })),
    ids(people.teams, (team_slug) => rest.teams.getByName({ org: owner, team_slug })),
  ]);
  return { ...account, users: users.ids, teams: teams.ids, unknown: [...users.unknown, ...teams.unknown] };
}

/** The repository as it is there. @throws CouldNotAsk */
export async function askRepository(reader: Reader): Promise<FoundRepository | undefined> {
  const answer = await reader.repository();
  if (answer.is !== "there") return undefined;
  const { archived, default_branch: defaultBranch, size } = answer.value;
  const { main: isMainTold } = await reader.told();
  const isThere = async (branch: string) =>
    (branch === "main" && isMainTold === true) ||
    (await reader.ask(`branch ${branch}`, ({ rest }, at) => rest.repos.getBranch({ ...at, branch }))).is === "there";
  return {
    visibility: visibilityOf(answer.value),
    archived,
    leftOpen: {
      issues: answer.value.has_issues,
      projects: answer.value.has_projects,
      wiki: answer.value.has_wiki,
      discussions: answer.value.has_discussions,
      signOff: answer.value.web_commit_signoff_required ?? false,
      template: answer.value.is_template ?? false,
      description: answer.value.description ?? "",
      homepage: answer.value.homepage ?? "",
      topics: answer.value.topics ?? [],
      autoMerge: answer.value.allow_auto_merge ?? false,
    },
    defaultBranch,
    // Small ones count as 0 too.
    isEmpty: size === 0 && !(await isThere(defaultBranch)),
    hasMain: defaultBranch === "main" || (await isThere("main")),
  };
}

async function askOwner(rest: Octokit["rest"], owner: string): Promise<Pick<Found, "kind" | "plan">> {
  const organization = await found(`the account ${owner}`, () => rest.orgs.get({ org: owner }));
  if (organization) return { kind: "organization", plan: plans[organization.data.plan?.name ?? ""] };
  const self = await found("the token's own account", () => rest.users.getAuthenticated());
  // Only users themselves see their plan.
  const mine =
    self?.data.login.toLowerCase() === owner.toLowerCase() && "plan" in self.data ? self.data.plan : undefined;
  return { kind: "user", plan: plans[mine?.name ?? ""] };
}

function visibilityOf({ visibility, private: isPrivate }: { visibility?: string; private: boolean }) {
  if (visibility === "internal") return "internal";
  return isPrivate ? "private" : "public";
}

async function ids(
  names: readonly string[],
  ask: (name: string) => Promise<{ data: { id: number } }>,
): Promise<{ ids: Record<string, number>; unknown: string[] }> {
  const answers = await Promise.all(
    names.map(async (name) => [name, (await found(name, () => ask(name)))?.data.id] as const),
  );
  return {
    ids: Object.fromEntries(answers.flatMap(([name, id]) => (id === undefined ? [] : [[name, id]]))),
    unknown: answers.flatMap(([name, id]) => (id === undefined ? [name] : [])),
  };
}
