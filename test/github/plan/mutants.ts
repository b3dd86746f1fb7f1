import { actionsFields, type ApiActions } from "../../../github/kinds/actions.ts";
import { defaultBranchNames, isButtonOrBot } from "../../../github/kinds/defaults.ts";
import { branchRules, type BranchRules } from "../../../github/kinds/branch-rules.ts";
import type { Value } from "../../../github/kinds/directions.ts";
import { environmentFields, type ApiEnvironment } from "../../../github/kinds/environment.ts";
import { guardsOf, type Guards } from "../../../github/kinds/index.ts";
import { seen, type Fields, type KindName } from "../../../github/kinds/kind.ts";
import { protectionThing, type ApiProtection } from "../../../github/kinds/protection.ts";
import {
  branchesStayRuleset,
  branchNamesRuleset,
  branchRuleset,
  rulesetJson,
  rulesetObjects,
  tagRulesets,
  type Ruleset,
} from "../../../github/kinds/ruleset.ts";
import type { ApiRuleset } from "../../../github/kinds/api-ruleset.ts";
import { rulesetFields } from "../../../github/kinds/ruleset-fields.ts";
import { declaredGuards } from "../../../github/plan/guards.ts";
import { withinPlan } from "../../../github/plan/limits.ts";
import { environmentSchema, repositorySchema } from "../../../github/schema.ts";
import { requiredChecks } from "../../../workflows/ci.ts";

/** Guards of what GitHub tells of one kind. */
function guards(kind: KindName, fields: Readonly<Record<string, Value | undefined>>) {
  const { fields: told } = seen({ kind, name: "" }, fields);
  return Object.values(guardsOf([{ kind, name: "", fields: told }]))[0] ?? {};
}
const rulesetGuards = (ruleset: Omit<ApiRuleset, "name">) => guards("ruleset", rulesetFields({ name: "", ...ruleset }));
const protectionGuards = (protection: ApiProtection) => guardsOf([protectionThing(protection)]);

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
        environments: environment ? [environmentSchema.parse({ name: "production", ...environment })] : [],
      },
      { kind: "organization", plan: "enterprise", visibility, advancedSecurity: true },
    ),
  );
}

type Row = readonly [strict: object, weak: object, weakening: string, sentence: string];

/** What classic protection does not know. */
function mergeRows(branch: string): Row[] {
  const row = (strict: object, weak: object, weakening: string, words: string): Row => [
    { branches: { [branch]: strict } },
    { branches: { [branch]: weak } },
    weakening,
    words,
  ];
  const own = (strict: object, weak: object, rule: string, sentence: string) =>
    row(strict, weak, `${branch}.${rule}`, `${branch}: ${sentence}`);
  const merges = (strict: object, weak: object, rule: string, sentence: string) =>
    row(strict, weak, `${branch}Merges.${rule}`, `merges into ${branch}: ${sentence}`);
  const reviewed = (approvals: number) => ({
    requiredReviewers: [{ team: "infra", files: ["*.tf", "infra/**"], approvals }],
  });
  const scanned = (level: object) => ({ requiredScans: { CodeQL: level } });
  const infra = "team:infra for *.tf, infra/**";
  return [
    own(
      { mergeKinds: ["merge"] },
      { mergeKinds: ["merge", "squash"] },
      "mergeKinds",
      "ways to merge merge → merge, squash",
    ),
    own({ mergeKinds: ["squash"] }, {}, "mergeKinds", "ways to merge squash → merge, squash, rebase"),
    own(reviewed(2), reviewed(1), `fileReviewers.${infra}`, `approvals by ${infra} 2 → 1`),
    own(reviewed(1), {}, `fileReviewers.${infra}`, `approvals by ${infra} 1 → 0`),
    row({ mergeQueue: {} }, {}, `${branch}Merges`, `merges into ${branch}: all of its rules are removed`),
    merges({ mergeQueue: {}, ...scanned({}) }, scanned({}), "rules.merge_queue", "rule merge_queue on → off"),
    merges(
      { mergeQueue: {}, ...scanned({}) },
      { mergeQueue: {} },
      "rules.code_scanning",
      "rule code_scanning on → off",
    ),
    merges(
      { mergeQueue: {} },
      { mergeQueue: { eachGreen: false } },
      "queueGrouping",
      "what the merge queue checks ALLGREEN → HEADGREEN",
    ),
    merges(
      scanned({ alerts: "all" }),
      scanned({ alerts: "errors_and_warnings" }),
      "scanAlerts.CodeQL",
      "alerts that stop a merge of CodeQL all → errors_and_warnings",
    ),
    merges(
      { requiredScans: { CodeQL: { securityAlerts: "none" }, Semgrep: {} } },
      { requiredScans: { Semgrep: {} } },
      "scanSecurity.CodeQL",
      "security alerts that stop a merge of CodeQL no alert → none",
    ),
  ];
}

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
      ...(rules === "classic" ? [] : mergeRows(branch)),
      ...(rules === "classic"
        ? [row({}, { bypass: ["role:write"] }, "bypass.role:admin", "bypass for role:admin none → always")]
        : ["role:admin", "role:maintain", "role:write", "team:platform", "app:5", "organization-admin"].map((actor) =>
            row({}, { bypass: [actor] }, `bypass.${actor}`, `bypass for ${actor} none → always`),
          )),
    ];
  }),
);

