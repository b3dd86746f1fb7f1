import { branchRules, branchRuleset, type BranchRules, type Ruleset } from "../../../github/branch-rules.ts";
import { requiredChecks } from "../../../workflows/ci.ts";
import { withinPlan } from "../../../github/plan-limits.ts";
import { protectionSetting } from "../../../github/protection-setting.ts";
import { branchNamesRuleset, tagRulesets } from "../../../github/ref-rules.ts";
import { rulesetJson } from "../../../github/ruleset-json.ts";
import { environmentSchema, repositorySchema } from "../../../github/schema.ts";
import { declaredGuards, rulesetObjects } from "../../../github/weakening/declared.ts";
import {
  actionsGuards,
  environmentGuards,
  protectionGuards,
  repositoryGuards,
  rulesetGuards,
  type ApiActions,
  type ApiEnvironment,
  type ApiProtection,
  type ApiRepository,
  type ApiRuleset,
} from "../../../github/weakening/from-api.ts";
import type { Guards } from "../../../github/weakening/guards.ts";

/** A change that makes something weaker. */
export interface Mutant {
  readonly title: string;
  readonly strict: Guards;
  readonly weak: Guards;
  /** Identifier of what it weakens. */
  readonly weakening: string;
  /** What people are told. */
  readonly sentence: string;
}

const mutant = (strict: Guards, weak: Guards, weakening: string, sentence: string): Mutant => ({
  title: sentence,
  strict,
  weak,
  weakening,
  sentence,
});

/** Guards of a declaration, on an account that has everything. */
export function declare({ repository, environment }: { repository?: object; environment?: object }): Guards {
  const { visibility = "private" } = (repository ?? {}) as { visibility?: "public" | "private" | "internal" };
  return declaredGuards(
    withinPlan(
      {
        repository: repository && repositorySchema.parse({ visibility, codeOwners: ["@acme/p"], ...repository }),
        environment: environment && environmentSchema.parse({ name: "production", ...environment }),
      },
      { kind: "organization", plan: "enterprise", visibility, advancedSecurity: true },
    ),
  );
}

type Row = readonly [strict: object, weak: object, weakening: string, sentence: string];

const branchRows: readonly Row[] = (["main", "develop"] as const).flatMap((branch) =>
  (["rulesets", "classic"] as const).flatMap((rules) => {
    const row = (strict: object, weak: object, rule: string, words: string): Row => [
      { rules, branches: { [branch]: strict } },
      { rules, branches: { [branch]: weak } },
      `${branch}.${rule}`,
      `${branch}: ${words}`,
    ];
    const toggle = (setting: string, rule: string, words: string): Row =>
      row({ [setting]: true }, { [setting]: false }, rule, `${words} on → off`);
    return [
      row({ reviews: 2 }, { reviews: 1 }, "reviews", "required reviews 2 → 1"),
      row({ reviews: 1 }, { reviews: 0 }, "reviews", "required reviews 1 → 0"),
      toggle("dismissStaleReviews", "dismissStaleReviews", "a push takes approvals away"),
      toggle("lastPushApproval", "lastPushApproval", "approval of the last push by somebody else"),
      toggle("codeOwners", "codeOwners", "approval by a code owner"),
      toggle("resolvedThreads", "resolvedThreads", "resolved conversations"),
      toggle("upToDate", "upToDate", "branches are up to date before a merge"),
      toggle("signedCommits", "rules.required_signatures", "rule required_signatures"),
      ...(rules === "classic"
        ? [row({}, { bypass: ["role:write"] }, "bypass.role:admin", "bypass for role:admin none → always")]
        : ["role:admin", "role:maintain", "role:write", "team:platform", "app:5", "organization-admin"].map((actor) =>
            row({}, { bypass: [actor] }, `bypass.${actor}`, `bypass for ${actor} none → always`),
          )),
    ];
  }),
);

const actions = (...added: string[]) => ({ allowedActions: ["docker/build-push-action@v1", ...added] });

