// All rules that hold for a reference, classic protection and rulesets alike, and what a change of it violates.
import type { Actor } from "./accounts.ts";
import { includes, passesAsAdmin, protectionOf } from "./branch-protection.ts";
import { allows } from "./plans.ts";
import type { Repository } from "./repository.ts";
import type { Rule } from "./rulesets.ts";
import { bypassOf, covers, rulesetsAbove } from "./rulesets.ts";
import { unsigned } from "./signatures.ts";
import { zero } from "./git.ts";

/** One rule in the words of rulesets, wherever it comes from. */
export interface Holding {
  source: "protection" | "ruleset";
  rule: Rule;
  /** Whether the actor may pass: by a push, or only by merging a pull request. */
  passes: (actor: Actor | undefined, how: "push" | "merge") => boolean;
}

export interface Violation {
  source: Holding["source"];
  message: string;
}

/** What holds for a reference. A plan that lost the feature enforces nothing, and says nothing. */
export function holding(repository: Repository, ref: string): Holding[] {
  return [...fromRulesets(repository, ref), ...fromProtection(repository, ref)];
}

function fromRulesets(repository: Repository, ref: string): Holding[] {
  if (!allows("rulesets", repository)) return [];
  const active = [...repository.rulesets, ...rulesetsAbove(repository)].filter(
    (ruleset) => ruleset.enforcement === "active" && covers(ruleset, repository, ref),
  );
  return active.flatMap((ruleset) =>
    ruleset.rules.map((rule): Holding => ({
      source: "ruleset",
      rule,
      passes: (actor, how) => {
        const mode = bypassOf(ruleset, repository, actor);
        return mode !== undefined && (how === "merge" || mode !== "pull_request");
      },
    })),
  );
}

function fromProtection(repository: Repository, ref: string): Holding[] {
  if (!ref.startsWith("refs/heads/") || !allows("branch-protection", repository)) return [];
  const found = protectionOf(repository, ref.slice("refs/heads/".length));
  if (found === undefined) return [];
  const admin: Holding["passes"] = (actor) => passesAsAdmin(found, repository, actor);
  const held: Holding[] = [];
  const add = (rule: Rule, passes = admin): void => {
    held.push({ source: "protection", rule, passes });
  };
  // Neither may even administrators do: they must change the rule first.
  if (!found.allowsDeletions) add({ type: "deletion" }, () => false);
  if (!found.allowsForcePushes)
    add({ type: "non_fast_forward" }, (actor) => includes(found.bypassForcePushActors, actor));
  if (found.lockBranch) add({ type: "update" });
  if (found.restrictsPushes) {
    const allowed: Holding["passes"] = (actor) => admin(actor, "push") || includes(found.pushActors, actor);
    add({ type: "update" }, allowed);
    if (found.blocksCreations) add({ type: "creation" }, allowed);
  }
  if (found.requiresLinearHistory) add({ type: "required_linear_history" });
  if (found.requiresCommitSignatures) add({ type: "required_signatures" });
  if (found.requiresStatusChecks) {
    add({
      type: "required_status_checks",
      parameters: {
        strict_required_status_checks_policy: found.requiresStrictStatusChecks,
        required_status_checks: found.requiredStatusChecks.map(({ context, app }) => ({
          context,
          ...(app !== null && { integration_id: app }),
        })),
      },
    });
  }
  if (found.requiresApprovingReviews || found.requiresConversationResolution) {
    const passes: Holding["passes"] = (actor) => admin(actor, "push") || includes(found.bypassPullRequestActors, actor);
    add(
      {
        type: "pull_request",
        parameters: {
          required_approving_review_count: found.requiresApprovingReviews
            ? (found.requiredApprovingReviewCount ?? 1)
            : 0,
          dismiss_stale_reviews_on_push: found.dismissesStaleReviews,
          require_code_owner_review: found.requiresCodeOwnerReviews,
          require_last_push_approval: found.requireLastPushApproval,
          required_review_thread_resolution: found.requiresConversationResolution,
        },
      },
      passes,
    );
  }
  return held;
}

export interface RefChange {
  ref: string;
  /** Forty zeros where the reference is made. */
  from: string;
  /** Forty zeros where it is deleted. */
  to: string;
}

/** What a direct change of a reference (push, contents, refs API) violates for the actor. */
export async function pushViolations(
  repository: Repository,
  actor: Actor | undefined,
  change: RefChange,
): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const { source, rule, passes } of holding(repository, change.ref)) {
    if (passes(actor, "push")) continue;
    const message = await violated(repository, rule, change);
    if (message !== undefined) violations.push({ source, message });
  }
  return violations;
}