const actions = (...added: string[]) => ({ allowedActions: ["docker/build-push-action@v1", ...added] });

const deployKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPUl9x3+czoZL60euViRfoblJ2fYi4tlDq/tMCVl5Xqa ci";
// As `ssh-keygen -lf` tells it.
const fingerprint = "SHA256:KVNJmWFAgKZzKJwxDe1F9ZnL1CndSy66vOJGiSKsQPU";

const approvalRows: readonly Row[] = [
  ["all_external_contributors", "first_time_contributors"],
  ["first_time_contributors", "first_time_contributors_new_to_github"],
].map(([strict, weak]): Row => [
  { visibility: "public", forkApproval: strict },
  { visibility: "public", forkApproval: weak },
  "actions.forkApproval",
  `Actions: yes to workflows of forks ${String(strict)} → ${String(weak)}`,
]);

const pushed = { files: ["infra/**/*", "CODEOWNERS"], extensions: ["*.zip"], largestMb: 10, longestPath: 200 };
const pushRows = (
  [
    [{ files: ["infra/**/*"] }, ".keptFiles.CODEOWNERS", "changes of CODEOWNERS refused → let through"],
    [{ extensions: [] }, ".keptOut.*.zip", "files named *.zip refused → let through"],
    [{ largestMb: 11 }, ".largestMb", "largest file in MB 10 → 11"],
    [{ longestPath: undefined }, ".longestPath", "longest path 200 → none"],
    [{ bypass: ["team:platform"] }, ".bypass.team:platform", "bypass for team:platform none → always"],
  ] satisfies [object, string, string][]
).map(([change, rule, words]): Row => [
  { pushRules: pushed },
  { pushRules: { ...pushed, ...change } },
  `pushes${rule}`,
  `pushes: ${words}`,
]);

const repositoryRows: readonly Row[] = [
  ...pushRows,
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
    { teams: { ops: "maintain" } },
    { teams: { ops: "admin" } },
    "repository.administrator.team:ops",
    "repository: administrator team:ops no → yes",
  ],
  ...approvalRows,
  [
    { pinnedActions: true },
    { pinnedActions: false },
    "actions.shaPinning",
    "Actions: actions pinned by commit on → off",
  ],
  ...[
    ["run", false, "forksRun", "workflows of forks run no → yes"],
    ["writeTokens", false, "forksWrite", "workflows of forks may write no → yes"],
    ["secrets", false, "forkSecrets", "workflows of forks get secrets no → yes"],
    ["approval", true, "forksWait", "workflows of forks wait for a yes yes → no"],
  ].map(([setting, strict, rule, words]): Row => [
    { privateForks: { [String(setting)]: strict } },
    { privateForks: { [String(setting)]: strict !== true } },
    `actions.${String(rule)}`,
    `Actions: ${String(words)}`,
  ]),
  [
    { workflowAccess: "none" },
    { workflowAccess: "organization" },
    "actions.workflowAccess",
    "Actions: who may use its workflows itself → organization",
  ],
  [
    { workflowAccess: "organization" },
    { workflowAccess: "enterprise" },
    "actions.workflowAccess",
    "Actions: who may use its workflows organization → enterprise",
  ],
  [
    { properties: { tier: "one" } },
    { properties: {} },
    "repository.property.tier",
    "repository: custom property tier one → not declared",
  ],
  [
    { oidcSubject: ["repo", "environment"] },
    {},
    "actions.oidcSubject",
    "Actions: OIDC subject repo:environment → not declared",
  ],
  [
    { deployKeys: { ci: { key: deployKey } } },
    { deployKeys: { ci: { key: deployKey, write: true } } },
    `repository.writeKey.${fingerprint}`,
    `repository: deploy key that may write ${fingerprint} no → yes`,
  ],
  [
    { collaborators: {} },
    { collaborators: { Ann: "admin" } },
    "repository.administrator.user:ann",
    "repository: administrator user:ann no → yes",
  ],
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
  ({
    branchStay: "main and develop stay",
    tagCreation: "who makes release tags",
    tagStay: "release tags stay",
    branchNames: "branch names",
  })[object] ?? object;

