import type { Problem } from "../lib/problem.ts";
import { approvalsIn, branchesOf, needsApproval, permanentBranches, pullRequestRefs } from "./kinds/defaults.ts";
import { typeLabels } from "./kinds/label.ts";
import { secretProblems } from "./kinds/secret.ts";
import { listedPath, problemsOnce } from "./listed.ts";
import { branchDefaults, environmentPath, type GitHubSections } from "./schema.ts";
import { environmentsOf, listedSections, storesOf, type ListedSections } from "./sections.ts";

/** What is wrong with GitHub's sections together; each by itself is the schema's business. */
export function githubProblems(settings: GitHubSections): Problem[] {
  const all: readonly ListedSections[] = [settings, ...listedSections(settings)];
  const told = all.flatMap(({ listed, ...each }) => repositoryProblems(each).map((said) => ({ listed, said })));
  return [...accountProblems(settings), ...problemsOnce(told)];
}

function accountProblems(settings: GitHubSections): Problem[] {
  const { github, repository, repositories, repositoryDefaults } = settings;
  const problems: Problem[] = [];
  const listed = Object.keys(repositories);
  const hasOwn = repository !== undefined || environmentsOf(settings).length > 0;
  if ((hasOwn || listed.length > 0) && github === undefined) {
    problems.push({
      path: "slipway:github",
      problem: `is missing, and ${hasOwn ? "slipway:repository or slipway:environments" : "slipway:repositories"} needs it`,
      allowed: hasOwn ? "{owner, repository}" : "{owner}",
      fix: `pulumi config set --path slipway:github.owner <login>${hasOwn ? ", and slipway:github.repository <name>" : ""}`,
    });
  }
  if (github && github.repository === undefined && (hasOwn || listed.length === 0)) {
    problems.push({
      path: "slipway:github.repository",
      problem: hasOwn ? "is missing, and slipway:repository or slipway:environments needs it" : "is missing",
      allowed: "the name of a repository, or several under slipway:repositories",
      fix: "pulumi config set --path slipway:github.repository <name>",
    });
  }
  const names = [...(github?.repository === undefined ? [] : [github.repository]), ...listed];
  names.forEach((name, index) => {
    // GitHub does not tell capitals apart.
    if (names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === index) return;
    problems.push({
      path: listedPath(name),
      problem: "is declared twice: here, and as slipway:github.repository or in other letters",
      allowed: "once",
      fix: `pulumi config rm --path '${listedPath(name)}'`,
    });
  });
  if (listed.length === 0 && Object.keys(repositoryDefaults).length > 0) {
    problems.push({
      path: "slipway:repositoryDefaults",
      problem: "means nothing without slipway:repositories",
      allowed: "nothing",
      fix: "name them in the stack file: slipway:repositories: {<name>: {}}, or pulumi config rm slipway:repositoryDefaults",
    });
  }
  if ((github?.app === undefined) !== (settings.githubAppKey === undefined)) {
    const [path, other] = ["slipway:githubAppKey", "slipway:github.app"];
    problems.push(
      github?.app
        ? { path, problem: `is missing, and ${other} needs it`, fix: `pulumi config set --secret ${path} < key.pem` }
        : { path: other, problem: `is missing, and ${path} is its key`, fix: `pulumi config rm ${path}` },
    );
  }
  return problems;
}