async function violated(repository: Repository, rule: Rule, { ref, from, to }: RefChange): Promise<string | undefined> {
  const { git } = repository;
  const creates = from === zero;
  const deletes = to === zero;
  const what = ref.startsWith("refs/tags/") ? "tag" : "branch";
  const name = ref.replace(/^refs\/(heads|tags)\//, "");
  const commits = (): Promise<string[]> => git.commitsBetween(creates ? undefined : from, to);
  switch (rule.type) {
    case "creation":
      return creates ? "Cannot create ref due to creations being restricted." : undefined;
    case "update":
      return !creates && !deletes ? "Cannot update this protected ref." : undefined;
    case "deletion":
      return deletes ? `Cannot delete this ${what}` : undefined;
    case "non_fast_forward":
      return !creates && !deletes && !(await git.isAncestor(from, to))
        ? `Cannot force-push to this ${what}`
        : undefined;
    case "pull_request":
      return !creates && !deletes ? "Changes must be made through a pull request." : undefined;
    case "required_linear_history": {
      if (deletes) return undefined;
      const merges = await git.run(["rev-list", "--merges", to, ...(creates ? [] : [`^${from}`])]);
      return merges === "" ? undefined : "This branch must not contain merge commits.";
    }
    case "required_signatures": {
      if (deletes) return undefined;
      const bad = await unsigned(repository, await commits());
      return bad.length === 0
        ? undefined
        : `Commits must have verified signatures. Found ${bad.length} violation${bad.length === 1 ? "" : "s"}: ${bad.join(" ")}`;
    }
    case "required_status_checks": {
      if (deletes || (creates && rule.parameters?.do_not_enforce_on_create === true)) return undefined;
      const missing = missingChecks(repository, rule.parameters?.required_status_checks ?? [], to);
      if (missing.length === 0) return undefined;
      return missing.length === 1
        ? missing[0]
        : `${missing.length} of ${rule.parameters?.required_status_checks.length ?? 0} required status checks are expected.`;
    }
    case "branch_name_pattern":
    case "tag_name_pattern": {
      if (!creates || rule.parameters === undefined) return undefined;
      const { operator, pattern, negate = false } = rule.parameters;
      const matches = {
        starts_with: name.startsWith(pattern),
        ends_with: name.endsWith(pattern),
        contains: name.includes(pattern),
        regex: operator === "regex" && new RegExp(pattern).test(name),
      }[operator];
      return matches === negate
        ? `${what === "tag" ? "Tag" : "Branch"} name must ${negate ? "not " : ""}match a given pattern: ${pattern}`
        : undefined;
    }
    case "merge_queue":
      // "Managing a merge queue" on docs.github.com: nothing else moves the branch.
      return !creates && !deletes ? "Changes must be made through the merge queue." : undefined;
    case "code_scanning":
      return deletes ? undefined : waitingScans(repository, rule, to);
    // Declared and answered, but nothing here can judge them.
    case "commit_author_email_pattern":
    case "commit_message_pattern":
    case "committer_email_pattern":
    case "copilot_code_review":
    case "file_extension_restriction":
    case "file_path_restriction":
    case "license_compliance_scanning":
    case "max_file_path_length":
    case "max_file_size":
    case "required_deployments":
    case "workflows":
      return undefined;
  }
}

/** "Set code scanning merge protection" on docs.github.com: each tool has results for the commit. Alerts are not emulated. */
export function waitingScans(
  repository: Repository,
  { parameters }: Extract<Rule, { type: "code_scanning" }>,
  sha: string,
): string | undefined {
  const tools = (parameters?.code_scanning_tools ?? []).map(({ tool }) => tool);
  const missing = tools.filter(
    (tool) => !repository.analyses.some((each) => each.tool === tool && each.commit === sha),
  );
  return missing.length === 0
    ? undefined
    : `Code scanning is waiting for results from ${missing.join(", ")} for the commit ${sha.slice(0, 7)}.`;
}

/** What GitHub says of the checks that a commit lacks. */
export function missingChecks(
  repository: Repository,
  required: { context: string; integration_id?: number }[],
  sha: string,
): string[] {
  return required.flatMap(({ context, integration_id }) => {
    const runs = repository.checks.filter(
      (check) =>
        check.head_sha === sha &&
        check.name === context &&
        (integration_id === undefined || check.app.id === integration_id),
    );
    // The source of a required check may be an app that sets statuses ("Available rules for rulesets" on docs.github.com).
    const statuses = repository.statuses.filter(
      ({ creator, ...status }) =>
        status.sha === sha &&
        status.context === context &&
        (integration_id === undefined || (creator?.kind === "app" && creator.id === integration_id)),
    );
    const last = runs.at(-1);
    const status = statuses.at(-1);
    if (last === undefined && status === undefined) return [`Required status check "${context}" is expected.`];
    // A skipped or neutral check counts as passed.
    const passed =
      last === undefined ||
      (last.status === "completed" && ["success", "neutral", "skipped"].includes(last.conclusion ?? ""));
    const good = status === undefined || status.state === "success";
    if (passed && good) return [];
    const state =
      last !== undefined && !passed
        ? last.status === "completed"
          ? "is failing"
          : "is in progress"
        : `is ${status?.state ?? "expected"}`;
    return [`Required status check "${context}" ${state}.`];
  });
}