const choice = repositorySchema.parse({ visibility: "private", codeOwners: ["@acme/p"] }).branches;
const model = (branch: "main" | "develop"): BranchRules => ({
  ...branchRules(branch, { branches: choice }),
  signedCommits: true,
});
const rulesets: readonly Ruleset[] = [
  branchRuleset(model("main"), {}),
  branchRuleset(model("develop"), {}),
  branchesStayRuleset(),
  ...tagRulesets(["role:admin"], {}),
  branchNamesRuleset(defaultBranchNames),
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
    const told = exclude
      .filter((pattern) => !isButtonOrBot(pattern.replace("refs/heads/", "")))
      .map((each) => `!${each}`);
    const scope = [...include, ...told].join(", ");
    const [first = ""] = include;
    const hole = first.replace(/~ALL$/, "refs/heads/x").replace("*", "9");
    return [
      weakened({ enforcement: "evaluate" }, "enforcement", "enforcement active → evaluate"),
      weakened({ enforcement: "disabled" }, "enforcement", "enforcement active → disabled"),
      weakened(
        { conditions: { ref_name: { include: [], exclude } } },
        "scope",
        `references that it holds for ${scope} → ${told.length === 0 ? "nothing" : told.join(", ")}`,
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
    const required = (checks: readonly Check[]): Guards => ({
      [branch]: rulesetGuards({
        enforcement: "active",
        rules: [{ type: "required_status_checks", parameters: { required_status_checks: checks } }],
      }),
    });
    return all.flatMap(({ context }) => {
      const others = all.filter((check) => check.context !== context);
      const changed = (checks: readonly Check[], to: string) =>
        mutant(
          required(all),
          required([...others, ...checks]),
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

const ofProtection = (): Mutant[] => {
  const nobody = { nodes: [] };
  const strict: ApiProtection = {
    pattern: "main",
    isAdminEnforced: true,
    allowsForcePushes: false,
    allowsDeletions: false,
    requiresConversationResolution: true,
    requiresCommitSignatures: true,
    requiresApprovingReviews: true,
    requiredApprovingReviewCount: 2,
    dismissesStaleReviews: true,
    requiresCodeOwnerReviews: true,
    requireLastPushApproval: true,
    requiresStatusChecks: true,
    requiresStrictStatusChecks: true,
    requiredStatusChecks: requiredChecks().map((context) => ({ context, app: { databaseId: 15368 } })),
    lockBranch: true,
    requiresLinearHistory: true,
    bypassPullRequestAllowances: nobody,
    bypassForcePushAllowances: nobody,
  };
  const rows: [Partial<ApiProtection>, string, string][] = [
    [{ isAdminEnforced: false }, "bypass.role:admin", "bypass for role:admin none → always"],
    [{ allowsForcePushes: true }, "rules.non_fast_forward", "rule non_fast_forward on → off"],
    [{ allowsDeletions: true }, "rules.deletion", "rule deletion on → off"],
    [{ requiresLinearHistory: false }, "rules.required_linear_history", "rule required_linear_history on → off"],
    [{ lockBranch: false }, "rules.update", "rule update on → off"],
    [{ requiresApprovingReviews: false }, "rules.pull_request", "rule pull_request on → off"],
    [{ requiresStatusChecks: false }, "rules.required_status_checks", "rule required_status_checks on → off"],
    [{ requiresStrictStatusChecks: false }, "upToDate", "branches are up to date before a merge on → off"],
  ];
  return rows.map(([change, rule, sentence]) =>
    mutant(protectionGuards(strict), protectionGuards({ ...strict, ...change }), `main.${rule}`, `main: ${sentence}`),
  );
};

const ofTheRest = (): Mutant[] => {
  const permissions = { enabled: true, allowed_actions: "selected", sha_pinning_required: true };
  const selected: ApiActions = {
    permissions,
    selected: { github_owned_allowed: false, verified_allowed: false, patterns_allowed: ["docker/*@*"] },
    workflow: { default_workflow_permissions: "read", can_approve_pull_request_reviews: false },
  };
  const allow = (change: object) => ({ selected: { ...selected.selected, ...change } });
  const token = (change: object) => ({
    workflow: { default_workflow_permissions: "read", can_approve_pull_request_reviews: false, ...change },
  });
  const actionsRows: [Partial<ApiActions>, string, string][] = [
    [{ permissions: { ...permissions, allowed_actions: "all" } }, "allowed", "actions that may run docker/*@* → *"],
    [allow({ verified_allowed: true }), "allowed", "actions that may run docker/*@* → ~VERIFIED, docker/*@*"],
    [
      allow({ github_owned_allowed: true }),
      "allowed",
      "actions that may run docker/*@* → actions/*, github/*, docker/*@*",
    ],
    [allow({ patterns_allowed: ["d*@*"] }), "allowed", "actions that may run docker/*@* → d*@*"],
    [
      { permissions: { ...permissions, sha_pinning_required: false } },
      "shaPinning",
      "actions pinned by commit on → off",
    ],
    [token({ default_workflow_permissions: "write" }), "token", "the workflows' own token read → write"],
    [
      token({ can_approve_pull_request_reviews: true }),
      "approvesPullRequests",
      "workflows approve pull requests off → on",
    ],
  ];
  const security = { dependabotAlerts: true, dependabotUpdates: true, codeScanning: "extended" };
  const securityRows: [Fields, string, string][] = [
    [{ dependabotAlerts: false }, "dependabotAlerts", "Dependabot alerts on → off"],
    [{ dependabotUpdates: false }, "dependabotUpdates", "Dependabot security updates on → off"],
    [{ codeScanning: "default" }, "codeScanning", "CodeQL extended → default"],
  ];
  const environment: ApiEnvironment = {
    name: "production",
    can_admins_bypass: false,
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  };
  const entered = (change: Partial<ApiEnvironment>, ...policies: { name: string; type?: string }[]): Guards => ({
    "environments.production": guards("environment", environmentFields({ ...environment, ...change }, policies, [])),
  });
  const releases = { name: "v*.*.*", type: "tag" };
  const environmentRows: [Guards, string][] = [
    [entered({ deployment_branch_policy: null }, releases), "~ALL"],
    [entered({}, { name: "v*", type: "tag" }), "refs/tags/v*"],
    [entered({}, { name: "*", type: "tag" }), "refs/tags/*"],
  ];
  return [
    ...actionsRows.map(([change, rule, sentence]) =>
      mutant(
        { actions: guards("actions", actionsFields(selected)) },
        { actions: guards("actions", actionsFields({ ...selected, ...change })) },
        `actions.${rule}`,
        `Actions: ${sentence}`,
      ),
    ),
    ...securityRows.map(([change, rule, sentence]) =>
      mutant(
        { repository: guards("security", security) },
        { repository: guards("security", { ...security, ...change }) },
        `repository.${rule}`,
        `repository: ${sentence}`,
      ),
    ),
    mutant(
      entered({}, { name: "develop" }),
      entered({ deployment_branch_policy: { protected_branches: true, custom_branch_policies: false } }),
      "environments.production.refs",
      "environment production: references that may enter refs/heads/develop → refs/heads/main, refs/heads/develop",
    ),
    ...environmentRows.map(([weak, refs]) =>
      mutant(
        entered({}, releases),
        weak,
        "environments.production.refs",
        `environment production: references that may enter refs/tags/v*.*.* → ${refs}`,
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