/** Of one repository. */
function repositoryProblems(settings: GitHubSections): Problem[] {
  const { github, repository } = settings;
  const environments = environmentsOf(settings);
  const problems: Problem[] = [];
  for (const branch of ["main", "develop"] as const) {
    const bypass = repository?.rules === "classic" ? repository.branches[branch].bypass : [];
    const others = bypass.filter((actor) => actor !== "role:admin");
    if (others.length === 0) continue;
    problems.push({
      path: `slipway:repository.branches.${branch}.bypass`,
      problem: "can't be kept by classic protection, which would let every administrator pass instead",
      got: others.join(", "),
      allowed: "role:admin, or nobody",
      fix: "pulumi config set --path slipway:repository.rules rulesets",
    });
  }
  if (repository?.rules === "classic" && repository.breakGlass !== undefined) {
    problems.push({
      path: "slipway:repository.breakGlass",
      problem: "can't be kept by classic protection, which would let every administrator pass instead",
      got: repository.breakGlass,
      fix: "pulumi config set --path slipway:repository.rules rulesets",
    });
  }
  for (const [slug, role] of Object.entries(repository?.teams ?? {})) {
    const isOwner = repository?.codeOwners.some((owner) => owner.endsWith(`/${slug}`)) === true;
    const reviews = Object.values(repository?.branches ?? {}).some(({ requiredReviewers }) =>
      requiredReviewers.some(({ team }) => team === slug),
    );
    if (!(isOwner || reviews) || !["read", "triage"].includes(role)) continue;
    const from = isOwner ? "slipway:repository.codeOwners" : "the branches' requiredReviewers";
    problems.push({
      path: `slipway:repository.teams.${slug}`,
      problem: `can't write, and GitHub ignores ${isOwner ? "an owner of code" : "the approval of one"} who can't`,
      got: role,
      allowed: "write, maintain or admin",
      fix: `pulumi config set --path slipway:repository.teams.${slug} write, or take it out of ${from}`,
    });
  }
  for (const [login, role] of Object.entries(repository?.collaborators ?? {})) {
    const path = `slipway:repository.collaborators.${login}`;
    const isNamed = (name: string | undefined) => name?.toLowerCase() === login.toLowerCase();
    if (isNamed(github?.owner)) {
      problems.push({
        path,
        problem: "owns the repository, and GitHub takes no owner as a collaborator",
        allowed: "other users",
        fix: `pulumi config rm --path ${path}`,
      });
    }
    if (!["read", "triage"].includes(role)) continue;
    if (repository?.codeOwners.some((owner) => isNamed(owner.slice(1))) !== true) continue;
    problems.push({
      path,
      problem: "can't write, and GitHub ignores an owner of code who can't",
      got: role,
      allowed: "write, maintain or admin",
      fix: `pulumi config set --path ${path} write, or take it out of slipway:repository.codeOwners`,
    });
  }
  // lamb#287: GitHub can't sign what it rebases, so the merge button would be there and never work.
  for (const branch of ["main", "develop"] as const) {
    if (repository?.branches[branch].signedCommits && repository.mergeKinds.includes("rebase")) {
      problems.push({
        path: "slipway:repository.mergeKinds",
        problem: `can't hold rebase, because slipway:repository.branches.${branch}.signedCommits is on and rebased commits are unsigned`,
        allowed: "squash, merge",
        fix: "pulumi config set --path 'slipway:repository.mergeKinds[0]' squash",
      });
    }
  }
  const without: readonly string[] = permanentBranches.filter((branch) => !branchesOf(repository).includes(branch));
  if (without.includes("develop") && JSON.stringify(repository?.branches.develop) !== JSON.stringify(branchDefaults)) {
    problems.push({
      path: "slipway:repository.branches.develop",
      problem: "means nothing, because slipway:repository.branchModel is trunk",
      allowed: "nothing, or ~ where slipway:repositoryDefaults names it",
      fix: "pulumi config rm --path slipway:repository.branches.develop",
    });
  }
  const approvals = approvalsIn(environments);
  for (const environment of environments) {
    const { name, kind, reviewers, secretsUsedElsewhere } = environment;
    const own = environment === settings.environment ? name : undefined;
    const path = environmentPath(own, name);
    if (environments.filter((each) => each.name === name)[1] === environment) {
      problems.push({
        path,
        problem: "is declared twice, here and in slipway:environment",
        allowed: "once",
        fix: "pulumi config rm slipway:environment",
      });
    }
    const never = environment.branches.filter((branch) => without.includes(branch));
    if (never.length > 0) {
      problems.push({
        path: `${path}.branches`,
        problem: "names a branch that slipway:repository.branchModel does not have",
        got: never.join(", "),
        allowed: "main",
        fix: `pulumi config rm --path ${path}.branches`,
      });
    }
    if (kind !== "read" && environment.branches.includes(pullRequestRefs)) {
      problems.push({
        path: `${path}.branches`,
        problem: "lets pull requests in, whose workflow nobody has reviewed, and it is no environment that only looks",
        got: pullRequestRefs,
        allowed: "main, develop",
        fix: `pulumi config set --path ${path}.kind read, if it holds nothing that can write`,
      });
    }
    if (needsApproval(environment, approvals) && reviewers.users.length + reviewers.teams.length === 0) {
      problems.push({
        path: `${path}.reviewers`,
        problem: `is empty, and nothing goes to ${name} without a person's approval`,
        allowed: "1 to 6 users and teams",
        fix: `pulumi config set --path '${path}.reviewers.teams[0]' <team>`,
      });
    }
    if (kind === "approval" && secretsUsedElsewhere.length > 0) {
      problems.push({
        path: `${path}.secretsUsedElsewhere`,
        problem: "names secrets, and an approval is a person's yes that needs none",
        got: secretsUsedElsewhere.join(", "),
        allowed: "none",
        fix: `pulumi config rm --path '${path}.secretsUsedElsewhere'`,
      });
    }
  }
  problems.push(
    ...mergeProblems(settings),
    ...webhookProblems(settings),
    ...sameKeyProblems(settings),
    ...labelProblems(settings),
  );
  return [...problems, ...storesOf(settings).flatMap((store) => secretProblems(store))];
}

