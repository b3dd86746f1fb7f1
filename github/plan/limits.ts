import type { RequiredCheck } from "../../workflows/ci.ts";
import { branchesOf } from "../kinds/defaults.ts";
import { teamsOf } from "../kinds/actors.ts";
import { environmentPath, type EnvironmentSettings, type RepositorySettings } from "../schema.ts";

/** What decides which features GitHub gives. */
export interface Account {
  readonly kind: "user" | "organization";
  readonly plan: "free" | "pro" | "team" | "enterprise";
  readonly visibility: RepositorySettings["visibility"];
  /** The account pays for GitHub's Advanced Security on private repositories. */
  readonly advancedSecurity: boolean;
}

/** What a stack wants of GitHub. */
export interface Wanted {
  readonly repository?: RepositorySettings | undefined;
  /** @default none */
  readonly environments?: readonly EnvironmentSettings[];
  /** As in `Sections`. */
  readonly ownEnvironment?: string | undefined;
}

type Whole = Wanted & Required<Pick<Wanted, "environments">>;

/** Something wanted that GitHub refuses, or accepts and ignores. */
export interface PlanLimit {
  readonly path: string;
  /** Why, for people. */
  readonly reason: string;
  /** What is declared instead. */
  readonly fallBack: string;
}

interface Row extends PlanLimit {
  readonly hits: (wanted: Whole, account: Account) => boolean;
  /** Whether an environment asks for it: it is said of each that does, and `path` is what follows its name. @default of no environment */
  readonly asks?: (environment: EnvironmentSettings) => boolean;
  /** `wanted` without it. */
  readonly without: (wanted: Whole) => Whole;
}

const isPublic = ({ visibility }: Account) => visibility === "public";
const isPaid = ({ plan }: Account) => plan !== "free";
/** Rulesets, branch protection and environments: any public repository, and private ones of paying accounts. */
const hasRules = (account: Account) => isPublic(account) || isPaid(account);
/** Reviewers, wait timers and apps on private repositories (terraform-provider-github#1262, #1311). */
const hasGates = (account: Account) => isPublic(account) || account.plan === "enterprise";
const hasScanning = (account: Account) => isPublic(account) || account.advancedSecurity;

const hasAccess = (level: RepositorySettings["workflowAccess"], { kind, plan, visibility }: Account) =>
  visibility !== "public" &&
  (level === "none" || level === kind || (level === "enterprise" && kind === "organization" && plan === "enterprise"));

const inRepository =
  (change: (repository: RepositorySettings) => Partial<RepositorySettings>) =>
  (wanted: Whole): Whole => ({
    ...wanted,
    repository: wanted.repository && { ...wanted.repository, ...change(wanted.repository) },
  });
const inEnvironments =
  (change: (environment: EnvironmentSettings) => Partial<EnvironmentSettings>) =>
  (wanted: Whole): Whole => ({
    ...wanted,
    environments: wanted.environments.map((environment) => ({ ...environment, ...change(environment) })),
  });
type Branch = RepositorySettings["branches"]["main"];
const inBranches = (change: (branch: Branch) => Branch) =>
  inRepository(({ branches }) => ({ branches: { main: change(branches.main), develop: change(branches.develop) } }));
const someBranch = (repository: RepositorySettings | undefined, asks: (branch: Branch) => boolean) =>
  repository !== undefined && branchesOf(repository).some((branch) => asks(repository.branches[branch]));
/** A gate that only costlier plans have. */
const gate = (asks: (environment: EnvironmentSettings) => boolean): Pick<Row, "asks" | "hits"> => ({
  asks,
  hits: ({ environments }, account) => environments.some(asks) && hasRules(account) && !hasGates(account),
});
const asksTeams = ({ reviewers }: EnvironmentSettings) => reviewers.teams.length > 0;

