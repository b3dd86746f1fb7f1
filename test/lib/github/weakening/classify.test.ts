import { expect, test } from "vitest";
import { differences, type Json } from "../../../../lib/github/compare.ts";
import { classify, type Change } from "../../../../lib/github/weakening/classify.ts";
import { branchRules, branchRuleset } from "../../../../lib/github/branch-rules.ts";
import { environmentSetting } from "../../../../lib/github/environment-settings.ts";
import { protectionSetting } from "../../../../lib/github/protection-setting.ts";
import { rulesetJson } from "../../../../lib/github/ruleset-json.ts";
import { environmentSchema, repositorySchema } from "../../../../lib/github/schema.ts";

const { main } = repositorySchema.parse({ visibility: "public", codeOwners: ["@a"] }).branches;
const model = branchRules("main", { ...main, bypass: ["role:admin"] });
const ruleset = rulesetJson(branchRuleset(model, {}));
const protection = protectionSetting("", branchRules("main", main)).wanted;
const reviewed = environmentSchema.parse({ name: "production", reviewers: { users: ["ann"] }, waitMinutes: 5 });
const environment = environmentSetting("", reviewed, { users: [7], teams: [] }).wanted;

/** Replaces text of a declaration, as somebody does on GitHub. */
const changed = (declared: Json, from: string, to: string): Json => {
  const text = JSON.stringify(declared);
  if (!text.includes(from)) throw new Error(`${from} is not in ${text}`);
  return JSON.parse(text.replace(from, to)) as Json;
};

test.each<[string, Json, string, string]>([
  ["ruleset", ruleset, '"enforcement":"active"', '"enforcement":"disabled"'],
  ["ruleset", ruleset, '"enforcement":"active"', '"enforcement":"evaluate"'],
  ["ruleset", ruleset, '"required_approving_review_count":2', '"required_approving_review_count":1'],
  ["ruleset", ruleset, '"dismiss_stale_reviews_on_push":true', '"dismiss_stale_reviews_on_push":false'],
  ["ruleset", ruleset, '"require_code_owner_review":true', '"require_code_owner_review":false'],
  ["ruleset", ruleset, '"strict_required_status_checks_policy":true', '"strict_required_status_checks_policy":false'],
  ["ruleset", ruleset, '{"type":"deletion"},', ""],
  ["ruleset", ruleset, '{"context":"Lint & Code Quality","integration_id":15368},', ""],
  ["ruleset", ruleset, '"integration_id":15368', '"integration_id":9'],
  [
    "ruleset",
    ruleset,
    '"bypass_actors":[',
    '"bypass_actors":[{"actor_id":4,"actor_type":"RepositoryRole","bypass_mode":"always"},',
  ],
  ["ruleset", changed(ruleset, '"always"', '"pull_request"'), '"pull_request"', '"always"'],
  ["ruleset", ruleset, '"include":["refs/heads/main"]', '"include":[]'],
  ["ruleset", ruleset, '"exclude":[]', '"exclude":["refs/heads/main"]'],
  ["protection", protection, '"enforce_admins":{"enabled":true}', '"enforce_admins":{"enabled":false}'],
  ["protection", protection, '"allow_force_pushes":{"enabled":false}', '"allow_force_pushes":{"enabled":true}'],
  ["protection", protection, '"allow_deletions":{"enabled":false}', '"allow_deletions":{"enabled":true}'],
  ["protection", protection, '"strict":true', '"strict":false'],
  ["protection", protection, '"app_id":15368', '"app_id":-1'],
  [
    "protection",
    protection,
    '"required_conversation_resolution":{"enabled":true}',
    '"required_conversation_resolution":{"enabled":false}',
  ],
  ["environment production", environment, '"wait_timer":5', '"wait_timer":1'],
  ["environment production", environment, ',{"type":"wait_timer","wait_timer":5}', ""],
  ["environment production", environment, '"prevent_self_review":true', '"prevent_self_review":false'],
  ["environment production", environment, '"can_admins_bypass":false', '"can_admins_bypass":true'],
  ["actions", { allowed_actions: "selected" }, "selected", "all"],
  ["actions", { sha_pinning_required: true }, "true", "false"],
  ["actions", { patterns_allowed: ["a/*@*"] }, "[", '["b/*@*",'],
  ["actions", { verified_allowed: false }, "false", "true"],
  ["token", { default_workflow_permissions: "read" }, "read", "write"],
  ["token", { can_approve_pull_request_reviews: false }, "false", "true"],
  ["forks", { approval_policy: "all_external_contributors" }, "all_external_contributors", "first_time_contributors"],
  ["repository", { visibility: "private" }, "private", "public"],
  ["repository", { security_and_analysis: { secret_scanning: { status: "enabled" } } }, "enabled", "disabled"],
  ["CodeQL", { state: "configured", query_suite: "extended" }, '"configured"', '"not-configured"'],
  ["CodeQL", { state: "configured", query_suite: "extended" }, '"extended"', '"default"'],
  ["private vulnerability reports", { enabled: true }, "true", "false"],
  ["tag policies", { branch_policies: [{ name: "v*.*.*", type: "tag" }] }, "[", '[{"name":"*","type":"tag"},'],
])("%s: %j with %s as %s is loosened, and back is tightened", (object, declared, from, to) => {
  const actual = changed(declared, from, to);
  const told = (wanted: Json, found: Json): Change[] =>
    differences(wanted, found).map(({ path, wanted: was, found: is }) =>
      classify({ object, path, declared: was, actual: is }),
    );
  // A list's entry that nothing names apart is there and not there: one of each.
  expect(told(declared, actual)).toContain("loosened");
  expect(told(actual, declared)).toContain("tightened");
});

test.each<[string, string, Json | undefined, Json | undefined, Change]>([
  ['ruleset "main branch"', "", {}, undefined, "loosened"],
  ['ruleset "a team\'s own"', "", undefined, {}, "tightened"],
  ["protection of main", "", {}, undefined, "loosened"],
  ["environment production", "", {}, undefined, "loosened"],
  ["label bug", "", {}, undefined, "other"],
  [
    'ruleset "main branch"',
    "rules[x].parameters.required_status_checks[y].integration_id",
    15368,
    undefined,
    "loosened",
  ],
  ["repository", "description", "a", "b", "other"],
  ["repository", "allow_rebase_merge", false, true, "other"],
])("%s %s", (object, path, declared, actual, change) => {
  expect(classify({ object, path, declared, actual })).toBe(change);
});
