// A team that has nothing of APE 2026: a Node library on the Free plan with checks of its own, `trunk`, two maintainers, a bot and no environment.
import { afterAll, beforeAll, expect, test } from "vitest";
import { GitHub } from "../emulators/github/github.ts";
import type { Ruleset } from "../emulators/github/rulesets.ts";
import { client } from "../emulators/github/support.ts";
import { githubStack } from "../support/github-stack.ts";
import { inDays } from "../support/in-days.ts";
import type { Ended, PulumiStack } from "../support/pulumi-stack.ts";
import { succeeded } from "../support/succeeded.ts";

const where = { owner: "rosters", repo: "semver-lite" };
const checks = ["test (20)", "test (22)", "lint"];
const bot = 31_337;

let github: GitHub;
let stack: PulumiStack;
const api = (name = "admin") => client(github, name).rest;
const writes = () => github.traffic.lines.filter((line) => !/^GET|graphql/.test(line));
const put = (path: string, content: string) =>
  api().repos.createOrUpdateFileContents({
    ...where,
    path,
    message: "feat: one",
    content: Buffer.from(content).toString("base64"),
  });

async function report(ref: string): Promise<void> {
  const { data } = await api().git.getRef({ ...where, ref: `heads/${ref}` });
  for (const name of checks) {
    const run = { ...where, name, head_sha: data.object.sha, conclusion: "success" as const };
    await api("github-actions").checks.create(run);
  }
}

beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "rosters", plan: "free" }],
    apps: [{ slug: "release-bot", id: bot }],
  });
  await api().repos.createInOrg({ org: "rosters", name: "semver-lite", visibility: "public", auto_init: true });
  await api().repos.renameBranch({ ...where, branch: "main", new_name: "trunk" });
  await put("index.js", "");
  await put("CODEOWNERS", "* @mia @noah\n");
  for (const login of ["mia", "noah"]) {
    github.world.addUser(login);
    github.repository("rosters/semver-lite").collaborators.set(login, "maintain");
  }
  await report("trunk");
  stack = githubStack("e2e-second-team", {
    github,
    owner: where.owner,
    repository: where.repo,
    account: { plan: "free" },
    rules: {
      visibility: "public",
      codeOwners: ["@mia", "@noah"],
      collaborators: { mia: "maintain", noah: "maintain" },
      branchModel: "trunk",
      requiredChecks: checks.map((name) => ({ name })),
      tagCreators: [`app:${bot}`],
      allowedActions: ["pnpm/action-setup@*"],
      pinnedActions: false,
    },
  });
  await stack.init();
});
afterAll(async () => {
  stack.remove();
  github.traffic.assertClean();
  await github.stop();
});

function refused({ code, output }: Ended): string {
  expect(code, output).not.toBe(0);
  return output;
}

test("adopt says what stops the next update, with the command for it, and changes nothing", async () => {
  github.traffic.clear();
  const output = succeeded(await stack.slipway("adopt"));
  expect(output).toContain("Mend this first:\n  slipway:github.repository: has another default branch");
  expect(output).toContain("gh api -X POST repos/rosters/semver-lite/branches/trunk/rename -f new_name=main");
  expect(refused(await stack.up())).toContain("got trunk in rosters/semver-lite; allowed main");
  expect(writes()).toEqual([]);
});

test("two maintainers answer by name for one review, and then it is as declared", async () => {
  await api().repos.renameBranch({ ...where, branch: "trunk", new_name: "main" });
  await stack.set({ "repository.branches.main.reviews": "1" });
  expect(refused(await stack.up())).toContain("{weakening: main.reviews, to: 1, by: <login>");
  const approval = { weakening: "main.reviews", to: "1", by: "mia", reason: "two of us", until: inDays(60) };
  await stack.set(
    Object.fromEntries(
      Object.entries(approval).map(([part, value]) => [`github.approvedWeakenings[0].${part}`, value]),
    ),
  );
  expect(succeeded(await stack.slipway("adopt"))).not.toContain("Mend this first");
  succeeded(await stack.up());
  succeeded(await stack.preview("--expect-no-changes"));
  // Their own CODEOWNERS is at the root.
  expect(succeeded(await stack.slipway("drift"))).toContain("rosters/semver-lite is as declared.");
});

