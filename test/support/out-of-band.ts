import type { Octokit } from "@octokit/rest";
import sodium from "libsodium-wrappers";
import type { Webhook } from "../emulators/github/access.ts";
import { commitFile } from "../emulators/github/commits.ts";
import type { Environment } from "../emulators/github/environments.ts";
import type { GitHub } from "../emulators/github/github.ts";
import type { Repository } from "../emulators/github/repository.ts";
import type { Ruleset } from "../emulators/github/rulesets.ts";
import type { SecretStore } from "../emulators/github/secrets.ts";

/** What a change is made with. */
export interface Hands {
  readonly github: GitHub;
  /** The emulator's state itself, for what is done behind the API's back. */
  readonly repository: Repository;
  /** The API, with an administrator's token. */
  readonly api: Octokit;
  readonly where: { readonly owner: string; readonly repo: string };
}

/** Something that somebody does by hand, and what `slipway drift` has to say of it. */
export interface OutOfBand {
  /** Every sentence of the report, in any order. */
  readonly says: readonly string[];
  readonly change: (hands: Hands) => unknown;
  /** Puts back what the emulator's snapshot does not hold: git. */
  readonly undo?: (hands: Hands) => unknown;
}

const one = (says: string, change: OutOfBand["change"], undo?: OutOfBand["undo"]): OutOfBand => ({
  says: [says],
  change,
  ...(undo ? { undo } : {}),
});

const setting = (says: string, values: Partial<Repository["settings"]>) =>
  one(says, ({ repository }) => Object.assign(repository.settings, values));

const actions = (says: string, change: (actions: Repository["actions"]) => unknown) =>
  one(says, ({ repository }) => change(repository.actions));

const security = (says: string, change: (security: Repository["security"]) => unknown) =>
  one(says, ({ repository }) => change(repository.security));

const fork = (says: string, values: Partial<Repository["actions"]["privateForks"]>) =>
  actions(`workflows of forks: ${says}`, (each) => Object.assign(each.privateForks, values));

const key = (says: string, change: (keys: Repository["deployKeys"]) => unknown) =>
  one(says, ({ repository }) => change(repository.deployKeys));

const hook = (says: string, change: (hook: Webhook) => unknown) =>
  one(`webhook to chat.example: ${says}`, ({ repository }) => {
    const found = repository.webhooks.find(({ config }) => config.url?.includes("//chat.") === true);
    if (found === undefined) throw new Error("no webhook");
    return change(found);
  });

const autolink = (says: string, values: Partial<Repository["autolinks"][number]>) =>
  one(`autolink BUG-: ${says}`, ({ repository }) => Object.assign(repository.autolinks[0] ?? {}, values));

function rule(ruleset: Ruleset, type: string): { parameters: Record<string, unknown> } {
  const found = ruleset.rules.find((each) => each.type === type);
  if (found === undefined) throw new Error(`no rule ${type}`);
  return found as unknown as { parameters: Record<string, unknown> };
}

