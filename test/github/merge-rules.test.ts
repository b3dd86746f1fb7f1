// What a branch asks of merges beside reviews and checks.
import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { branchRuleset, mergesRuleset, namedRulesetSetting, rulesetSetting } from "../../github/kinds/ruleset.ts";
import { branchRules } from "../../github/kinds/branch-rules.ts";
import { ensure, type Send } from "../../github/api-setting.ts";
import type { Json } from "../../github/compare.ts";
import { teamRoles } from "../../github/kinds/access.ts";
import { withinPlan, type Account } from "../../github/plan/limits.ts";
import { readerOf } from "../../github/read/reader.ts";
import { githubSchema, repositorySchema } from "../../github/schema.ts";
import { githubProblems } from "../../github/settings-problems.ts";
import { takeCensus } from "../../github/take-census.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client, refused } from "../emulators/github/support.ts";
import { govern } from "../support/governed-repository.ts";
import { recordGitHub } from "../support/github-program.ts";

const where = { owner: "acme", repo: "api" };
const usual = { reviews: 0, codeOwners: false, lastPushApproval: false, upToDate: false };
const base = { visibility: "private", codeOwners: ["@acme/platform"] };
const declared = repositorySchema.parse({
  ...base,
  requiredChecks: [{ name: "test" }],
  branches: {
    main: { ...usual, requiredReviewers: [{ team: "platform", files: ["infra/**/*", "*.tf"] }], mergeKinds: ["merge"] },
    develop: { ...usual, mergeQueue: { groupWaitMinutes: 0 }, requiredScans: { CodeQL: {} } },
  },
});
const own: Account = { kind: "organization", plan: "enterprise", visibility: "private", advancedSecurity: true };

let github: GitHub;
let writer: Octokit;
let platform: number;
let other: number;

beforeAll(async () => {
  const teams = { platform: ["maintainer"], other: ["admin"] };
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "enterprise", teams }] });
  writer = client(github, "writer");
  const idOf = async (team_slug: string) => (await writer.rest.teams.getByName({ org: "acme", team_slug })).data.id;
  [platform, other] = await Promise.all([idOf("platform"), idOf("other")]);
  await govern(github, "api", declared, { platform });
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

/** A pull request with one commit that changes one file; its checks are green. */
async function pullRequest(to: string, file: string): Promise<{ readonly number: number; readonly sha: string }> {
  const head = `feature/${file.replaceAll(/\W/g, "-")}-${to}`;
  const from = await writer.rest.git.getRef({ ...where, ref: `heads/${to}` });
  await writer.rest.git.createRef({ ...where, ref: `refs/heads/${head}`, sha: from.data.object.sha });
  const change = { path: file, message: `feat: ${file}`, content: "", branch: head };
  const sha = (await writer.rest.repos.createOrUpdateFileContents({ ...where, ...change })).data.commit.sha ?? "";
  const { rest } = client(github, "github-actions");
  await rest.checks.create({ ...where, name: "test", head_sha: sha, status: "completed", conclusion: "success" });
  const { data } = await writer.rest.pulls.create({ ...where, head, base: to, title: `feat: ${file}` });
  return { number: data.number, sha };
}

const merge = (pull_number: number, merge_method: "merge" | "squash" = "merge") =>
  writer.rest.pulls.merge({ ...where, pull_number, merge_method });
const approve = (as: string, pull_number: number) =>
  client(github, as).rest.pulls.createReview({ ...where, pull_number, event: "APPROVE" });

test("a branch takes the ways to merge that it names, whatever the repository allows", async () => {
  const { number } = await pullRequest("main", "src/a.py");
  expect(await refused(merge(number, "squash"))).toMatchObject({ status: 405 });
  expect((await merge(number)).data.merged).toBe(true);
});

test("who has to approve depends on what is changed", async () => {
  const { number } = await pullRequest("main", "infra/dns/zone.txt");
  await approve("admin", number);
  expect((await refused(merge(number))).message).toContain("Waiting on 1 approving review from platform.");
  await approve("maintainer", number);
  expect((await merge(number)).data.merged).toBe(true);
});

