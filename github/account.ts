import type { Octokit } from "@octokit/rest";
import type { Account } from "./plan-limits.ts";
import type { GitHubSettings } from "./schema.ts";

/** What GitHub says of the owner and the repository before anything is declared. */
export interface Found {
  readonly kind: Account["kind"];
  /** Undefined where the token may not see it. */
  readonly plan: Account["plan"] | undefined;
  /** Undefined where it does not exist yet, or the token may not see it. */
  readonly repository: FoundRepository | undefined;
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
 * Asks GitHub once, reading only.
 *
 * @throws RequestError of octokit when GitHub does not answer or refuses the token
 */
export async function askGitHub(
  octokit: Octokit,
  { owner, repository: repo }: Pick<GitHubSettings, "owner" | "repository">,
  people: { readonly users: readonly string[]; readonly teams: readonly string[] },
): Promise<Found> {
  const [account, repository, users, teams] = await Promise.all([
    askAccount(octokit, owner),
    askRepository(octokit, owner, repo),
    ids(people.users, (username) => octokit.rest.users.getByUsername({ username })),
    ids(people.teams, (team_slug) => octokit.rest.teams.getByName({ org: owner, team_slug })),
  ]);
  return {
    ...account,
    repository,
    users: users.ids,
    teams: teams.ids,
    unknown: [...users.unknown, ...teams.unknown],
  };
}

async function askRepository(octokit: Octokit, owner: string, repo: string): Promise<FoundRepository | undefined> {
  const answer = await found(octokit.rest.repos.get({ owner, repo }));
  if (answer === undefined) return undefined;
  const { archived, default_branch: defaultBranch, size } = answer.data;
  const branch = () => found(octokit.rest.repos.getBranch({ owner, repo, branch: defaultBranch }));
  return {
    visibility: visibilityOf(answer.data),
    archived,
    defaultBranch,
    // Small ones count as 0 too.
    isEmpty: size === 0 && (await branch()) === undefined,
  };
}

async function askAccount(octokit: Octokit, owner: string): Promise<Pick<Found, "kind" | "plan">> {
  const organization = await found(octokit.rest.orgs.get({ org: owner }));
  if (organization) return { kind: "organization", plan: plans[organization.data.plan?.name ?? ""] };
  const { data: self } = await octokit.rest.users.getAuthenticated();
  // Only users themselves see their plan.
  const mine = self.login.toLowerCase() === owner.toLowerCase() && "plan" in self ? self.plan.name : undefined;
  return { kind: "user", plan: plans[mine ?? ""] };
}

function visibilityOf({ visibility, private: isPrivate }: { visibility?: string; private: boolean }) {
  if (visibility === "internal") return "internal";
  return isPrivate ? "private" : "public";
}

async function ids(
  names: readonly string[],
  ask: (name: string) => Promise<{ data: { id: number } }>,
): Promise<{ ids: Record<string, number>; unknown: string[] }> {
  const answers = await Promise.all(names.map(async (name) => [name, (await found(ask(name)))?.data.id] as const));
  return {
    ids: Object.fromEntries(answers.flatMap(([name, id]) => (id === undefined ? [] : [[name, id]]))),
    unknown: answers.flatMap(([name, id]) => (id === undefined ? [name] : [])),
  };
}

/** The answer, or undefined where GitHub says 404. */
export async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return undefined;
    throw error;
  }
}
