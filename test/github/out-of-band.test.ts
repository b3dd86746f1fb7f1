// Changes by hand and weakenings of sorts that `test/e2e/drift.test.ts` and `plan/mutants.ts` do not have, without the engine.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { passGate } from "../../github/plan/gate.ts";
import { declaredGuards, presentGuards } from "../../github/plan/guards.ts";
import { withinPlan } from "../../github/plan/limits.ts";
import { readThings } from "../../github/read/read-things.ts";
import { readerOf } from "../../github/read/reader.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../github/schema.ts";
import { takeCensus } from "../../github/take-census.ts";
import type { Environment } from "../emulators/github/environments.ts";
import { GitHub } from "../emulators/github/github.ts";
import type { Repository } from "../emulators/github/repository.ts";
import type { Ruleset } from "../emulators/github/rulesets.ts";
import { snapshot } from "../emulators/github/snapshot.ts";
import { client } from "../emulators/github/support.ts";
import { govern } from "../support/governed-repository.ts";

const where = { owner: "acme", repo: "api" };
const choice = repositorySchema.parse({
  visibility: "private",
  codeOwners: ["@acme/platform"],
});
const environment = environmentSchema.parse({
  name: "production",
  reviewers: { users: ["maintainer"], teams: ["platform"] },
  protectionApps: [4242],
});