test("a queue lets nobody past it, and scans are waited for", async () => {
  const { number, sha } = await pullRequest("develop", "src/b.py");
  const said = (await refused(merge(number))).message;
  expect(said).toContain("Changes must be made through the merge queue.");
  expect(said).toContain("Code scanning is waiting for results from CodeQL");
  github.repository("acme/api").analyses.push({ tool: "CodeQL", commit: sha });
  expect((await refused(merge(number))).message).not.toContain("Code scanning");
});

describe("drift", () => {
  const sentences = async (as = "admin", teams: Readonly<Record<string, number>> = { platform, other }) => {
    const settings = githubSchema.parse({ owner: "acme", repository: "api", baseUrl: `${github.url}/` });
    const { findings } = await takeCensus(
      readerOf(settings, github.tokenOf(as)),
      { ...withinPlan({ repository: declared }, own), github: settings, secrets: {}, teams },
      [],
    );
    return findings
      .map(({ sentence }) => sentence)
      .filter((sentence) => /ruleset "(main|develop) (branch|merges)"/.test(sentence));
  };
  const ruleset = (name: string) => github.repository("acme/api").rulesets.find((each) => each.name === name);
  const parameters = (name: string, type: string) => {
    const rule = ruleset(name)?.rules.find((each) => each.type === type);
    return ((rule && "parameters" in rule ? rule.parameters : undefined) ?? {}) as Record<string, unknown>;
  };

  test("is silent where all is as declared", async () => {
    expect(await sentences()).toEqual([]);
  });

  test("tells each change, and an update makes it as declared again", async () => {
    const pull = parameters("main branch", "pull_request");
    Object.assign(pull, {
      allowed_merge_methods: ["merge", "squash"],
      required_reviewers: [
        { minimum_approvals: 1, file_patterns: ["infra/**/*", "*.tf"], reviewer: { id: other, type: "Team" } },
      ],
    });
    Object.assign(parameters("develop merges", "merge_queue"), { grouping_strategy: "HEADGREEN" });
    Object.assign(parameters("develop merges", "code_scanning"), {
      code_scanning_tools: [{ tool: "CodeQL", alerts_threshold: "none", security_alerts_threshold: "critical" }],
    });
    expect(await sentences()).toEqual([
      'ruleset "main branch": ways to merge also are squash, which nobody declared',
      'ruleset "main branch": reviewers of some files lack team:platform for infra/**/*, *.tf (1); reviewers of some files also are team:other for infra/**/*, *.tf (1), which nobody declared',
      'ruleset "develop merges": settings of the merge queue lack green is ALLGREEN; settings of the merge queue also are green is HEADGREEN, which nobody declared',
      'ruleset "develop merges": scans whose alerts stop a merge lack CodeQL (errors); scans whose alerts stop a merge also are CodeQL (no alert), which nobody declared',
      'ruleset "develop merges": scans whose security alerts stop a merge lack CodeQL (high or higher); scans whose security alerts stop a merge also are CodeQL (critical), which nobody declared',
    ]);
    for (const branch of ["main", "develop"] as const) await set(branch, declared);
    expect(await sentences()).toEqual([]);
  });

  test("what is no longer declared goes, where neither the plugin nor its state would know of it", async () => {
    const none = repositorySchema.parse({ ...base, requiredChecks: [{ name: "test" }] });
    await set("main", none);
    expect(parameters("main branch", "pull_request")).toMatchObject({
      allowed_merge_methods: ["merge", "squash", "rebase"],
      required_reviewers: [],
    });
    await set("main", declared);
  });

  test("a ruleset of merges that somebody removed or renamed is made anew", async () => {
    const { rulesets } = github.repository("acme/api");
    rulesets.splice(
      rulesets.findIndex(({ name }) => name === "develop merges"),
      1,
    );
    expect(await sentences()).toEqual(['ruleset "develop merges" is declared and not there']);
    await set("develop", declared);
    expect(await sentences()).toEqual([]);
  });

  test("says nothing of reviewers where this token may not see what their team is called", async () => {
    await set("main", declared);
    expect(await sentences("github-actions", {})).toEqual([]);
    Object.assign(parameters("main branch", "pull_request"), {
      required_reviewers: [{ minimum_approvals: 1, file_patterns: ["x"], reviewer: { id: other, type: "Team" } }],
    });
    expect(await sentences("reader", {})).toEqual([]);
    // Of an administrator no team is hidden, and one without a role in the repository has its number.
    expect(await sentences("admin", { platform })).toEqual([
      `ruleset "main branch": reviewers of some files lack team:platform for infra/**/*, *.tf (1); reviewers of some files also are team:${other} for x (1), which nobody declared`,
    ]);
    await set("main", declared);
  });

  async function set(branch: "main" | "develop", settings: typeof declared): Promise<void> {
    const wanted = branchRuleset(branchRules(branch, settings), { platform });
    const { id = 0 } = ruleset(wanted.name) ?? {};
    const api = client(github, "admin");
    const send: Send = async (method, path, body) => {
      const answer = await api.request(`${method} ${path}`, body as Record<string, unknown> | undefined);
      return { status: answer.status, data: answer.data as Json };
    };
    await ensure(send, rulesetSetting(`/repos/acme/api/rulesets/${id}`, wanted, true));
    const merges = mergesRuleset(branchRules(branch, settings));
    if (merges) await ensure(send, namedRulesetSetting("/repos/acme/api", merges));
  }
});