const rows: readonly Row[] = [
  {
    path: "slipway:repository.visibility",
    reason: "internal repositories need an organisation with GitHub's Enterprise plan",
    fallBack: "private",
    hits: ({ repository }, { kind, plan }) =>
      repository?.visibility === "internal" && (kind === "user" || plan !== "enterprise"),
    without: inRepository(() => ({ visibility: "private" })),
  },
  {
    path: "slipway:repository.rules",
    reason: "private repositories have neither rulesets nor branch protection on the Free plan",
    fallBack: "no rule for branches and tags; CI and the deploy jobs are all that stands",
    hits: ({ repository }, account) => repository !== undefined && !hasRules(account),
    without: (wanted) => wanted,
  },
  {
    path: "",
    asks: () => true,
    reason: "private repositories have no environments on the Free plan, and ignore those from when they were public",
    fallBack: "neither the environment nor its secrets: in the repository's store every workflow could read them",
    hits: ({ environments }, account) => environments.length > 0 && !hasRules(account),
    without: (wanted) => ({ ...wanted, environments: [] }),
  },
  {
    path: ".reviewers",
    reason: "private repositories have required reviewers on the Enterprise plan only",
    fallBack: "no approval on GitHub; who makes release tags decides what goes to production",
    ...gate((environment) => reviewersOf(environment) > 0),
    without: inEnvironments(() => ({ reviewers: { users: [], teams: [] } })),
  },
  {
    path: ".waitMinutes",
    reason: "private repositories have wait timers on the Enterprise plan only",
    fallBack: "no wait",
    ...gate(({ waitMinutes }) => waitMinutes > 0),
    without: inEnvironments(() => ({ waitMinutes: 0 })),
  },
  {
    path: ".protectionApps",
    reason: "private repositories have deployment protection rules of apps on the Enterprise plan only",
    fallBack: "no app is asked",
    ...gate(({ protectionApps }) => protectionApps.length > 0),
    without: inEnvironments(() => ({ protectionApps: [] })),
  },
  {
    path: ".reviewers.teams",
    reason: "a user's repositories have no teams",
    fallBack: "the users among the reviewers",
    asks: asksTeams,
    hits: ({ environments }, { kind }) => kind === "user" && environments.some(asksTeams),
    without: inEnvironments(({ reviewers }) => ({ reviewers: { ...reviewers, teams: [] } })),
  },
  {
    path: "slipway:repository.codeOwners",
    reason: "a user's repositories have no teams",
    fallBack: "the users among the code owners",
    hits: ({ repository }, { kind }) => kind === "user" && (repository?.codeOwners.some(isTeam) ?? false),
    without: inRepository(({ codeOwners }) => ({ codeOwners: codeOwners.filter((owner) => !isTeam(owner)) })),
  },
  {
    path: "slipway:repository.teams",
    reason: "a user's repositories have no teams",
    fallBack: "no team; users are collaborators",
    hits: ({ repository }, { kind }) => kind === "user" && Object.keys(repository?.teams ?? {}).length > 0,
    without: inRepository(() => ({ teams: {} })),
  },
  {
    path: "slipway:repository.collaborators",
    reason: "a user's repositories know one role, and every collaborator can write",
    fallBack: "those who are to write; the others have no access",
    hits: ({ repository }, { kind }) =>
      kind === "user" && Object.values(repository?.collaborators ?? {}).some((role) => role !== "write"),
    without: inRepository(({ collaborators }) => ({
      collaborators: Object.fromEntries(Object.entries(collaborators).filter(([, role]) => role === "write")),
    })),
  },
  {
    path: "slipway:repository.tagCreators",
    reason: "a user's repositories have neither teams nor organisation administrators",
    fallBack: "the other creators",
    hits: ({ repository }, { kind }) => kind === "user" && (repository?.tagCreators.some(isOrganizational) ?? false),
    without: inRepository(({ tagCreators }) => ({
      tagCreators: tagCreators.filter((actor) => !isOrganizational(actor)),
    })),
  },
  {
    path: "slipway:repository.branches",
    reason: "a user's repositories have neither teams nor organisation administrators that could bypass a rule",
    fallBack: "the other actors",
    hits: ({ repository }, { kind }) =>
      kind === "user" && Object.values(repository?.branches ?? {}).some(({ bypass }) => bypass.some(isOrganizational)),
    without: inBranches(withoutOrganizational),
  },
  {
    path: "slipway:repository.breakGlass",
    reason: "a user's repositories have no teams",
    fallBack: "nobody merges past the rules of main",
    hits: ({ repository }, { kind }) => kind === "user" && repository?.breakGlass !== undefined,
    without: inRepository(() => ({ breakGlass: undefined })),
  },
  {
    path: "slipway:repository.branches",
    reason: "a user's repositories have no teams that could review some files",
    fallBack: "no reviewers of some files",
    hits: ({ repository }, { kind }) =>
      kind === "user" && someBranch(repository, ({ requiredReviewers }) => requiredReviewers.length > 0),
    without: inBranches((branch) => ({ ...branch, requiredReviewers: [] })),
  },
  {
    path: "slipway:repository.branches",
    reason: "merge queues need an organisation, and on private repositories GitHub's Enterprise plan",
    fallBack: "no merge queue",
    hits: ({ repository }, account) =>
      !(account.kind === "organization" && hasGates(account)) &&
      someBranch(repository, ({ mergeQueue }) => mergeQueue !== undefined),
    without: inBranches((branch) => ({ ...branch, mergeQueue: undefined })),
  },
  {
    path: "slipway:repository.branches",
    reason: "code scanning of private repositories needs Advanced Security (slipway:github.advancedSecurity)",
    fallBack: "no scan is waited for",
    hits: ({ repository }, account) =>
      !hasScanning(account) && someBranch(repository, ({ requiredScans }) => Object.keys(requiredScans).length > 0),
    without: inBranches((branch) => ({ ...branch, requiredScans: {} })),
  },
  {
    path: "slipway:repository.pushRules",
    reason:
      "rules about pushed files need an organisation's private or internal repository, on the Team or Enterprise plan",
    fallBack: "no such rule",
    hits: ({ repository }, account) =>
      repository?.pushRules !== undefined && (account.kind === "user" || isPublic(account) || !isPaid(account)),
    without: inRepository(() => ({ pushRules: undefined })),
  },
  {
    path: "slipway:repository.forkApproval",
    reason: "only public repositories have a policy for whoever comes from outside; others have privateForks",
    fallBack: "as it is",
    hits: ({ repository }, account) => repository?.forkApproval !== undefined && !isPublic(account),
    without: inRepository(() => ({ forkApproval: undefined })),
  },
  {
    path: "slipway:repository.privateForks",
    reason: "a public repository's forks are anybody's, and have forkApproval",
    fallBack: "as it is",
    hits: ({ repository }, account) => repository?.privateForks !== undefined && isPublic(account),
    without: inRepository(() => ({ privateForks: undefined })),
  },
  {
    path: "slipway:repository.workflowAccess",
    reason:
      "only private and internal repositories say who uses their workflows, within their own user, organisation or enterprise",
    fallBack: "as it is",
    hits: ({ repository }, account) =>
      repository?.workflowAccess !== undefined && !hasAccess(repository.workflowAccess, account),
    without: inRepository(() => ({ workflowAccess: undefined })),
  },
  {
    path: "slipway:repository.autolinks",
    reason: "private repositories have no autolinks on the Free plan",
    fallBack: "no autolink",
    hits: ({ repository }, account) => Object.keys(repository?.autolinks ?? {}).length > 0 && !hasRules(account),
    without: inRepository(() => ({ autolinks: {} })),
  },
  {
    path: "slipway:repository.properties",
    reason: "custom properties belong to an organisation",
    fallBack: "none",
    hits: ({ repository }, { kind }) => kind === "user" && Object.keys(repository?.properties ?? {}).length > 0,
    without: inRepository(() => ({ properties: {} })),
  },
  {
    path: "slipway:repository.secretScanning",
    reason: "secret scanning of private repositories needs Advanced Security (slipway:github.advancedSecurity)",
    fallBack: "off",
    hits: ({ repository }, account) => repository?.secretScanning === true && !hasScanning(account),
    without: inRepository(() => ({ secretScanning: false })),
  },
  {
    path: "slipway:repository.codeScanning",
    reason: "CodeQL on private repositories needs Advanced Security (slipway:github.advancedSecurity)",
    fallBack: "off",
    hits: ({ repository }, account) => repository?.codeScanning === true && !hasScanning(account),
    without: inRepository(() => ({ codeScanning: false })),
  },
  {
    path: "slipway:repository.vulnerabilityReports",
    reason: "only public repositories take private reports of vulnerabilities",
    fallBack: "off",
    hits: ({ repository }, account) => repository?.vulnerabilityReports === true && !isPublic(account),
    without: inRepository(() => ({ vulnerabilityReports: false })),
  },
  {
    path: "slipway:repository.autoMerge",
    reason: "private repositories have no auto-merge on the Free plan: GitHub answers 200 and leaves it off",
    fallBack: "off",
    hits: ({ repository }, account) => repository?.autoMerge === true && !hasRules(account),
    without: inRepository(() => ({ autoMerge: false })),
  },
];