test("nobody is locked out: one writes, the other one approves, and the bot tags", async () => {
  const { data } = await api("mia").git.getRef({ ...where, ref: "heads/main" });
  const { sha } = data.object;
  await api("mia").git.createRef({ ...where, ref: "refs/heads/feature/two", sha });
  const file = { path: "two.js", message: "feat: two", content: "", branch: "feature/two" };
  await api("mia").repos.createOrUpdateFileContents({ ...where, ...file });
  const { data: pull } = await api("mia").pulls.create({
    ...where,
    head: "feature/two",
    base: "main",
    title: "feat: two",
  });
  const at = { ...where, pull_number: pull.number };
  await report("feature/two");
  await expect(api("mia").pulls.merge(at)).rejects.toThrow(/review/);
  await api("noah").pulls.createReview({ ...at, event: "APPROVE" });
  expect((await api("mia").pulls.merge(at)).data.merged).toBe(true);
  const tag = { ...where, ref: "refs/tags/v1.0.0", sha };
  await expect(api("mia").git.createRef(tag)).rejects.toThrow();
  await api("release-bot").git.createRef(tag);
});

const named = (name: string): Ruleset => {
  const found = github.repository("rosters/semver-lite").rulesets.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no ruleset ${name}`);
  return found;
};

/** As an administrator does it, by GitHub's own API. */
async function edit(name: string, change: object): Promise<void> {
  const { id: ruleset_id, target, enforcement, conditions, bypass_actors, rules } = named(name);
  const whole = { name, target, enforcement, conditions, bypass_actors, rules, ...change };
  await client(github, "admin").request("PUT /repos/{owner}/{repo}/rulesets/{ruleset_id}", {
    ...where,
    ruleset_id,
    ...whole,
  });
}

/** What an administrator does by hand, and what drift says of it. */
const byHand: readonly (readonly [says: string, change: () => Promise<unknown>])[] = [
  [
    'ruleset "release tags stay": deletion is allowed, declared is: deletion is forbidden',
    async () => {
      // Another one of the same name.
      await api().repos.deleteRepoRuleset({ ...where, ruleset_id: named("release tags stay").id });
      const conditions = { ref_name: { include: ["refs/tags/v*.*.*"], exclude: [] } };
      const how = { target: "tag", enforcement: "active", conditions } as const;
      await api().repos.createRepoRuleset({ ...where, name: "release tags stay", ...how });
    },
  ],
  [
    'ruleset "release tags are made": those who need not follow it also are role:write, which nobody declared',
    () =>
      edit("release tags are made", {
        bypass_actors: [
          { actor_id: bot, actor_type: "Integration", bypass_mode: "always" },
          { actor_id: 4, actor_type: "RepositoryRole", bypass_mode: "always" },
        ],
      }),
  ],
  [
    "refs that it leaves out also are refs/heads/**/*, which nobody declared",
    () => edit("branch names", { conditions: { ref_name: { include: ["~ALL"], exclude: ["refs/heads/**/*"] } } }),
  ],
  [
    'ruleset "main branch": refs that it leaves out also are refs/heads/ma*, which nobody declared',
    () =>
      edit("main branch", {
        conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: ["refs/heads/ma*"] } },
      }),
  ],
  [
    "required checks also are lint (from app 31337), which nobody declared",
    () =>
      edit("main branch", {
        rules: named("main branch").rules.map((rule) =>
          rule.type !== "required_status_checks"
            ? rule
            : {
                type: rule.type,
                parameters: {
                  strict_required_status_checks_policy: false,
                  required_status_checks: [{ context: "lint", integration_id: bot }],
                },
              },
        ),
      }),
  ],
  [
    "collaborator mia: the role is read, declared is: the role is maintain",
    () => api().repos.addCollaborator({ ...where, username: "mia", permission: "pull" }),
  ],
  [
    "collaborator noah: the role is admin, declared is: the role is maintain",
    () => api().repos.addCollaborator({ ...where, username: "noah", permission: "admin" }),
  ],
  [
    'label "type: perf" is declared and not there',
    () => api().issues.updateLabel({ ...where, name: "type: perf", new_name: "speed" }),
  ],
  ["security: alerts about vulnerable dependencies are off", () => api().repos.disableVulnerabilityAlerts(where)],
  [
    "security: private reports of vulnerabilities are off",
    () => api().repos.disablePrivateVulnerabilityReporting(where),
  ],
  [
    "security: code scanning (CodeQL) is off",
    () => api().codeScanning.updateDefaultSetup({ ...where, state: "not-configured" }),
  ],
  [
    "allowed actions also are */*@*, which nobody declared",
    () =>
      api().actions.setAllowedActionsRepository({
        ...where,
        github_owned_allowed: true,
        verified_allowed: true,
        patterns_allowed: ["*/*@*"],
      }),
  ],
  [
    "pull requests: a squashed commit's title comes from COMMIT_OR_PR_TITLE",
    () =>
      api().repos.update({
        ...where,
        allow_rebase_merge: true,
        squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
        squash_merge_commit_message: "COMMIT_MESSAGES",
      }),
  ],
];

test("what an administrator changes by hand drift names, and one plain update mends", async () => {
  for (const [, change] of byHand) await change();
  const { code, output } = await stack.slipway("drift");
  expect(code).toBe(5);
  expect(byHand.filter(([says]) => !output.includes(says))).toEqual([]);
  expect(output).toContain("line 1, column 3 of CODEOWNERS is ignored by GitHub: Unknown owner");
  // Whoever can't write answers for nothing, so somebody else signs.
  await stack.set({ "github.approvedWeakenings[0].by": "admin" });
  succeeded(await stack.up());
  const left = await stack.slipway("drift");
  expect(left.output).toContain(
    'is not as declared (1 undeclared):\n- label "speed" is there, and nobody declared it.',
  );
  await api().issues.deleteLabel({ ...where, name: "speed" });
  succeeded(await stack.preview("--expect-no-changes"));
});

test("every weakening of the configuration is named before anything is written", async () => {
  await stack.set({
    "repository.branches.main.reviews": "0",
    "repository.branches.main.dismissStaleReviews": "false",
    "repository.branches.main.resolvedThreads": "false",
    "repository.branches.main.upToDate": "false",
    "repository.branches.main.bypass[0]": "role:maintain",
    "repository.tagCreators[1]": "role:write",
    "repository.branchNames[0]": "**/*",
    "repository.allowedActions[1]": "someone/*@*",
    "repository.collaborators.noah": "admin",
    "repository.codeScanning": "false",
    "repository.immutableReleases": "false",
  });
  github.traffic.clear();
  const output = refused(await stack.up());
  for (const weakening of [
    "main.reviews",
    "main.dismissStaleReviews",
    "main.resolvedThreads",
    "main.upToDate",
    "main.bypass.role:maintain",
    "tagCreation.bypass.role:write",
    "branchNames.scope",
    "actions.allowed",
    "repository.administrator.user:noah",
    "repository.codeScanning",
    "repository.immutableReleases",
  ]) {
    expect(output).toContain(`${weakening}: is weakened`);
  }
  expect(writes()).toEqual([]);
  for (const key of ["dismissStaleReviews", "resolvedThreads", "upToDate", "bypass"]) {
    await stack.unset(`repository.branches.main.${key}`);
  }
  for (const key of ["tagCreators[1]", "branchNames", "allowedActions[1]", "codeScanning", "immutableReleases"]) {
    await stack.unset(`repository.${key}`);
  }
  await stack.set({
    "repository.branches.main.reviews": "1",
    "repository.collaborators.noah": "maintain",
  });
});

test("drift accuses nobody falsely, whatever the token", async () => {
  const users = ["admin", "maintainer", "writer", "reader", "release-bot", "github-actions"];
  for (const name of users) {
    const output = succeeded(await stack.as(github.tokenOf(name)).slipway("drift"));
    expect(output).toContain("rosters/semver-lite is as declared");
  }
  Object.assign(github.world.user("reader") ?? {}, { token: "github_pat_of_a_reader" });
  expect(succeeded(await stack.as("github_pat_of_a_reader").slipway("drift"))).toContain("is as declared");
  expect(refused(await stack.as("").slipway("drift"))).toContain("GITHUB_TOKEN is not set");
});