test("the provider is given what it knows, and no ruleset that an older plugin looks after has a rule that it does not know", async () => {
  const { main, develop } = declared.branches;
  const resources = await recordGitHub({ hasOlderPlugin: true, repository: { branches: { main, develop } } });
  const rules = (branch: string) =>
    resources.find(({ name, type }) => name === `repository-${branch}-rules-ruleset` && type.startsWith("github:"))
      ?.inputs.rules;
  expect(rules("main")).toMatchObject({
    pullRequest: {
      allowedMergeMethods: ["merge"],
      requiredReviewers: [{ filePatterns: ["infra/**/*", "*.tf"], reviewer: { id: 70, type: "Team" } }],
    },
  });
  expect(Object.keys(rules("develop") as object)).not.toContain("mergeQueue");
  const step = resources.find(({ name }) => name === "repository-develop-rules-merges");
  expect(String(step?.inputs.stdin)).toMatch(/"type":"merge_queue".*"type":"code_scanning"/);
  expect(resources.filter(({ name }) => name === "repository-main-rules-merges")).toEqual([]);
});

test.each([
  ["with an older plugin", { hasOlderPlugin: true }, "main"],
  [
    "after somebody changed it by hand",
    { marks: [{ kind: "ruleset", name: "main branch", is: "changed", at: "2026-11-24T12:00:00.000Z" } as const] },
    "main",
  ],
])("that nothing is asked for is said %s", async (_, choice, branch) => {
  const resources = await recordGitHub(choice);
  const step = resources.find(({ name }) => name === `repository-${branch}-rules-ruleset-read-back`);
  expect(String(step?.inputs.stdin)).toContain('"required_reviewers":[]');
});

test("nothing of it is said where a stack does not name it", async () => {
  const resources = await recordGitHub();
  const steps = resources.filter(({ name }) => name.endsWith("-rules-ruleset-read-back"));
  expect(steps.map(({ inputs }) => String(inputs.stdin)).join()).not.toMatch(
    /allowed_merge_methods|required_reviewers|merge_queue|code_scanning/,
  );
});

