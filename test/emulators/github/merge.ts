// Merging a pull request: what the base branch's rules still ask for, and the merge itself in real git.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Actor } from "./accounts.ts";
import { atLeast, roleOf } from "./accounts.ts";
import { ownersOf } from "./code-owners.ts";
import { personOf } from "./commits.ts";
import { conflict, Refusal } from "./errors.ts";
import { Git, gitEnvironment } from "./git.ts";
import { allows } from "./plans.ts";
import type { Pull, Review } from "./pulls.ts";
import { moveRef } from "./pushes.ts";
import type { Repository } from "./repository.ts";
import { matchesRef } from "./patterns.ts";
import { holding, missingChecks, waitingScans } from "./rules.ts";
import type { Rule } from "./rulesets.ts";
import { unsigned } from "./signatures.ts";
import { now } from "./world.ts";

type Method = "merge" | "squash" | "rebase";

/** What still stands between the pull request and its base, for this actor. */
export async function mergeProblems(
  repository: Repository,
  pull: Pull,
  actor: Actor | undefined,
  method: Method = "merge",
): Promise<string[]> {
  const held = holding(repository, `refs/heads/${pull.base}`).filter(({ passes }) => !passes(actor, "merge"));
  const problems = await Promise.all(held.map(({ rule }) => unmet(repository, pull, rule, method)));
  return [...new Set(problems.flat())];
}

async function unmet(repository: Repository, pull: Pull, rule: Rule, method: Method): Promise<string[]> {
  const { git } = repository;
  const head = (await git.commitOf(`refs/heads/${pull.head}`)) ?? "";
  const base = (await git.commitOf(`refs/heads/${pull.base}`)) ?? "";
  if (rule.type === "pull_request") return reviewProblems(repository, pull, rule, head, base, method);
  if (rule.type === "required_status_checks" && rule.parameters !== undefined) {
    const stale = rule.parameters.strict_required_status_checks_policy && !(await git.isAncestor(base, head));
    return [
      ...missingChecks(repository, rule.parameters.required_status_checks, head),
      ...(stale ? ["The head branch is not up to date with the base branch."] : []),
    ];
  }
  if (rule.type === "required_linear_history" && method === "merge")
    return ["Merge commits are not allowed on this branch."];
  if (rule.type === "merge_queue") return ["Changes must be made through the merge queue."];
  if (rule.type === "code_scanning") return [waitingScans(repository, rule, head) ?? []].flat();
  if (rule.type === "update") return ["Cannot update this protected ref."];
  if (rule.type === "required_signatures") {
    // A squash makes one new commit, which GitHub signs; a rebase makes new ones, which it does not.
    if (method === "rebase") return ["Commits must have verified signatures: a rebase merge is not signed."];
    const bad = method === "squash" ? [] : await unsigned(repository, await git.commitsBetween(base, head));
    return bad.length === 0 ? [] : ["Commits must have verified signatures."];
  }
  return [];
}

/** The last verdict of each reviewer whose word counts: those with write access. */
function verdicts(repository: Repository, pull: Pull): Review[] {
  const last = new Map<Actor, Review>();
  for (const review of pull.reviews) if (review.state !== "COMMENTED") last.set(review.author, review);
  return [...last.values()].filter(({ author }) => atLeast(roleOf(author, repository), "write"));
}

async function reviewProblems(
  repository: Repository,
  pull: Pull,
  rule: Extract<Rule, { type: "pull_request" }>,
  head: string,
  base: string,
  method: Method,
): Promise<string[]> {
  const { parameters } = rule;
  if (parameters === undefined) return [];
  const problems: string[] = [];
  const reviews = verdicts(repository, pull);
  const approvals = reviews.filter(({ state }) => state === "APPROVED");
  const wanted = parameters.required_approving_review_count;
  if (reviews.some(({ state }) => state === "CHANGES_REQUESTED"))
    problems.push("Changes have been requested on this pull request.");
  if (approvals.length < wanted) {
    problems.push(
      `At least ${wanted} approving review${wanted === 1 ? " is" : "s are"} required by reviewers with write access.`,
    );
  }
  const pusher = repository.pushers.get(`refs/heads/${pull.head}`);
  const others = approvals.filter(({ author, commit }) => commit === head && personOf(author).name !== pusher);
  if (parameters.require_last_push_approval && wanted > 0 && others.length === 0) {
    problems.push("New changes require approval from someone other than the last pusher.");
  }
  if (parameters.required_review_thread_resolution && pull.threads.some(({ resolved }) => !resolved)) {
    problems.push("A conversation must be resolved before this pull request can be merged.");
  }
  if (parameters.require_code_owner_review && allows("code-owners", repository)) {
    const files = await repository.git.changedFiles(base, head);
    const owned = await ownersOf(repository, base, files);
    const missing = owned.some(
      (owners) => !approvals.some(({ author }) => author.kind === "user" && owners.has(author.login)),
    );
    if (missing) problems.push("Waiting on code owner review.");
  }
  // The description of `repository-rule-params-required-reviewer-configuration`: approval by the team of changes to its files.
  for (const { minimum_approvals: least, file_patterns: patterns, reviewer } of parameters.required_reviewers ?? []) {
    const files = await repository.git.changedFiles(base, head);
    if (!files.some((file) => patterns.some((pattern) => matchesRef(pattern, file)))) continue;
    const { owner } = repository;
    const team = owner.kind === "organization" ? owner.teams.find(({ id }) => id === reviewer.id) : undefined;
    const given = approvals.filter(({ author }) => author.kind === "user" && team?.members.has(author.login) === true);
    if (given.length < least) problems.push(`Waiting on ${least} approving review from ${team?.slug ?? "a team"}.`);
  }
  const methods = parameters.allowed_merge_methods;
  if (methods !== undefined && !methods.includes(method))
    problems.push(`Merge method ${method} is not allowed by the repository's rules.`);
  return problems;
}

