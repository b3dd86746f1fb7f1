import type { Octokit } from "@octokit/rest";
import { found } from "./account.ts";
import { listEnvironments } from "./found-things.ts";

/** One resource that the engine would create: what `pulumi preview --json` says of it. */
export interface PlannedCreate {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A resource in the file that `pulumi preview --import-file` writes and `pulumi import --file` reads. */
export interface ImportEntry {
  readonly type: string;
  readonly name: string;
  readonly logicalName?: string;
  readonly parent?: string;
  readonly component?: boolean;
  readonly id?: string;
}

export interface ImportFile {
  readonly nameTable?: Readonly<Record<string, string>>;
  readonly resources?: readonly ImportEntry[];
  /** Whole inputs of providers that are not in the state yet, secrets encrypted with the stack's key. */
  readonly providerInputs?: Readonly<Record<string, unknown>>;
}

/** Something that GitHub has already. */
export interface Adoptable {
  readonly urn: string;
  readonly type: string;
  /** As `pulumi import` takes it. */
  readonly id: string;
}

/** The creates out of `pulumi preview --json`. */
export function plannedCreates(json: string): PlannedCreate[] {
  const { steps = [] } = JSON.parse(json) as {
    steps?: { op: string; urn: string; newState?: { type: string; inputs?: Record<string, unknown> } }[];
  };
  return steps.flatMap(({ op, urn, newState }) =>
    op === "create" && newState ? [{ urn, type: newState.type, inputs: newState.inputs ?? {} }] : [],
  );
}

/**
 * Which of the planned creates GitHub has already. Secrets are never among them: GitHub shows no value, and creating one that is there
 * writes the declared value into it.
 *
 * @throws RequestError of octokit when GitHub does not answer or refuses the token
 */
export async function adoptable(
  octokit: Octokit,
  where: { readonly owner: string; readonly repo: string },
  creates: readonly PlannedCreate[],
): Promise<Adoptable[]> {
  const existing = new Existing(octokit, where);
  const ids = creates.map(async ({ urn, type, inputs }) => {
    const kind = /^github:index\/\w+:(\w+)$/.exec(type)?.[1] ?? "";
    const id = await existing.idOf(kind, (name) => {
      const value = inputs[name];
      return typeof value === "string" ? value : "";
    });
    return id === undefined ? [] : [{ urn, type, id }];
  });
  return (await Promise.all(ids)).flat();
}

/** The import file with nothing left in it but what is to be adopted, and the components around that. Pure. */
export function importOnly(file: ImportFile, adopted: readonly Adoptable[]): ImportFile {
  const ids = new Map(adopted.map(({ urn, id }) => [shortUrn(urn), id]));
  const entries = (file.resources ?? []).map((entry) => {
    const id = entry.component === true ? undefined : ids.get(`${entry.type}::${entry.logicalName ?? entry.name}`);
    return id === undefined ? entry : { ...entry, id };
  });
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const wanted = new Set(entries.filter(({ type, name, logicalName = name }) => ids.has(`${type}::${logicalName}`)));
  for (const entry of wanted) {
    const parent = byName.get(entry.parent ?? "");
    if (parent) wanted.add(parent);
  }
  return { ...file, resources: entries.filter((entry) => wanted.has(entry)) };
}

/** Type and name, which no two of this program's resources share. */
export const shortUrn = (urn: string) => {
  const [type = "", name = ""] = urn.split("::").slice(2);
  return `${type.split("$").at(-1) ?? ""}::${name}`;
};

/** What a repository has, asked for once each and only when needed. */
class Existing {
  private readonly octokit: Octokit;
  private readonly where: { readonly owner: string; readonly repo: string };
  private readonly answers = new Map<string, Promise<unknown>>();

  constructor(octokit: Octokit, where: { readonly owner: string; readonly repo: string }) {
    this.octokit = octokit;
    this.where = where;
  }