test("a team that approves changes of some files can write, because GitHub counts no other's approval", () => {
  expect(teamRoles({ repository: repositorySchema.parse({ ...base, branches: reviewedBy("infra") }) })).toMatchObject({
    infra: "write",
  });
  expect(problems({ teams: { infra: "triage" }, branches: reviewedBy("infra") })).toEqual([
    "slipway:repository.teams.infra can't write, and GitHub ignores the approval of one who can't",
  ]);
});

const reviewedBy = (team: string) => ({ main: { requiredReviewers: [{ team, files: ["*.tf"] }] } });

const problems = (change: object) =>
  githubProblems({
    github: githubSchema.parse({ owner: "acme", repository: "api" }),
    repository: repositorySchema.parse({ ...base, ...change }),
    environment: undefined,
    environments: [],
    ...{ repositoryDefaults: {}, repositories: {} },
    ...{ webhookSecrets: {}, repositorySecrets: {}, dependabotSecrets: {}, environmentSecrets: {} },
  }).map(({ path, problem }) => `${path} ${problem}`);

test.each<[string, object, string[]]>([
  ["squash on develop", { branches: { develop: { mergeKinds: ["squash"] } } }, []],
  [
    "a way to merge that the repository does not allow",
    { branches: { main: { mergeKinds: ["merge", "rebase"] } } },
    [
      "slipway:repository.branches.main.mergeKinds names a way to merge that slipway:repository.mergeKinds does not allow",
    ],
  ],
  [
    "a queue that merges otherwise than its branch",
    { branches: { main: { mergeKinds: ["merge"], mergeQueue: { kind: "squash" } } } },
    ["slipway:repository.branches.main.mergeQueue.kind is a way to merge that the branch does not take"],
  ],
  [
    "a group that is never full",
    { branches: { main: { mergeQueue: { groupAtLeast: 6 } } } },
    ["slipway:repository.branches.main.mergeQueue.groupAtLeast is more than groupAtMost"],
  ],
  [
    "classic protection",
    { rules: "classic", branches: { main: { mergeQueue: {}, requiredScans: { CodeQL: {} } } } },
    ["mergeQueue", "requiredScans"].map(
      (part) => `slipway:repository.branches.main.${part} is not known to classic protection`,
    ),
  ],
  [
    "one team twice",
    {
      branches: {
        main: {
          requiredReviewers: [...reviewedBy("a").main.requiredReviewers, ...reviewedBy("a").main.requiredReviewers],
        },
      },
    },
    ["slipway:repository.branches.main.requiredReviewers names a team twice for the same files"],
  ],
])("wrong settings: %s", (_, change, told) => {
  expect(problems(change)).toEqual(told);
});

test.each<[string, Partial<Account>, object, string | undefined]>([
  ["a queue on a public repository", { plan: "free", visibility: "public" }, { mergeQueue: {} }, undefined],
  ["a queue on a private one", { plan: "team" }, { mergeQueue: {} }, "merge queues need an organisation"],
  ["a user's queue", { kind: "user", visibility: "public" }, { mergeQueue: {} }, "merge queues need an organisation"],
  ["a user's team", { kind: "user" }, reviewedBy("a").main, "a user's repositories have no teams that could review"],
  [
    "scans of a private one",
    { advancedSecurity: false },
    { requiredScans: { CodeQL: {} } },
    "code scanning of private",
  ],
])("limits of the plan: %s", (_, change, main, told) => {
  const account = { ...own, ...change };
  const wanted = {
    repository: repositorySchema.parse({ ...base, branches: { main }, visibility: account.visibility }),
  };
  const { limits, repository } = withinPlan(wanted, account);
  const mine = limits.map(({ reason }) => reason).filter((reason) => !reason.includes("code owners"));
  expect(mine.filter((reason) => reason.startsWith(told ?? "-"))).toHaveLength(told === undefined ? 0 : 1);
  const left = repository?.branches.main;
  const isLeft = (left?.requiredReviewers.length ?? 0) + Object.keys(left?.requiredScans ?? {}).length > 0;
  expect(isLeft || left?.mergeQueue !== undefined).toBe(told === undefined);
});