const repositoryRows: readonly Row[] = [
  ...branchRows,
  ...["role:maintain", "role:write", "team:platform", "app:5", "organization-admin"].map((actor): Row => [
    { tagCreators: ["role:admin"] },
    { tagCreators: ["role:admin", actor] },
    `tagCreation.bypass.${actor}`,
    `who makes release tags: bypass for ${actor} none → always`,
  ]),
  [
    { visibility: "private" },
    { visibility: "public" },
    "repository.visibility",
    "repository: visibility private → public",
  ],
  [
    { visibility: "private" },
    { visibility: "internal" },
    "repository.visibility",
    "repository: visibility private → internal",
  ],
  [
    { visibility: "internal" },
    { visibility: "public" },
    "repository.visibility",
    "repository: visibility internal → public",
  ],
  [
    { secretScanning: true },
    { secretScanning: false },
    "repository.secretScanning",
    "repository: secret scanning on → off",
  ],
  [
    { secretScanning: true },
    { secretScanning: false },
    "repository.pushProtection",
    "repository: push protection on → off",
  ],
  [{ codeScanning: true }, { codeScanning: false }, "repository.codeScanning", "repository: CodeQL extended → none"],
  [
    { visibility: "public", vulnerabilityReports: true },
    { visibility: "public", vulnerabilityReports: false },
    "repository.vulnerabilityReports",
    "repository: private vulnerability reports on → off",
  ],
  [
    { immutableReleases: true },
    { immutableReleases: false },
    "repository.immutableReleases",
    "repository: immutable releases on → off",
  ],
  ...["evil/tool@*", "docker/*@*", "d/*@*", "docker/build-push-action@*"].map((pattern): Row => [
    actions(),
    actions(pattern),
    "actions.allowed",
    `Actions: actions that may run actions/*, github/*, docker/build-push-action@v1 → actions/*, github/*, docker/build-push-action@v1, ${pattern}`,
  ]),
];

const one = { reviewers: { users: ["ann"] } };
const environmentRows: readonly Row[] = ["staging", "production"].flatMap((name) => {
  const row = (strict: object, weak: object, rule: string, words: string): Row => [
    { name, ...strict },
    { name, ...weak },
    `environments.${name}.${rule}`,
    `environment ${name}: ${words}`,
  ];
  const approves = "who approves user:ann →";
  return [
    row(one, {}, "reviewers", `${approves} nobody has to`),
    row(one, { reviewers: { users: ["ann", "bob"] } }, "reviewers", `${approves} user:ann, user:bob`),
    row(one, { reviewers: { users: ["ann"], teams: ["all"] } }, "reviewers", `${approves} user:ann, team:all`),
    row({ waitMinutes: 10 }, { waitMinutes: 5 }, "waitMinutes", "wait in minutes 10 → 5"),
    row({ waitMinutes: 10 }, {}, "waitMinutes", "wait in minutes 10 → 0"),
    row(one, { ...one, selfReview: true }, "selfReview", "approval of one's own run off → on"),
    row({}, { adminsBypass: true }, "adminsBypass", "administrators bypass the rules off → on"),
    row({ protectionApps: [7] }, {}, "apps.7", "decision of app 7 on → off"),
    row(
      { branches: ["main"], tags: [] },
      { branches: ["main", "develop"], tags: [] },
      "refs",
      "references that may enter refs/heads/main → refs/heads/main, refs/heads/develop",
    ),
    row(
      { branches: [], tags: ["v1.*.*"] },
      { branches: [], tags: ["v*.*.*"] },
      "refs",
      "references that may enter refs/tags/v1.*.* → refs/tags/v*.*.*",
    ),
    row(
      { branches: [], tags: ["v*.*.*"] },
      { branches: ["main"], tags: ["v*.*.*"] },
      "refs",
      "references that may enter refs/tags/v*.*.* → refs/heads/main, refs/tags/v*.*.*",
    ),
  ];
});

const ofDeclarations = (): Mutant[] => [
  ...repositoryRows.map(([strict, weak, ...told]) =>
    mutant(declare({ repository: strict }), declare({ repository: weak }), ...told),
  ),
  ...environmentRows.map(([strict, weak, ...told]) =>
    mutant(declare({ environment: strict }), declare({ environment: weak }), ...told),
  ),
  ...Object.keys(rulesetObjects).map((name) => {
    const object = rulesetObjects[name] ?? "";
    const all = declare({ repository: {} });
    return mutant(all, without(all, object), object, `${words(object)}: all of its rules are removed`);
  }),
  mutant(
    declare({ environment: one }),
    {},
    "environments.production",
    "environment production: all of its rules are removed",
  ),
];

export const without = (guards: Guards, object: string): Guards =>
  Object.fromEntries(Object.entries(guards).filter(([name]) => name !== object));

const words = (object: string) =>
  ({ tagCreation: "who makes release tags", tagStay: "release tags stay", branchNames: "branch names" })[object] ??
  object;