/** What a branch asks of merges and can't have. */
function mergeProblems({ repository }: GitHubSections): Problem[] {
  if (repository === undefined) return [];
  const allowed = repository.mergeKinds;
  return branchesOf(repository).flatMap((branch) => {
    const { mergeKinds, mergeQueue, requiredReviewers, requiredScans } = repository.branches[branch];
    const at = (part: string) => `slipway:repository.branches.${branch}.${part}`;
    const parts = { mergeKinds, mergeQueue, requiredReviewers, requiredScans };
    const named = Object.entries(parts).filter(([, value]) => value !== undefined && Object.keys(value).length > 0);
    const keys = requiredReviewers.map(({ team, files }) => JSON.stringify([team, files]));
    const other = (mergeKinds ?? []).filter((kind) => !allowed.includes(kind));
    const queue = mergeQueue && !(mergeKinds ?? allowed).includes(mergeQueue.kind) ? [mergeQueue.kind] : [];
    return [
      ...(repository.rules === "classic" ? named : []).map(([part]) => ({
        path: at(part),
        problem: "is not known to classic protection",
        allowed: "nothing",
        fix: "pulumi config set --path slipway:repository.rules rulesets",
      })),
      ...other.map((kind) => ({
        path: at("mergeKinds"),
        problem: "names a way to merge that slipway:repository.mergeKinds does not allow",
        got: kind,
        allowed: allowed.join(", "),
        fix: `name it in slipway:repository.mergeKinds too, or pulumi config rm --path ${at("mergeKinds")}`,
      })),
      ...queue.map((kind) => ({
        path: at("mergeQueue.kind"),
        problem: "is a way to merge that the branch does not take",
        got: kind,
        allowed: (mergeKinds ?? allowed).join(", "),
        fix: `pulumi config set --path ${at("mergeQueue.kind")} ${(mergeKinds ?? allowed)[0] ?? "merge"}`,
      })),
      ...(mergeQueue && mergeQueue.groupAtLeast > mergeQueue.groupAtMost
        ? [
            {
              path: at("mergeQueue.groupAtLeast"),
              problem: "is more than groupAtMost",
              got: String(mergeQueue.groupAtLeast),
              allowed: `at most ${mergeQueue.groupAtMost}`,
              fix: `pulumi config set --path ${at("mergeQueue.groupAtMost")} ${mergeQueue.groupAtLeast}`,
            },
          ]
        : []),
      ...requiredReviewers
        .filter((_, index) => keys.indexOf(keys[index] ?? "") !== index)
        .map(({ team }) => ({
          path: at("requiredReviewers"),
          problem: "names a team twice for the same files",
          got: team,
          allowed: "each once",
          fix: `pulumi config rm --path ${at("requiredReviewers")}`,
        })),
    ];
  });
}

