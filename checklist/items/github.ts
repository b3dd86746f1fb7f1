import type { KindName } from "../../github/kinds/kind.ts";
import { branchesOf } from "../../github/kinds/defaults.ts";
import { environment } from "../../github/kinds/environment.ts";
import { secret } from "../../github/kinds/secret.ts";
import { webhookStore } from "../../github/kinds/webhook.ts";
import { environmentPath } from "../../github/schema.ts";
import type { Sections } from "../../github/sections.ts";
import type { Census } from "../../github/take-census.ts";
import { broken, proven, unseen, type Finding, type Item, type ItemName, type Probe } from "../model.ts";

/** One repository as a stack declares it, and what GitHub says of it. */
export interface CheckedRepository {
  readonly sections: Sections;
  /** Asked once for all items. @throws where GitHub can't be asked */
  readonly census: () => Promise<Census>;
  /** Tries a push that the rules have to refuse. @default nothing is tried */
  readonly push?: () => Promise<Finding>;
}

export interface GitHubArgs {
  /** Stack that declares the repositories. */
  readonly stack: string;
  readonly repositories: readonly CheckedRepository[];
}

type Look = (repository: CheckedRepository, census: Census, stack: string) => Finding[];

/** Names of secrets in each store, branch rules and environments: declared, and on GitHub as declared. */
export const githubItems = (args: GitHubArgs): Item[] => [
  item("github-secrets", "slipway:environments", args, lookForSecrets),
  item("branch-rules", "slipway:repository", args, lookAtBranches),
  item("environments", "slipway:environments", args, lookAtEnvironments),
];

function item(name: ItemName, setting: string, { stack, repositories }: GitHubArgs, judge: Look): Item {
  const probes = repositories.map((repository): Probe => {
    const { owner, repository: repo } = repository.sections.github;
    return {
      name: `${owner}/${repo}`,
      look: async () => {
        const census = await repository.census();
        const gone = census.findings.some(({ kind, is }) => kind === "repository" && is === "missing");
        // To whom may not read a private repository, GitHub says that there is none.
        if (gone) return [unseen(`${owner}/${repo} is not there, or this token may not read it`, lookAgain(stack))];
        const found = judge(repository, census, stack);
        // Where a rule is missing the push would go through.
        const isSafe = found.every(({ outcome }) => outcome === "proven");
        return name === "branch-rules" && isSafe && repository.push ? [...found, await repository.push()] : found;
      },
    };
  });
  return { name, setting, probes: probes.length > 0 ? probes : [undeclared(setting)] };
}

const undeclared = (setting: string): Probe => ({
  name: "declared",
  look: () => {
    const fix = `declare slipway:github and ${setting} in Pulumi.governance.yaml (docs/github.md), then pulumi up --stack governance`;
    return Promise.resolve([broken("no stack of this project declares a repository on GitHub", fix)]);
  },
});

const update = (stack: string) => `pulumi up --stack ${stack}`;
const lookAgain = (stack: string) =>
  `export GITHUB_TOKEN=<one that reads administration, environments and secrets of it>; if it is really missing, ${update(stack)}`;

/** What this token may not see of some kinds; without it nothing may be called proven. */
const hiddenOf = ({ unseen: hidden }: Census, kinds: readonly KindName[], stack: string): Finding[] =>
  hidden
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ words }) => unseen(`hidden from this token: ${words}`, lookAgain(stack)));

/** What is declared of some kinds and is not so; what is there beside it is drift's to say. */
const differing = ({ findings }: Census, kinds: readonly KindName[], stack: string): Finding[] =>
  findings
    .filter(({ kind, is }) => kinds.includes(kind) && is !== "undeclared")
    .map(({ sentence }) => broken(sentence, update(stack)));

function lookForSecrets({ sections }: CheckedRepository, census: Census, stack: string): Finding[] {
  const missing = new Set(census.findings.flatMap(({ is, object }) => (is === "missing" ? [object] : [])));
  const { all = {}, given = {} } = sections.secrets ?? {};
  // GitHub never tells whether a webhook has its secret.
  const stores = Object.entries(all).filter(([of, names]) => of !== webhookStore && names.length > 0);
  const wanted = stores.flatMap(([of, names]) => names.map((name) => ({ name, of })));
  const repository = sections.listed === undefined ? "" : ` --repository ${sections.listed}`;
  const gone = wanted.flatMap(({ name, of }): Finding[] => {
    const home = environment.title({ kind: "environment", name: of, fields: {} });
    const title = secret.title({ kind: "secret", name, of, fields: {} });
    if (missing.has(home)) return [broken(`${title} is missing, and so is ${home}`, update(stack))];
    if (!missing.has(title)) return [];
    const isGiven = given[of]?.includes(name) === true;
    const fix = isGiven ? update(stack) : `slipway secrets set ${of} ${name}${repository} --stack ${stack} < <file>`;
    return [broken(`${title} is missing`, fix)];
  });
  const other = differing(census, ["secret"], stack).filter(
    ({ detail }) => !detail.endsWith("is declared and not there"),
  );
  return orProven(
    [...gone, ...other, ...hiddenOf(census, ["secret"], stack)],
    `${wanted.length} names in ${stores.length} stores; values are never shown`,
  );
}

function lookAtBranches({ sections }: CheckedRepository, census: Census, stack: string): Finding[] {
  const { repository } = sections;
  if (repository === undefined)
    return [
      broken("its rules are not declared", `declare slipway:repository in Pulumi.${stack}.yaml, then ${update(stack)}`),
    ];
  const kinds = ["branch", "ruleset", "protection"] as const;
  const rules = repository.rules === "classic" ? "classic protection" : "rulesets";
  return orProven(
    [...differing(census, kinds, stack), ...hiddenOf(census, kinds, stack)],
    `${branchesOf(repository).join(" and ")}: there, with ${rules} as declared`,
  );
}

function lookAtEnvironments({ sections }: CheckedRepository, census: Census, stack: string): Finding[] {
  const names = sections.environments.map(({ name }) => name);
  if (names.length === 0)
    return [
      broken(
        "no environment is declared",
        `declare ${environmentPath(undefined, "production")} in Pulumi.${stack}.yaml, then ${update(stack)}`,
      ),
    ];
  const found = [...differing(census, ["environment"], stack), ...hiddenOf(census, ["environment"], stack)];
  return orProven(found, `${names.join(", ")}: reviewers, waits, branches and tags as declared`);
}

const orProven = (found: readonly Finding[], detail: string): Finding[] =>
  found.length > 0 ? [...found] : [proven(detail)];