const choice = repositorySchema.parse({ visibility: "private", codeOwners: ["@acme/p"] }).branches;
const model = (branch: "main" | "develop"): BranchRules => ({
  ...branchRules(branch, choice[branch]),
  signedCommits: true,
});
const rulesets: readonly Ruleset[] = [
  branchRuleset(model("main"), {}),
  branchRuleset(model("develop"), {}),
  ...tagRulesets(["role:admin"], {}),
  branchNamesRuleset(),
];

/** GitHub's own shapes, which a declaration can't bring forth: changes by hand, and mistakes in the program. */
const ofRulesets = (): Mutant[] =>
  rulesets.flatMap((ruleset) => {
    const object = rulesetObjects[ruleset.name] ?? "";
    const strict = rulesetJson(ruleset) as unknown as ApiRuleset;
    const weakened = (change: Partial<ApiRuleset>, rule: string, sentence: string) =>
      mutant(
        { [object]: rulesetGuards(strict) },
        { [object]: rulesetGuards({ ...strict, ...change }) },
        `${object}.${rule}`,
        `${words(object)}: ${sentence}`,
      );
    const { include = [], exclude = [] } = strict.conditions?.ref_name ?? {};
    const scope = [...include, ...exclude.map((pattern) => `!${pattern}`)].join(", ");
    const [first = ""] = include;
    const hole = first.replace(/~ALL$/, "refs/heads/x").replace("*", "9");
    return [
      weakened({ enforcement: "evaluate" }, "enforcement", "enforcement active → evaluate"),
      weakened({ enforcement: "disabled" }, "enforcement", "enforcement active → disabled"),
      weakened(
        { conditions: { ref_name: { include: [], exclude } } },
        "scope",
        `references that it holds for ${scope} → ${exclude.length === 0 ? "nothing" : exclude.map((each) => `!${each}`).join(", ")}`,
      ),
      weakened(
        { conditions: { ref_name: { include, exclude: [...exclude, hole] } } },
        "scope",
        `references that it holds for ${scope} → ${scope}, !${hole}`,
      ),
      weakened(
        {
          bypass_actors: [
            ...(strict.bypass_actors ?? []),
            { actor_id: 4, actor_type: "RepositoryRole", bypass_mode: "pull_request" },
          ],
        },
        "bypass.role:write",
        "bypass for role:write none → pull_request",
      ),
      ...(strict.rules ?? []).map(({ type }) =>
        weakened(
          { rules: (strict.rules ?? []).filter((rule) => rule.type !== type) },
          `rules.${type}`,
          `rule ${type} on → off`,
        ),
      ),
    ];
  });

interface Check {
  readonly context: string;
  readonly integration_id?: number;
}

const ofChecks = (): Mutant[] =>
  (["main", "develop"] as const).flatMap((branch) => {
    const all: Check[] = requiredChecks().map((context) => ({ context, integration_id: 15368 }));
    const guards = (checks: readonly Check[]): Guards => ({
      [branch]: rulesetGuards({
        enforcement: "active",
        rules: [{ type: "required_status_checks", parameters: { required_status_checks: checks } }],
      }),
    });
    return all.flatMap(({ context }) => {
      const others = all.filter((check) => check.context !== context);
      const changed = (checks: readonly Check[], to: string) =>
        mutant(
          guards(all),
          guards([...others, ...checks]),
          `${branch}.checks.${context}`,
          `${branch}: required check ${context} app 15368 → ${to}`,
        );
      return [
        changed([], "not required"),
        changed([{ context }], "any app"),
        changed([{ context, integration_id: 9 }], "app 9"),
      ];
    });
  });

const on = { enabled: true };
const off = { enabled: false };
const ofProtection = (): Mutant[] => {
  const strict: ApiProtection = {
    ...(protectionSetting("", model("main")).wanted as unknown as ApiProtection),
    required_linear_history: on,
    lock_branch: on,
  };
  const rows: [Partial<ApiProtection>, string, string][] = [
    [{ enforce_admins: off }, "bypass.role:admin", "bypass for role:admin none → always"],
    [{ allow_force_pushes: on }, "rules.non_fast_forward", "rule non_fast_forward on → off"],
    [{ allow_deletions: on }, "rules.deletion", "rule deletion on → off"],
    [{ required_linear_history: off }, "rules.required_linear_history", "rule required_linear_history on → off"],
    [{ lock_branch: off }, "rules.update", "rule update on → off"],
    [{ required_pull_request_reviews: null }, "rules.pull_request", "rule pull_request on → off"],
    [{ required_status_checks: null }, "rules.required_status_checks", "rule required_status_checks on → off"],
    [
      { required_status_checks: { strict: false, checks: [] } },
      "upToDate",
      "branches are up to date before a merge on → off",
    ],
  ];
  return rows.map(([change, rule, sentence]) =>
    mutant(
      { main: protectionGuards("main", strict) },
      { main: protectionGuards("main", { ...strict, ...change }) },
      `main.${rule}`,
      `main: ${sentence}`,
    ),
  );
};