/** Each is signed: without a secret its receiver could not tell GitHub from anybody else, and an update would take away one that GitHub has. */
function webhookProblems({ repository, repositories, webhookSecrets }: GitHubSections): Problem[] {
  const webhooks = repository?.webhooks ?? {};
  const without = Object.keys(webhooks).filter((name) => !Object.hasOwn(webhookSecrets, name));
  const known = [webhooks, ...Object.values(repositories).map((listed) => listed.webhooks)];
  // A stack whose repository has moved to the governance stack may still have them.
  const declares = repository !== undefined || Object.keys(repositories).length > 0;
  const left = Object.keys(webhookSecrets).filter(
    (name) => declares && !known.some((each) => Object.hasOwn(each, name)),
  );
  const urls = Object.entries(webhooks);
  const twice = urls.filter(([name, { url }]) => urls.find((other) => other[1].url === url)?.[0] !== name);
  return [
    ...without.map((name) => ({
      path: `slipway:webhookSecrets.${name}`,
      problem: `is missing, and slipway:repository.webhooks.${name} is signed with it`,
      fix: `pulumi config set --secret --path slipway:webhookSecrets.${name}; what the receiver does not check may be anything`,
    })),
    ...left.map((name) => ({
      path: `slipway:webhookSecrets.${name}`,
      problem: "belongs to no webhook",
      allowed: Object.keys(webhooks).join(", ") || "no secret here",
      fix: `pulumi config rm --path slipway:webhookSecrets.${name}`,
    })),
    ...twice.map(([name]) => ({
      path: `slipway:repository.webhooks.${name}.url`,
      problem: "is the address of another webhook",
      allowed: "each address once",
      fix: `pulumi config rm --path slipway:repository.webhooks.${name}`,
    })),
  ];
}

/** GitHub takes a key once. */
function sameKeyProblems({ repository }: GitHubSections): Problem[] {
  const keys = Object.entries(repository?.deployKeys ?? {});
  const bodyOf = (key: string) => key.split(/ +/)[1];
  const twice = keys.filter(
    ([title, { key }]) => keys.find((other) => bodyOf(other[1].key) === bodyOf(key))?.[0] !== title,
  );
  return twice.map(([title]) => ({
    path: `slipway:repository.deployKeys.${title}.key`,
    problem: "is the key of another entry, and GitHub takes a key once",
    allowed: "each key once",
    fix: `pulumi config rm --path 'slipway:repository.deployKeys.${title}'`,
  }));
}

/** GitHub does not tell capitals apart, and a label can't be there and gone. */
function labelProblems({ repository }: GitHubSections): Problem[] {
  const { labels = [], removedLabels = [] } = repository ?? {};
  const taken = [...typeLabels, ...labels].map(({ name }) => name.toLowerCase());
  const problem = (path: string, words: string, got: string): Problem => ({
    path: `slipway:repository.${path}`,
    problem: words,
    got,
    allowed: "each name once",
    fix: `pulumi config rm --path 'slipway:repository.${path}'`,
  });
  return [
    ...labels.flatMap(({ name, was }, index) => [
      ...(taken.indexOf(name.toLowerCase()) === typeLabels.length + index
        ? []
        : [problem(`labels[${index}]`, "is declared already", name)]),
      ...(was !== undefined && taken.includes(was.toLowerCase())
        ? [problem(`labels[${index}].was`, "is the name of another label that is declared", was)]
        : []),
    ]),
    ...removedLabels.flatMap((name, index) =>
      taken.includes(name.toLowerCase()) ? [problem(`removedLabels[${index}]`, "is declared as well", name)] : [],
    ),
  ];
}
