import type { Problem } from "../lib/problem.ts";
import { approvalsIn, needsApproval, pullRequestRefs } from "./kinds/defaults.ts";
import { secretProblems } from "./kinds/secret.ts";
import { environmentPath, type GitHubSections } from "./schema.ts";
import { environmentsOf, storesOf } from "./sections.ts";

/** What is wrong with GitHub's sections together; each by itself is the schema's business. */
export function githubProblems(settings: GitHubSections): Problem[] {
  const { github, repository } = settings;
  const environments = environmentsOf(settings);
  const problems: Problem[] = [];
  if ((repository !== undefined || environments.length > 0) && github === undefined) {
    problems.push({
      path: "slipway:github",
      problem: "is missing, and slipway:repository or slipway:environments needs it",
      allowed: "{owner, repository}",
      fix: "pulumi config set --path slipway:github.owner <login>, and slipway:github.repository <name>",
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
  return [...problems, ...storesOf(settings).flatMap((store) => secretProblems(store))];
}