let github: GitHub;
let repository: Repository;
let platform: number;
beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"], ops: ["writer"] } }],
    apps: [
      { slug: "gatekeeper", id: 4242, deploymentProtection: true },
      { slug: "other-gate", id: 77, deploymentProtection: true },
    ],
  });
  await govern(github, "api", choice);
  repository = github.repository("acme/api");
  const api = client(github, "admin");
  const { rest } = api;
  platform = (await rest.teams.getByName({ org: "acme", team_slug: "platform" })).data.id;
  const user = (await rest.users.getByUsername({ username: "maintainer" })).data.id;
  const inside = { ...where, environment_name: "production" };
  await rest.repos.createOrUpdateEnvironment({
    ...inside,
    prevent_self_review: true,
    reviewers: [
      { type: "User", id: user },
      { type: "Team", id: platform },
    ],
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  await api.request("POST /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies", {
    ...inside,
    name: "v*.*.*",
    type: "tag",
  });
  await rest.repos.createDeploymentProtectionRule({ ...inside, integration_id: 4242 });
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

interface Found {
  readonly rulesets: Record<string, Ruleset>;
  readonly production: Environment;
}

/** What somebody does by hand. */
interface Change {
  readonly change: (found: Found) => unknown;
  /** What drift says then and did not before; empty where it is a change that drift does not look at. */
  readonly says: readonly string[];
  /** Rules that are weaker than declared for it, by their identifiers. */
  readonly weaker?: readonly string[];
  /** Rules that the next update would weaken, and is refused for. */
  readonly refused?: readonly string[];
}

function ruleset(
  name: string,
  says: string,
  change: (ruleset: Ruleset) => unknown,
  gate: Partial<Change> = {},
): Change {
  return {
    says: [`ruleset "${name}": ${says}`],
    change: ({ rulesets: { [name]: found } }) => {
      if (found === undefined) throw new Error(`no ruleset ${name}`);
      return change(found);
    },
    ...gate,
  };
}

type Rule = Ruleset["rules"][number];
const adds = (rule: object) => (each: Ruleset) => each.rules.push(rule as Rule);
const without = (type: string) => (each: Ruleset) => {
  each.rules = each.rules.filter((rule) => rule.type !== type);
};
const pull = (parameters: object) => (each: Ruleset) => {
  const found = each.rules.find(({ type }) => type === "pull_request");
  if (found !== undefined && "parameters" in found) Object.assign(found.parameters ?? {}, parameters);
};
const lets =
  (actor_type: string, actor_id: number | null, bypass_mode = "always") =>
  (each: Ruleset) =>
    each.bypass_actors.push({ actor_id, actor_type, bypass_mode } as Ruleset["bypass_actors"][number]);

const beside = (rule: string) => `other rules also are ${rule}, which nobody declared`;
const passes = (actor: string) => `those who need not follow it also are ${actor}, which nobody declared`;
const inProduction = "environment production:";

const changes: readonly Change[] = [
  ruleset("main branch", "ways to merge lack merge, squash", pull({ allowed_merge_methods: ["rebase"] }), {
    refused: ["main.mergeKinds"],
  }),
  ruleset("develop branch", "ways to merge lack rebase", pull({ allowed_merge_methods: ["squash", "merge"] }), {
    refused: ["develop.mergeKinds"],
  }),
  ruleset(
    "main branch",
    "reviewers of some files also are team:platform for infra/**, *.tf (2), which nobody declared",
    (each) => {
      pull({
        required_reviewers: [
          { minimum_approvals: 2, file_patterns: ["infra/**", "*.tf"], reviewer: { id: platform, type: "Team" } },
        ],
      })(each);
    },
    { refused: ["main.fileReviewers.team:platform for infra/**, *.tf"] },
  ),
  ruleset(
    "main branch",
    "settings of the merge queue also are green is ALLGREEN, way to merge MERGE, builds at once 5, group at least 1, group at most 5, minutes to wait for a group 5, minutes for checks 60, which nobody declared",
    adds({ type: "merge_queue", parameters: mergeQueue() }),
    { refused: ["main.queueGrouping", "main.rules.merge_queue"] },
  ),
  {
    ...ruleset(
      "main branch",
      "",
      adds({
        type: "code_scanning",
        parameters: {
          code_scanning_tools: [
            { tool: "CodeQL", alerts_threshold: "errors", security_alerts_threshold: "high_or_higher" },
          ],
        },
      }),
      { refused: ["main.rules.code_scanning", "main.scanAlerts.CodeQL", "main.scanSecurity.CodeQL"] },
    ),
    says: [
      'ruleset "main branch": scans whose alerts stop a merge also are CodeQL (errors), which nobody declared',
      'ruleset "main branch": scans whose security alerts stop a merge also are CodeQL (high or higher), which nobody declared',
    ],
  },
  ...[
    { type: "required_deployments", parameters: { required_deployment_environments: ["staging"] } },
    { type: "commit_message_pattern", parameters: { operator: "starts_with", pattern: "feat" } },
    { type: "committer_email_pattern", parameters: { operator: "ends_with", pattern: "@acme.org" } },
  ].map((rule) => ruleset("main branch", beside(rule.type), adds(rule), { refused: [`main.rules.${rule.type}`] })),
  ruleset(
    "main branch",
    "moving such a ref is forbidden, declared is: such a ref may be moved",
    adds({ type: "update" }),
    {
      refused: ["main.rules.update"],
    },
  ),
  ruleset(
    "main branch",
    "making such a ref is forbidden, declared is: anybody who can push may make such a ref",
    adds({ type: "creation" }),
    { refused: ["main.rules.creation"] },
  ),
  ruleset("main branch", passes("role:write (exempt)"), lets("RepositoryRole", 4, "exempt"), {
    weaker: ["main.bypass.role:write"],
  }),
  ruleset("main branch", passes("EnterpriseOwner"), lets("EnterpriseOwner", null), {
    weaker: ["main.bypass.EnterpriseOwner"],
  }),
  ruleset("develop branch", passes("User:7"), lets("User", 7), { weaker: ["develop.bypass.User:7"] }),
  ruleset("branches stay", passes("role:maintain (pull_request)"), lets("RepositoryRole", 2, "pull_request"), {
    weaker: ["branchStay.bypass.role:maintain"],
  }),
  ruleset("branches stay", passes("DeployKey"), lets("DeployKey", null), { weaker: ["branchStay.bypass.DeployKey"] }),
  ruleset("branches stay", "deletion is allowed, declared is: deletion is forbidden", without("deletion"), {
    weaker: ["branchStay.rules.deletion"],
  }),
  ruleset(
    "branches stay",
    "force pushes are allowed, declared is: force pushes are forbidden",
    without("non_fast_forward"),
    {
      weaker: ["branchStay.rules.non_fast_forward"],
    },
  ),
  ruleset(
    "branches stay",
    "it is switched off, declared is: it is enforced",
    (each) => (each.enforcement = "disabled"),
    {
      weaker: ["branchStay.enforcement"],
    },
  ),
  ruleset(
    "branches stay",
    "refs that it holds for lack refs/heads/develop",
    (each) => (each.conditions.ref_name.include = ["refs/heads/main"]),
    { weaker: ["branchStay.scope"] },
  ),
  ruleset(
    "main branch",
    "refs that it leaves out also are refs/heads/main, which nobody declared",
    (each) => (each.conditions.ref_name.exclude = ["refs/heads/main"]),
    { weaker: ["main.scope"] },
  ),
  ruleset(
    "main branch",
    "refs that it holds for also are refs/heads/release/**/*, which nobody declared",
    (each) => each.conditions.ref_name.include.push("refs/heads/release/**/*"),
    { refused: ["main.scope"] },
  ),
  ruleset(
    "branch names",
    "anybody who can push may make such a ref, declared is: making such a ref is forbidden",
    without("creation"),
    { weaker: ["branchNames.rules.creation"] },
  ),
  ruleset(
    "branch names",
    "it is only tried out, not enforced, declared is: it is enforced",
    (each) => (each.enforcement = "evaluate"),
    {
      weaker: ["branchNames.enforcement"],
    },
  ),
  ruleset(
    "branch names",
    "refs that it leaves out lack refs/heads/hotfix/**/*",
    (each) => {
      const { ref_name: names } = each.conditions;
      names.exclude = names.exclude.filter((name) => name !== "refs/heads/hotfix/**/*");
    },
    { refused: ["branchNames.scope"] },
  ),
  ruleset(
    "release tags stay",
    "refs that it holds for lack refs/tags/v*.*.*; refs that it holds for also are refs/tags/v*, which nobody declared",
    (each) => (each.conditions.ref_name.include = ["refs/tags/v*"]),
    { refused: ["tagStay.scope"] },
  ),
  {
    says: ['ruleset "branches stay" is declared and not there', 'ruleset "mine" is there, and nobody declared it'],
    change: ({ rulesets }) => Object.assign(rulesets["branches stay"] ?? {}, { name: "mine" }),
    weaker: ["branchStay"],
  },
  {
    says: [
      `${inProduction} every protected branch may enter, declared is: only chosen branches and tags may enter`,
      `${inProduction} tags that may enter lack v*.*.*`,
    ],
    change: ({ production }) => {
      production.branchPolicy = { protected_branches: true, custom_branch_policies: false };
      production.policies = [];
    },
    // Branches enter that may not, and tags no longer do.
    weaker: ["environments.production.refs"],
    refused: ["environments.production.refs"],
  },
  {
    says: [`${inProduction} apps that have a say also are 77, which nobody declared`],
    change: ({ production }) => production.customRules.push({ id: 9_999, app: github.app("other-gate") }),
    refused: ["environments.production.apps.77"],
  },
  {
    says: [`${inProduction} those who may approve lack team:platform`],
    change: ({ production }) => (production.reviewers = production.reviewers.slice(0, 1)),
    refused: ["environments.production.reviewers"],
  },
];

/** As GitHub makes one. */
function mergeQueue() {
  return {
    check_response_timeout_minutes: 60,
    grouping_strategy: "ALLGREEN",
    max_entries_to_build: 5,
    max_entries_to_merge: 5,
    merge_method: "MERGE",
    min_entries_to_merge: 1,
    min_entries_to_merge_wait_minutes: 5,
  };
}

const declared = {
  ...withinPlan(
    { repository: choice, environments: [environment] },
    { kind: "organization", plan: "enterprise", visibility: "private", advancedSecurity: false },
  ),
  github: githubSchema.parse({ owner: "acme", repository: "api" }),
  secrets: {},
};

async function look() {
  const settings = githubSchema.parse({ owner: "acme", repository: "api", baseUrl: `${github.url}/` });
  const reader = readerOf(settings, github.tokenOf("admin"));
  const census = await takeCensus(reader, { ...declared, teams: { platform } }, []);
  const scope = { isWhole: true, environments: ["production"], files: [], teams: { [platform]: "platform" } };
  const present = presentGuards(declared, await readThings(reader, scope));
  const mine = declaredGuards(declared);
  const { problems } = passGate({ declared: mine, wanted: {} }, { last: mine, present }, [], new Date());
  return {
    says: census.findings.map(({ sentence }) => sentence),
    weaker: census.weakened.map(({ weakening }) => weakening),
    refused: problems.map(({ path }) => path),
  };
}

const beyond = (after: readonly string[], before: readonly string[]) =>
  after.filter((each) => !before.includes(each)).sort();

describe("further changes by hand", () => {
  let before: Awaited<ReturnType<typeof look>>;
  beforeAll(async () => {
    before = await look();
  });

  test("are at least 15, and as many weakenings", () => {
    expect(changes.length).toBeGreaterThanOrEqual(15);
    const identifiers = changes.flatMap(({ weaker = [], refused = [] }) => [...weaker, ...refused]);
    expect(new Set(identifiers).size).toBeGreaterThanOrEqual(15);
  });

  test.each(changes.map((each) => [each.says.join("; "), each] as const))("%s", async (_, each) => {
    const restore = snapshot(repository);
    const rulesets = Object.fromEntries(repository.rulesets.map((one) => [one.name, one]));
    const [production] = repository.environments;
    if (production === undefined) throw new Error("no environment");
    each.change({ rulesets, production });
    const after = await look();
    restore();
    expect(beyond(after.says, before.says)).toEqual([...each.says].sort());
    expect(beyond(after.weaker, before.weaker)).toEqual(each.weaker ?? []);
    expect(beyond(after.refused, before.refused)).toEqual(each.refused ?? []);
  });
});