/** What a run for a pull request checks out: its branch merged into its base, as GitHub keeps it beside the branches. */
export async function testMerge(
  { git }: Repository,
  pull: Pull,
): Promise<{ ref: string; commit: string; head: string }> {
  const head = (await git.commitOf(`refs/heads/${pull.head}`)) ?? "";
  const base = (await git.commitOf(`refs/heads/${pull.base}`)) ?? "";
  const tree = (await git.run(["merge-tree", "--write-tree", base, head])).trim();
  const commit = await git.commit(tree, [base, head], `Merge ${head} into ${base}`, personOf(undefined));
  const ref = `refs/pull/${pull.number}/merge`;
  await git.updateRef(ref, commit);
  return { ref, commit, head };
}

interface Asked {
  merge_method?: Method;
  sha?: string;
  commit_title?: string;
  commit_message?: string;
}

/** Merges and closes. @throws 405 with what is unmet, 409 where the head has moved. */
export async function merge(repository: Repository, pull: Pull, actor: Actor, asked: Asked): Promise<string> {
  const { git, settings } = repository;
  const method = asked.merge_method ?? "merge";
  const allowed = {
    merge: settings.allow_merge_commit,
    squash: settings.allow_squash_merge,
    rebase: settings.allow_rebase_merge,
  };
  const head = (await git.commitOf(`refs/heads/${pull.head}`)) ?? "";
  const base = (await git.commitOf(`refs/heads/${pull.base}`)) ?? "";
  if (pull.state !== "open" || pull.draft)
    throw new Refusal(405, pull.draft ? "Pull Request is still a draft" : "Pull Request is not mergeable");
  if (asked.sha !== undefined && asked.sha !== head)
    throw conflict("Head branch was modified. Review and try the merge again.");
  if (!allowed[method])
    throw new Refusal(
      405,
      `${{ merge: "Merge commits", squash: "Squash merges", rebase: "Rebase merges" }[method]} are not allowed on this repository.`,
    );
  const problems = await mergeProblems(repository, pull, actor, method);
  if (problems.length > 0) throw new Refusal(405, `Repository rule violations found\n\n${problems.join("\n\n")}\n\n`);
  const passed = await mergeProblems(repository, pull, undefined, method);
  const title =
    asked.commit_title ??
    (method === "squash"
      ? `${pull.title} (#${pull.number})`
      : `Merge pull request #${pull.number} from ${repository.owner.login}/${pull.head}`);
  const message = [title, asked.commit_message ?? (method === "merge" ? pull.title : "")].join("\n\n").trimEnd();
  const sha =
    method === "rebase" ? await rebased(git, base, head) : await merged(git, base, head, method, message, actor);
  if (method !== "rebase") repository.signedByGitHub.add(sha);
  Object.assign(pull, { state: "closed", mergedAt: now(), mergedBy: actor, mergeCommit: sha, last: { head, base } });
  const ref = `refs/heads/${pull.base}`;
  if (passed.length > 0) {
    repository.bypasses.push({ id: repository.bypasses.length + 1, actor, ref, before: base, after: sha, time: now() });
  }
  await moveRef(repository, actor, { ref, from: base, to: sha });
  return sha;
}

async function merged(
  git: Git,
  base: string,
  head: string,
  method: "merge" | "squash",
  message: string,
  actor: Actor,
): Promise<string> {
  const tree = (await git.ask(["merge-tree", "--write-tree", base, head]))?.trim();
  if (tree === undefined) throw new Refusal(405, "Pull Request is not mergeable");
  return git.commit(tree, method === "squash" ? [base] : [base, head], message, personOf(actor), personOf(undefined));
}

async function rebased(git: Git, base: string, head: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "github-rebase-"));
  try {
    await git.run(["worktree", "add", "--quiet", "--detach", join(directory, "tree"), head]);
    const tree = new Git(join(directory, "tree"));
    const { name, email } = personOf(undefined);
    await tree.run(["rebase", "--quiet", base], {
      env: { ...gitEnvironment, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email } as Record<string, string>,
    });
    return (await tree.run(["rev-parse", "HEAD"])).trim();
  } catch {
    throw new Refusal(405, "This branch can't be rebased");
  } finally {
    await rm(directory, { recursive: true, force: true });
    await git.run(["worktree", "prune"]);
  }
}