const ruleset = (name: string, says: string, change: (ruleset: Ruleset) => unknown) =>
  one(`ruleset "${name}": ${says}`, ({ repository }) => {
    const found = repository.rulesets.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no ruleset ${name}`);
    return change(found);
  });

const without = (type: string) => (each: Ruleset) => {
  each.rules = each.rules.filter((candidate) => candidate.type !== type);
};

const pull = (values: Record<string, unknown>) => (each: Ruleset) =>
  Object.assign(rule(each, "pull_request").parameters, values);

const environment = (says: string, change: (environment: Environment, hands: Hands) => unknown) =>
  one(says, (hands) => {
    const [found] = hands.repository.environments;
    if (found === undefined) throw new Error("no environment");
    return change(found, hands);
  });

/** Rules for `main` of the ruleset, one change each. */
const rulesetChanges: readonly OutOfBand[] = [
  ruleset(
    "main branch",
    "1 review is enough, declared is: 2 reviews are needed",
    pull({ required_approving_review_count: 1 }),
  ),
  ruleset(
    "develop branch",
    "no review is needed, declared is: 1 review is enough",
    pull({ required_approving_review_count: 0 }),
  ),
  ruleset(
    "develop branch",
    "3 reviews are needed, declared is: 1 review is enough",
    pull({ required_approving_review_count: 3 }),
  ),
  ruleset(
    "main branch",
    "approvals outlive later pushes, declared is: a push takes earlier approvals away",
    pull({ dismiss_stale_reviews_on_push: false }),
  ),
  ruleset(
    "main branch",
    "no owner of the code has to approve, declared is: an owner of the code has to approve",
    pull({ require_code_owner_review: false }),
  ),
  ruleset(
    "main branch",
    "whoever pushed last may approve it, declared is: somebody else approves the last push",
    pull({ require_last_push_approval: false }),
  ),
  ruleset(
    "main branch",
    "conversations may stay open, declared is: every conversation has to be resolved",
    pull({ required_review_thread_resolution: false }),
  ),
  ruleset("main branch", "deletion is allowed, declared is: deletion is forbidden", without("deletion")),
  ruleset(
    "main branch",
    "force pushes are allowed, declared is: force pushes are forbidden",
    without("non_fast_forward"),
  ),
  ruleset("main branch", "commits have to be signed, declared is: commits need no signature", (each) =>
    each.rules.push({ type: "required_signatures" }),
  ),
  ruleset("main branch", "required checks lack Gate", (each) => {
    const { parameters } = rule(each, "required_status_checks");
    const checks = parameters.required_status_checks as { context: string }[];
    parameters.required_status_checks = checks.filter(({ context }) => context !== "Gate");
  }),
  ruleset("main branch", "required checks also are Nobody Reports This, which nobody declared", (each) =>
    (rule(each, "required_status_checks").parameters.required_status_checks as object[]).push({
      context: "Nobody Reports This",
      integration_id: 15368,
    }),
  ),
  ruleset(
    "main branch",
    "required checks lack Gate; required checks also are Gate (from any app), which nobody declared",
    (each) => {
      const checks = rule(each, "required_status_checks").parameters.required_status_checks as {
        context: string;
        integration_id?: number;
      }[];
      delete checks.find(({ context }) => context === "Gate")?.integration_id;
    },
  ),
  ruleset(
    "main branch",
    "a merge need not be up to date with the branch, declared is: the branch has to be up to date before a merge",
    (each) => (rule(each, "required_status_checks").parameters.strict_required_status_checks_policy = false),
  ),
  ruleset("main branch", "a new branch needs no checks, declared is: a new branch needs its checks too", (each) =>
    Object.assign(rule(each, "required_status_checks").parameters, { do_not_enforce_on_create: true }),
  ),
  ruleset("main branch", "it is switched off, declared is: it is enforced", (each) => (each.enforcement = "disabled")),
  ruleset(
    "develop branch",
    "it is only tried out, not enforced, declared is: it is enforced",
    (each) => (each.enforcement = "evaluate"),
  ),
  ruleset("main branch", "those who need not follow it also are role:admin, which nobody declared", (each) =>
    each.bypass_actors.push({ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }),
  ),
  ruleset("main branch", "those who need not follow it also are organization-admin, which nobody declared", (each) =>
    each.bypass_actors.push({ actor_id: 1, actor_type: "OrganizationAdmin", bypass_mode: "always" }),
  ),
  ruleset(
    "develop branch",
    "those who need not follow it also are app:99 (pull_request), which nobody declared",
    (each) => each.bypass_actors.push({ actor_id: 99, actor_type: "Integration", bypass_mode: "pull_request" }),
  ),
  ruleset("release tags stay", "those who need not follow it also are DeployKey, which nobody declared", (each) =>
    each.bypass_actors.push({ actor_id: null, actor_type: "DeployKey", bypass_mode: "always" }),
  ),
  ruleset("release tags are made", "those who need not follow it lack role:admin", (each) => (each.bypass_actors = [])),
  ruleset(
    "release tags are made",
    "refs that it holds for lack refs/tags/v*.*.*; refs that it holds for also are refs/tags/v9.*.*, which nobody declared",
    (each) => (each.conditions.ref_name.include = ["refs/tags/v9.*.*"]),
  ),
  ruleset("release tags stay", "refs that it leaves out also are refs/tags/v0.*.*, which nobody declared", (each) =>
    each.conditions.ref_name.exclude.push("refs/tags/v0.*.*"),
  ),
  ruleset(
    "release tags are made",
    "anybody who can push may make such a ref, declared is: making such a ref is forbidden",
    without("creation"),
  ),
  ruleset(
    "release tags stay",
    "such a ref may be moved, declared is: moving such a ref is forbidden",
    without("update"),
  ),
  ruleset("release tags stay", "deletion is allowed, declared is: deletion is forbidden", without("deletion")),
  ruleset("main branch", "other rules also are required_linear_history, which nobody declared", (each) =>
    each.rules.push({ type: "required_linear_history" }),
  ),
  ruleset("branch names", "refs that it leaves out also are refs/heads/anything, which nobody declared", (each) =>
    each.conditions.ref_name.exclude.push("refs/heads/anything"),
  ),
  {
    says: [
      "no review is needed, declared is: 1 review is enough",
      "approvals outlive later pushes, declared is: a push takes earlier approvals away",
      "no owner of the code has to approve, declared is: an owner of the code has to approve",
      "whoever pushed last may approve it, declared is: somebody else approves the last push",
      "conversations may stay open, declared is: every conversation has to be resolved",
      "changes may be pushed without a pull request, declared is: changes come by pull request only",
    ].map((words) => `ruleset "develop branch": ${words}`),
    change: ({ repository }) => {
      for (const each of repository.rulesets) if (each.name === "develop branch") without("pull_request")(each);
    },
  },
  one('ruleset "branch names" is declared and not there', async ({ api, where, repository }) => {
    const found = repository.rulesets.find(({ name }) => name === "branch names");
    await api.rest.repos.deleteRepoRuleset({ ...where, ruleset_id: found?.id ?? 0 });
  }),
  one('ruleset "let me through" is there, and nobody declared it', ({ api, where }) =>
    api.rest.repos.createRepoRuleset({ ...where, name: "let me through", target: "branch", enforcement: "active" }),
  ),
  one("classic protection of release/* is there, and nobody declared it", ({ api }) => protect(api, "release/*")),
];

async function protect(api: Octokit, pattern: string): Promise<void> {
  const { repository } = await api.graphql<{ repository: { id: string } }>(
    '{ repository(owner: "acme", name: "ape-2026") { id } }',
  );
  await api.graphql(
    `mutation ($input: CreateBranchProtectionRuleInput!) { createBranchProtectionRule(input: $input) { branchProtectionRule { id } } }`,
    { input: { repositoryId: repository.id, pattern } },
  );
}

/** One change each against what the stack of `test/e2e/drift.test.ts` declares. */
export const outOfBand: readonly OutOfBand[] = [
  ...rulesetChanges,
  one("repository: it is public, declared is: it is private", ({ repository }) => (repository.visibility = "public")),
  setting('repository: the description is "mine", declared is: there is no description', { description: "mine" }),
  setting('repository: the homepage is "https://mine", declared is: there is no homepage', {
    homepage: "https://mine",
  }),
  one("repository: topics also are hobby, which nobody declared", ({ api, where }) =>
    api.rest.repos.replaceAllTopics({ ...where, names: ["hobby"] }),
  ),
  one(
    "repository: the default branch is develop, declared is: the default branch is main",
    ({ api, where }) => api.rest.repos.update({ ...where, default_branch: "develop" }),
    ({ api, where }) => api.rest.repos.update({ ...where, default_branch: "main" }),
  ),
  one(
    "repository: it is archived: nobody can change anything, declared is: it is not archived",
    ({ repository }) => (repository.archived = true),
  ),
  setting("repository: it is a template for others, declared is: it is no template", { is_template: true }),
  setting("repository: issues are off, declared is: issues are on", { has_issues: false }),
  setting("repository: projects are on, declared is: projects are off", { has_projects: true }),
  setting("repository: the wiki is on, declared is: the wiki is off", { has_wiki: true }),
  setting("repository: discussions are on, declared is: discussions are off", { has_discussions: true }),
  setting("pull requests: rebasing is allowed, declared is: rebasing is not allowed", { allow_rebase_merge: true }),
  setting("pull requests: squashing is not allowed, declared is: squashing is allowed", { allow_squash_merge: false }),
  setting("pull requests: merge commits are not allowed, declared is: merge commits are allowed", {
    allow_merge_commit: false,
  }),
  setting("pull requests: auto-merge is on, declared is: auto-merge is off", { allow_auto_merge: true }),
  setting("pull requests: GitHub does not offer to update branches, declared is: GitHub offers to update branches", {
    allow_update_branch: false,
  }),
  setting("pull requests: merged branches stay, declared is: merged branches are deleted", {
    delete_branch_on_merge: false,
  }),
  setting("repository: commits on the web need a sign-off, declared is: commits on the web need no sign-off", {
    web_commit_signoff_required: true,
  }),
  setting(
    "pull requests: a squashed commit's message comes from BLANK, declared is: a squashed commit's message comes from PR_BODY",
    {
      squash_merge_commit_message: "BLANK",
    },
  ),
  setting(
    "pull requests: a merge commit's message comes from BLANK, declared is: a merge commit's message comes from PR_BODY",
    {
      merge_commit_message: "BLANK",
    },
  ),
  security(
    "security: alerts about vulnerable dependencies are off, declared is: alerts about vulnerable dependencies are on",
    (each) => {
      each.vulnerabilityAlerts = false;
    },
  ),
  security(
    "security: Dependabot's security updates are off, declared is: Dependabot's security updates are on",
    (each) => {
      each.automatedFixes = false;
    },
  ),
  security("security: scanning for secrets is off, declared is: scanning for secrets is on", (each) => {
    each.analysis.secret_scanning = "disabled";
  }),
  security("security: pushes with secrets are let through, declared is: pushes with secrets are stopped", (each) => {
    each.analysis.secret_scanning_push_protection = "disabled";
  }),
  security(
    "security: code scanning (CodeQL) is off, declared is: code scanning (CodeQL) is on, with the set of queries extended",
    (each) => {
      each.codeql.state = "not-configured";
    },
  ),
  security(
    "security: code scanning (CodeQL) is on, with the set of queries default, declared is: code scanning (CodeQL) is on, with the set of queries extended",
    (each) => {
      each.codeql.query_suite = "default";
    },
  ),
  security("security: published releases can be changed, declared is: published releases can't be changed", (each) => {
    each.immutableReleases = false;
  }),
  actions(
    "GitHub Actions: any action may run, declared is: only chosen actions may run",
    (each) => (each.allowed_actions = "all"),
  ),
  actions("GitHub Actions: only the owner's own actions may run, declared is: only chosen actions may run", (each) => {
    each.allowed_actions = "local_only";
  }),
  actions(
    "GitHub Actions: actions need not be pinned by commit, declared is: actions have to be pinned by commit",
    (each) => {
      each.sha_pinning_required = false;
    },
  ),
  actions("GitHub Actions: GitHub's own actions may not run, declared is: GitHub's own actions may run", (each) => {
    each.selected.github_owned_allowed = false;
  }),
  actions(
    "GitHub Actions: every verified creator's actions may run, declared is: a verified creator's actions are not allowed for that alone",
    (each) => {
      each.selected.verified_allowed = true;
    },
  ),
  actions("GitHub Actions: allowed actions also are evil/*@*, which nobody declared", (each) => {
    each.selected.patterns_allowed = [...each.selected.patterns_allowed, "evil/*@*"];
  }),
  actions("GitHub Actions: allowed actions lack docker/*@*", (each) => {
    each.selected.patterns_allowed = each.selected.patterns_allowed.filter((pattern) => pattern !== "docker/*@*");
  }),
  actions(
    "GitHub Actions: the workflows' own token may write, declared is: the workflows' own token only reads",
    (each) => {
      each.workflow.default_workflow_permissions = "write";
    },
  ),
  actions(
    "GitHub Actions: workflows may approve pull requests, declared is: workflows may not approve pull requests",
    (each) => {
      each.workflow.can_approve_pull_request_reviews = true;
    },
  ),
  environment("environment production: those who may approve lack user:maintainer", (each) => {
    each.reviewers = each.reviewers.filter(({ type }) => type === "Team");
  }),
  environment(
    "environment production: those who may approve also are user:writer, which nobody declared",
    (each, { github }) => each.reviewers.push({ type: "User", id: github.world.user("writer")?.id ?? 0 }),
  ),
  environment(
    "environment production: whoever starts a run may approve it, declared is: whoever starts a run may not approve it",
    (each) => (each.preventSelfReview = false),
  ),
  environment(
    "environment production: there is no wait, declared is: the wait is 5 minutes",
    (each) => (each.waitTimer = 0),
  ),
  environment(
    "environment production: the wait is 1 minutes, declared is: the wait is 5 minutes",
    (each) => (each.waitTimer = 1),
  ),
  environment(
    "environment production: administrators may go past its rules, declared is: administrators may not go past its rules",
    (each) => (each.canAdminsBypass = true),
  ),
  {
    says: [
      "environment production: any branch or tag may enter, declared is: only chosen branches and tags may enter",
      "environment production: tags that may enter lack v*.*.*",
    ],
    change: ({ repository }) => Object.assign(repository.environments[0] ?? {}, { branchPolicy: null, policies: [] }),
  },
  environment("environment production: branches that may enter also are main, which nobody declared", (each) =>
    each.policies.push({ id: 1, name: "main", type: "branch" }),
  ),
  environment("environment production: tags that may enter also are *, which nobody declared", (each) =>
    each.policies.push({ id: 2, name: "*", type: "tag" }),
  ),
  environment("environment production: apps that have a say lack 4242", (each) => (each.customRules = [])),
  environment(
    'variable API_URL of environment production: the value is "https://evil", declared is: the value is "https://api.ape2026.com"',
    (each) =>
      each.variables.set("API_URL", {
        value: "https://evil",
        createdAt: "2026-01-01T00:00:00Z",
        updatedAt: "2026-01-01T00:00:00Z",
      }),
  ),
  environment("variable API_URL of environment production is declared and not there", (each) => {
    each.variables.clear();
  }),
  one("variable DEBUG of environment production is there, and nobody declared it", ({ api, where }) =>
    api.rest.actions.createEnvironmentVariable({ ...where, environment_name: "production", name: "DEBUG", value: "1" }),
  ),
  one("variable DEBUG of the repository is there, and nobody declared it", ({ api, where }) =>
    api.rest.actions.createRepoVariable({ ...where, name: "DEBUG", value: "1" }),
  ),
  environment("secret SSH_PRIVATE_KEY of environment production is declared and not there", (each) =>
    each.secrets.delete("SSH_PRIVATE_KEY"),
  ),
  one("secret SLACK_WEBHOOK_URL of environment production is declared and not there", ({ api, where }) =>
    api.rest.actions.deleteEnvironmentSecret({
      ...where,
      environment_name: "production",
      secret_name: "SLACK_WEBHOOK_URL",
    }),
  ),
  one("secret BACKDOOR of the repository is there, and nobody declared it", ({ repository }) => {
    plant(repository.secrets, "BACKDOOR");
  }),
  one("secret BACKDOOR of Dependabot is there, and nobody declared it", ({ repository }) => {
    plant(repository.dependabotSecrets, "BACKDOOR");
  }),
  environment("secret BACKDOOR of environment production is there, and nobody declared it", (each) => {
    plant(each.secrets, "BACKDOOR");
  }),
  one("environment shadow is there, and nobody declared it", ({ api, where }) =>
    api.rest.repos.createOrUpdateEnvironment({ ...where, environment_name: "shadow" }),
  ),
  one("environment production is declared and not there", ({ api, where }) =>
    api.rest.repos.deleteAnEnvironment({ ...where, environment_name: "production" }),
  ),
  one('label "type: feat" is declared and not there', ({ api, where }) =>
    api.rest.issues.deleteLabel({ ...where, name: "type: feat" }),
  ),
  one('label "type: fix": the colour is "000000", declared is: the colour is "d73a4a"', ({ api, where }) =>
    api.rest.issues.updateLabel({ ...where, name: "type: fix", color: "000000" }),
  ),
  one(
    'label "type: docs": the description is "Words", declared is: the description is "Documentation"',
    ({ api, where }) => api.rest.issues.updateLabel({ ...where, name: "type: docs", description: "Words" }),
  ),
  one('label "type: ci": the name is "Type: CI", declared is: the name is "type: ci"', ({ api, where }) =>
    api.rest.issues.updateLabel({ ...where, name: "type: ci", new_name: "Type: CI" }),
  ),
  one('label "my own" is there, and nobody declared it', ({ api, where }) =>
    api.rest.issues.createLabel({ ...where, name: "my own" }),
  ),
  one(
    "branch develop is declared and not there",
    ({ repository }) => repository.git.deleteRef("refs/heads/develop"),
    async ({ repository }) => {
      const main = (await repository.git.commitOf("refs/heads/main")) ?? "";
      await repository.git.updateRef("refs/heads/develop", main, "0".repeat(40));
    },
  ),
  one(
    "branch my-branch has a name outside GitFlow",
    async ({ repository }) => {
      const main = (await repository.git.commitOf("refs/heads/main")) ?? "";
      await repository.git.updateRef("refs/heads/my-branch", main, "0".repeat(40));
    },
    ({ repository }) => repository.git.deleteRef("refs/heads/my-branch"),
  ),
  one(
    ".github/CODEOWNERS on main: its contents are not those that Slipway gave it",
    (hands) => commit(hands, "* @writer\n"),
    undoCommit,
  ),
  {
    says: [
      ".github/CODEOWNERS on main: its contents are not those that Slipway gave it",
      "line 1, column 11 of CODEOWNERS is ignored by GitHub: Unknown owner",
      "line 2, column 7 of CODEOWNERS is ignored by GitHub: Unknown owner",
    ],
    change: (hands) => commit(hands, "* @writer @reader\n/docs @acme/nobody\n"),
    undo: undoCommit,
  },
  one(".github/CODEOWNERS on main is declared and not there", (hands) => commit(hands, undefined), undoCommit),
  one('deploy key "laptop" may write, and nobody declared it', ({ api, where }) =>
    api.rest.repos.createDeployKey({ ...where, title: "laptop", key: "ssh-ed25519 AAAAC3Nz", read_only: false }),
  ),
  one('deploy key "mirror" may read, and nobody declared it', ({ api, where }) =>
    api.rest.repos.createDeployKey({ ...where, title: "mirror", key: "ssh-ed25519 AAAAC3Nz", read_only: true }),
  ),
  one("webhook to evil.example is told what happens here, and nobody declared it", ({ api, where }) =>
    api.rest.repos.createWebhook({ ...where, config: { url: "https://evil.example/secret-path" } }),
  ),
  key('deploy key "mirror" is declared and not there', (keys) => keys.pop()),
  key('deploy key "backup": it may write, declared is: it may only read', ([each]) =>
    Object.assign(each ?? {}, { readOnly: false }),
  ),
  key('deploy key "backup": the title is "laptop", declared is: the title is "backup"', ([each]) =>
    Object.assign(each ?? {}, { title: "laptop" }),
  ),
  {
    says: ['deploy key "backup" is declared and not there', 'deploy key "backup" may write, and nobody declared it'],
    change: ({ repository: { deployKeys } }) =>
      Object.assign(deployKeys[0] ?? {}, { key: "ssh-ed25519 AAAAC3Nx", readOnly: false }),
  },
  one("webhook to build.example is declared and not there", ({ repository }) => repository.webhooks.shift()),
  hook("it is off, declared is: it is on", (each) => (each.active = false)),
  hook("events that it is told lack pull_request", (each) => (each.events = ["push"])),
  hook("events that it is told also are issues, which nobody declared", (each) => each.events.push("issues")),
  hook("it is told as form, declared is: it is told as json", (each) => (each.config.content_type = "form")),
  hook("what it is told is not signed, declared is: what it is told is signed", (each) => delete each.config.secret),
  hook(
    "no certificate is checked, declared is: the receiver's certificate is checked",
    (each) => (each.config.insecure_ssl = "1"),
  ),
  one("autolink CVE- is declared and not there", ({ repository }) => repository.autolinks.pop()),
  autolink("it leads to https://evil.example/<num>, declared is: it leads to https://bugs.example/<num>", {
    url_template: "https://evil.example/<num>",
  }),
  autolink("only digits may follow it, declared is: letters may follow it", { is_alphanumeric: false }),
  one("variable REGION of the repository is declared and not there", ({ repository }) =>
    repository.variables.delete("REGION"),
  ),
  one('variable NODE_ENV of the repository: the value is "x", declared is: the value is "test"', ({ api, where }) =>
    api.rest.actions.updateRepoVariable({ ...where, name: "NODE_ENV", value: "x" }),
  ),
  fork("they do not run, declared is: they run", { run_workflows_from_fork_pull_requests: false }),
  fork("their token may write, declared is: their token may only read", { send_write_tokens_to_workflows: true }),
  fork("they get secrets, declared is: they get no secrets", { send_secrets_and_variables: true }),
  fork("none waits for a yes, declared is: each waits for a yes", { require_approval_for_fork_pr_workflows: false }),
  actions(
    "use of actions and workflows: they may be used by repositories of the same enterprise, declared is: they may be used by repositories of the same organization",
    (each) => (each.access = "enterprise"),
  ),
  actions(
    "OIDC subject: it is made of context:repo, declared is: it is made of repo:context",
    (each) => (each.oidc = { use_default: false, include_claim_keys: ["context", "repo"] }),
  ),
  actions(
    "OIDC subject: it is made of GitHub's default, declared is: it is made of repo:context",
    (each) => (each.oidc = { use_default: true, include_claim_keys: ["repo", "context"] }),
  ),
  one("collaborator stranger has the role admin, which nobody declared", ({ repository }) =>
    repository.collaborators.set("stranger", "admin"),
  ),
  one("collaborator stranger is invited with the role maintain, and nobody declared it", ({ api, where }) =>
    api.rest.repos.addCollaborator({ ...where, username: "stranger", permission: "maintain" }),
  ),
  one("collaborator writer: the role is read, declared is: the role is triage", ({ repository }) =>
    repository.collaborators.set("writer", "read"),
  ),
  one("collaborator writer is declared and not there", ({ api, where }) =>
    api.rest.repos.removeCollaborator({ ...where, username: "writer" }),
  ),
  one("collaborator reader has the role write, which nobody declared", ({ repository }) =>
    repository.collaborators.set("reader", "write"),
  ),
  one("team guests has the role read, which nobody declared", ({ repository }) =>
    repository.teams.set("guests", "read"),
  ),
  one("team platform: it has the role admin, declared is: it has the role write", ({ repository }) =>
    repository.teams.set("platform", "admin"),
  ),
  one("autolink TICKET- is there, and nobody declared it", ({ api, where }) =>
    api.rest.repos.createAutolink({ ...where, key_prefix: "TICKET-", url_template: "https://tickets.example/<num>" }),
  ),
];

function plant(store: SecretStore, name: string): void {
  const key = sodium.from_base64(store.publicKey, sodium.base64_variants.ORIGINAL);
  const box = sodium.crypto_box_seal("planted", key);
  store.put(name, sodium.to_base64(box, sodium.base64_variants.ORIGINAL), store.keyId);
}

/** Writes who owns the code straight onto main, past every rule. */
async function commit({ repository }: Hands, content: string | undefined): Promise<void> {
  const base = await repository.git.commitOf("refs/heads/main");
  const author = { name: "mallory", email: "mallory@example.com" };
  const made = await commitFile(repository, base, ".github/CODEOWNERS", content, { message: "fix: owners", author });
  await repository.git.updateRef("refs/heads/main", made);
}

async function undoCommit({ repository }: Hands): Promise<void> {
  await repository.git.updateRef("refs/heads/main", (await repository.git.commitOf("refs/heads/main~1")) ?? "");
}
