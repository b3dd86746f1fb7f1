import type { Problem } from "../lib/problem.ts";
import type { GitHubSections } from "./schema.ts";
import { needsApproval } from "./kinds/defaults.ts";
import { secretProblems, type DeclaredSecrets } from "./kinds/secret.ts";

/** What is wrong with GitHub's sections together; each by itself is the schema's business. */
export function githubProblems(settings: GitHubSections): Problem[] {
  const { github, repository, environment } = settings;
  const problems: Problem[] = [];
  if ((repository ?? environment) !== undefined && github === undefined) {
    problems.push({
      path: "slipway:github",
      problem: "is missing, and slipway:repository or slipway:environment needs it",
      allowed: "{owner, repository}",
      fix: "pulumi config set --path slipway:github.owner <login>, and slipway:github.repository <name>",
    });
  }
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
  for (const [slug, role] of Object.entries(repository?.teams ?? {})) {
    const isOwner = repository?.codeOwners.some((owner) => owner.endsWith(`/${slug}`)) === true;
    if (!isOwner || !["read", "triage"].includes(role)) continue;
    problems.push({
      path: `slipway:repository.teams.${slug}`,
      problem: "can't write, and GitHub ignores an owner of code who can't",
      got: role,
      allowed: "write, maintain or admin",
      fix: `pulumi config set --path slipway:repository.teams.${slug} write, or take it out of slipway:repository.codeOwners`,
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
  if (environment && needsApproval(environment.name)) {
    const { users, teams } = environment.reviewers;
    if (users.length + teams.length === 0) {
      problems.push({
        path: "slipway:environment.reviewers",
        problem: `is empty, and nothing goes to ${environment.name} without a person's approval`,
        allowed: "1 to 6 users and teams",
        fix: "pulumi config set --path 'slipway:environment.reviewers.teams[0]' <team>",
      });
    }
  }
  return [...problems, ...declaredSecrets(settings).flatMap((declared) => secretProblems(declared))];
}

function declaredSecrets(settings: GitHubSections): DeclaredSecrets[] {
  const { repository, environment, repositorySecrets, dependabotSecrets, environmentSecrets } = settings;
  const declared: DeclaredSecrets[] = [];
  if (repository) {
    declared.push(
      {
        store: "repository",
        path: "slipway:repositorySecrets",
        names: Object.keys(repositorySecrets),
        usedElsewhere: repository.secretsUsedElsewhere,
      },
      {
        store: "dependabot",
        path: "slipway:dependabotSecrets",
        names: Object.keys(dependabotSecrets),
        usedElsewhere: [],
      },
    );
  }
  if (environment) {
    declared.push({
      store: `environment:${environment.name}`,
      path: "slipway:environmentSecrets",
      names: Object.keys(environmentSecrets),
      usedElsewhere: environment.secretsUsedElsewhere,
    });
  }
  return declared;
}