const ofTheRest = (): Mutant[] => {
  const selected: ApiActions = {
    enabled: true,
    allowed_actions: "selected",
    sha_pinning_required: true,
    selected: { github_owned_allowed: false, verified_allowed: false, patterns_allowed: ["docker/*@*"] },
    workflow: { default_workflow_permissions: "read", can_approve_pull_request_reviews: false },
  };
  const allow = (change: object) => ({ selected: { ...selected.selected, ...change } });
  const token = (change: object) => ({
    workflow: { default_workflow_permissions: "read", can_approve_pull_request_reviews: false, ...change },
  });
  const actionsRows: [Partial<ApiActions>, string, string][] = [
    [{ allowed_actions: "all" }, "allowed", "actions that may run docker/*@* → *"],
    [allow({ verified_allowed: true }), "allowed", "actions that may run docker/*@* → ~VERIFIED, docker/*@*"],
    [
      allow({ github_owned_allowed: true }),
      "allowed",
      "actions that may run docker/*@* → actions/*, github/*, docker/*@*",
    ],
    [allow({ patterns_allowed: ["d*@*"] }), "allowed", "actions that may run docker/*@* → d*@*"],
    [{ sha_pinning_required: false }, "shaPinning", "actions pinned by commit on → off"],
    [token({ default_workflow_permissions: "write" }), "token", "the workflows' own token read → write"],
    [
      token({ can_approve_pull_request_reviews: true }),
      "approvesPullRequests",
      "workflows approve pull requests off → on",
    ],
  ];
  const repository: ApiRepository = {
    visibility: "private",
    dependabotAlerts: true,
    dependabotUpdates: true,
    codeScanning: "extended",
  };
  const repositoryRows: [Partial<ApiRepository>, string, string][] = [
    [{ dependabotAlerts: false }, "dependabotAlerts", "Dependabot alerts on → off"],
    [{ dependabotUpdates: false }, "dependabotUpdates", "Dependabot security updates on → off"],
    [{ codeScanning: "default" }, "codeScanning", "CodeQL extended → default"],
  ];
  const environment: ApiEnvironment = {
    can_admins_bypass: false,
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    branch_policies: [{ name: "v*.*.*", type: "tag" }],
  };
  const environmentRows: [Partial<ApiEnvironment>, string, string][] = [
    [{ deployment_branch_policy: null }, "refs", "references that may enter refs/tags/v*.*.* → ~ALL"],
    [
      { branch_policies: [{ name: "v*", type: "tag" }] },
      "refs",
      "references that may enter refs/tags/v*.*.* → refs/tags/v*",
    ],
    [
      { branch_policies: [{ name: "*", type: "tag" }] },
      "refs",
      "references that may enter refs/tags/v*.*.* → refs/tags/*",
    ],
  ];
  return [
    ...actionsRows.map(([change, rule, sentence]) =>
      mutant(
        { actions: actionsGuards(selected) },
        { actions: actionsGuards({ ...selected, ...change }) },
        `actions.${rule}`,
        `Actions: ${sentence}`,
      ),
    ),
    ...repositoryRows.map(([change, rule, sentence]) =>
      mutant(
        { repository: repositoryGuards(repository) },
        { repository: repositoryGuards({ ...repository, ...change }) },
        `repository.${rule}`,
        `repository: ${sentence}`,
      ),
    ),
    mutant(
      { "environments.production": environmentGuards({ ...environment, branch_policies: [{ name: "develop" }] }) },
      {
        "environments.production": environmentGuards({
          ...environment,
          deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
        }),
      },
      "environments.production.refs",
      "environment production: references that may enter refs/heads/develop → refs/heads/main, refs/heads/develop",
    ),
    ...environmentRows.map(([change, rule, sentence]) =>
      mutant(
        { "environments.production": environmentGuards(environment) },
        { "environments.production": environmentGuards({ ...environment, ...change }) },
        `environments.production.${rule}`,
        `environment production: ${sentence}`,
      ),
    ),
  ];
};

/** Every mutant there is; each weakens in its own way. */
export const mutants: readonly Mutant[] = [
  ...ofDeclarations(),
  ...ofRulesets(),
  ...ofChecks(),
  ...ofProtection(),
  ...ofTheRest(),
];