/** What GitHub will really be given: every choice that was left open is made here, by what the account has. */
export interface WithinPlan {
  readonly limits: readonly PlanLimit[];
  readonly repository?: RepositoryWithinPlan | undefined;
  readonly environments: readonly EnvironmentSettings[];
}

export interface RepositoryWithinPlan extends RepositorySettings {
  /** Branches and tags have rules at all. */
  readonly isProtected: boolean;
  readonly secretScanning: boolean;
  readonly codeScanning: boolean;
  readonly vulnerabilityReports: boolean;
  /** Checks by branch that are not required yet, because nothing reports them. */
  readonly unreported: Readonly<Record<string, readonly string[]>>;
  /** Older checks by branch that stand in for those. */
  readonly kept: Readonly<Record<string, readonly RequiredCheck[]>>;
}

/** What the account's plan or the repository's visibility forbids, and what is left of `wanted` without it. Pure. */
export function withinPlan({ environments: all = [], ...rest }: Wanted, account: Account): WithinPlan {
  const wanted: Whole = { ...rest, environments: all };
  const hit = rows.filter(({ hits }) => hits(wanted, account));
  const { repository, environments } = hit.reduce((left, row) => row.without(left), wanted);
  return {
    limits: hit.flatMap(({ path, asks, reason, fallBack }) => {
      const paths = asks
        ? all.filter(asks).map(({ name }) => `${environmentPath(wanted.ownEnvironment, name)}${path}`)
        : [path];
      return paths.map((each) => ({ path: each, reason, fallBack }));
    }),
    environments,
    repository: repository && {
      ...repository,
      isProtected: hasRules(account),
      secretScanning: repository.secretScanning ?? hasScanning(account),
      codeScanning: repository.codeScanning ?? hasScanning(account),
      vulnerabilityReports: repository.vulnerabilityReports ?? isPublic(account),
      unreported: {},
      kept: {},
    },
  };
}

const isTeam = (owner: string) => owner.includes("/");
const isOrganizational = (actor: string) => actor === "organization-admin" || teamsOf([actor]).length > 0;
const reviewersOf = ({ reviewers }: EnvironmentSettings) => reviewers.users.length + reviewers.teams.length;

function withoutOrganizational<T extends { bypass: string[] }>(choice: T): T {
  return { ...choice, bypass: choice.bypass.filter((actor) => !isOrganizational(actor)) };
}