  /** @param input reads one of the resource's inputs as text */
  async idOf(kind: string, input: (name: string) => string): Promise<string | undefined> {
    const { rest } = this.octokit;
    const { repo } = this.where;
    if ((await this.repository()) === undefined) return undefined;
    const environment = input("environment");
    switch (kind) {
      case "Repository":
      case "ActionsRepositoryPermissions":
      case "RepositoryDependabotSecurityUpdates":
        return repo;
      case "BranchDefault":
        return (await this.branches()).length > 0 ? repo : undefined;
      case "Branch":
        return (await this.branches()).includes(input("branch")) ? `${repo}:${input("branch")}` : undefined;
      case "RepositoryFile":
        return (await this.hasFile(input("branch"), input("file")))
          ? `${repo}/${input("file")}:${input("branch")}`
          : undefined;
      case "IssueLabel": {
        const labels = await this.once("labels", () =>
          this.octokit.paginate(rest.issues.listLabelsForRepo, { ...this.where, per_page: 100 }),
        );
        const label = labels.find(({ name }) => name.toLowerCase() === input("name").toLowerCase());
        return label && `${repo}:${label.name}`;
      }
      case "RepositoryRuleset": {
        const rulesets = await this.once("rulesets", () =>
          this.octokit.paginate(rest.repos.getRepoRulesets, {
            ...this.where,
            includes_parents: false,
            per_page: 100,
          }),
        );
        const ruleset = rulesets.find(({ name }) => name === input("name"));
        return ruleset && `${repo}:${ruleset.id}`;
      }
      case "BranchProtection":
        return (await this.patterns()).includes(input("pattern")) ? `${repo}:${input("pattern")}` : undefined;
      case "RepositoryEnvironment":
        return (await this.hasEnvironment(environment)) ? `${repo}:${environment}` : undefined;
      case "RepositoryEnvironmentDeploymentPolicy": {
        if (!(await this.hasEnvironment(environment))) return undefined;
        const policies = await this.once(`policies of ${environment}`, () =>
          this.octokit.paginate(rest.repos.listDeploymentBranchPolicies, {
            ...this.where,
            environment_name: environment,
            per_page: 100,
          }),
        );
        const [type, pattern] =
          input("tagPattern") === "" ? ["branch", input("branchPattern")] : ["tag", input("tagPattern")];
        const policy = policies.find((each) => each.name === pattern && (each.type ?? "branch") === type);
        return policy?.id === undefined ? undefined : `${repo}:${environment}:${policy.id}`;
      }
      case "ActionsEnvironmentVariable": {
        if (!(await this.hasEnvironment(environment))) return undefined;
        const variables = await this.once(`variables of ${environment}`, () =>
          this.octokit.paginate(rest.actions.listEnvironmentVariables, {
            ...this.where,
            environment_name: environment,
            per_page: 30,
          }),
        );
        const name = input("variableName");
        return variables.some((variable) => variable.name === name) ? `${repo}:${environment}:${name}` : undefined;
      }
      default:
        return undefined;
    }
  }

  private repository() {
    return this.once("repository", () => found(this.octokit.rest.repos.get(this.where)));
  }

  private branches(): Promise<string[]> {
    return this.once("branches", async () => {
      const branches = await this.octokit.paginate(this.octokit.rest.repos.listBranches, {
        ...this.where,
        per_page: 100,
      });
      return branches.map(({ name }) => name);
    });
  }

  private async hasFile(branch: string, path: string): Promise<boolean> {
    if (!(await this.branches()).includes(branch)) return false;
    const file = await this.once(`${branch}:${path}`, () =>
      found(this.octokit.rest.repos.getContent({ ...this.where, path, ref: branch })),
    );
    return file !== undefined;
  }

  private async hasEnvironment(name: string): Promise<boolean> {
    const environments = await this.once("environments", () => listEnvironments(this.octokit, this.where));
    return environments.some((environment) => environment.name === name);
  }

  /** REST shows classic protection by branch only, and a pattern may match none. */
  private patterns(): Promise<string[]> {
    return this.once("patterns", async () => {
      const answer = await this.octokit.graphql<{
        repository: { branchProtectionRules: { nodes: { pattern: string }[] } };
      }>(
        `query ($owner: String!, $repo: String!) {
          repository(owner: $owner, name: $repo) { branchProtectionRules(first: 100) { nodes { pattern } } }
        }`,
        this.where,
      );
      return answer.repository.branchProtectionRules.nodes.map(({ pattern }) => pattern);
    });
  }

  private once<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const known = this.answers.get(name) as Promise<T> | undefined;
    if (known) return known;
    const answer = ask();
    this.answers.set(name, answer);
    return answer;
  }
}
