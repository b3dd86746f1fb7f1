import type { Octokit } from "@octokit/rest";
import { execFile } from "node:child_process";
import { afterAll, describe, expect, test } from "vitest";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";
import { giveService, playFirstGate } from "../support/first-gate.ts";
import { inDays } from "../support/in-days.ts";
import { githubStack, neededSecrets, type GitHubStackArgs } from "../support/github-stack.ts";
import type { PulumiStack } from "../support/pulumi-stack.ts";

const where = { owner: "acme", repo: "ape-2026" };
const cleanups: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
});

/** One repository that was there before Slipway. */
interface Fixture {
  readonly title: string;
  readonly make: (api: Octokit, github: GitHub) => Promise<unknown>;
  /** More of `slipway:repository`. */
  readonly rules?: object;
  /** The stack declares an environment. @default true */
  readonly hasEnvironment?: boolean;
  /** The owner's. @default team */
  readonly plan?: "free" | "team";
  /** What GitHub has is stricter here; who takes it over answers for that. */
  readonly weakenings?: readonly string[];
  /** What the command says it took over, among other things. */
  readonly takes: readonly string[];
  /** Warnings of the first preview, each with what to do. */
  readonly warns?: RegExp;
  /** What is so after it. */
  readonly then?: (hands: { github: GitHub; stack: PulumiStack; output: string }) => Promise<void>;
  /** Whether `pulumi up` goes through after it. */
  readonly up: "goes through" | "is refused before anything is written";
}

const environment = {
  name: "staging",
  reviewers: { users: ["maintainer"] },
  variables: { API_URL: "https://staging.api.ape2026.com" },
};

async function start(api: Octokit, branch = "main"): Promise<void> {
  await api.rest.repos.createInOrg({ org: "acme", name: "ape-2026", visibility: "public", auto_init: true });
  if (branch === "main") return;
  await api.rest.repos.renameBranch({ ...where, branch: "main", new_name: branch });
}

async function develop(api: Octokit): Promise<void> {
  const { data } = await api.rest.git.getRef({ ...where, ref: "heads/main" });
  await api.rest.git.createRef({ ...where, ref: "refs/heads/develop", sha: data.object.sha });
}

/**
 * Files come by pull request, and a check is required only once something has reported it: from there `slipway workflows apply`, one pull
 * request and its ci.yml lead to the first green gate.
 */
async function guardedAlready({ github, stack, output }: { github: GitHub; stack: PulumiStack; output: string }) {
  const api = client(github, "admin").rest;
  const { data: pulls } = await api.pulls.list(where);
  expect(pulls.map(({ head }) => head.ref)).toEqual(["feature/slipway-files"]);
  expect(output).toContain(`wait for the merge of ${pulls[0]?.html_url ?? ""}`);
  const rules = async () => (await api.repos.getBranchRules({ ...where, branch: "main" })).data.map(({ type }) => type);
  expect(await rules()).not.toContain("required_status_checks");
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.code, preview.output).toBe(0);
  expect(preview.output).toContain("main does not require Gate yet, because nothing has reported it");
  expect(preview.output).toContain("wait for the merge of");
  const requireGate = async () => {
    const { code, output: said } = await stack.up();
    expect(code, said).toBe(0);
    expect(await rules()).toContain("required_status_checks");
  };
  await playFirstGate({ github, ...where, approvers: ["maintainer", "admin"], requireGate });
}

const requiredOn = async (github: GitHub, branch: string) => {
  const { data } = await client(github, "admin").rest.repos.getBranchProtection({ ...where, branch });
  return data.required_status_checks?.checks.map(({ context }) => context);
};

/** Until the gate has reported, nothing else would hold main back. */
async function oldCheckUntilGate({ github, stack, output }: { github: GitHub; stack: PulumiStack; output: string }) {
  expect(await requiredOn(github, "main")).toEqual(["old-ci"]);
  expect(output).toContain("Until then it requires old-ci, as before");
  const { data } = await client(github, "admin").rest.pulls.list(where);
  const run = { ...where, name: "Gate", head_sha: data[0]?.head.sha ?? "", conclusion: "success" as const };
  await client(github, "github-actions").rest.checks.create(run);
  const refused = await stack.up();
  expect(refused.output).toContain("main.checks.old-ci: is weakened");
  await stack.set({
    "github.approvedWeakenings[0].weakening": "main.checks.old-ci",
    "github.approvedWeakenings[0].by": "admin",
    "github.approvedWeakenings[0].reason": "the gate reports for it",
    "github.approvedWeakenings[0].until": inDays(30),
  });
  const { code, output: said } = await stack.up();
  expect(code, said).toBe(0);
  expect(await requiredOn(github, "main")).toEqual(["Gate"]);
}

/** An app that sets commit statuses. */
const circle = 18_001;

async function report(github: GitHub, ref: string): Promise<void> {
  const { data } = await client(github, "admin").rest.git.getRef({ ...where, ref: `heads/${ref}` });
  const sha = data.object.sha;
  const run = { ...where, name: "test", head_sha: sha, conclusion: "success" as const };
  await client(github, "github-actions").rest.checks.create(run);
  const status = { ...where, sha, state: "success" as const, context: "ci/circle: build" };
  await client(github, "circle").rest.repos.createCommitStatus(status);
}

/** Nobody is locked out: a writer's change reaches main as before, with the team's own checks and no gate. */
async function othersGoOn({ github, stack, output }: { github: GitHub; stack: PulumiStack; output: string }) {
  expect(output).not.toMatch(/does not require|nobody has written/);
  const writer = client(github, "writer").rest;
  const { data } = await writer.git.getRef({ ...where, ref: "heads/main" });
  await writer.git.createRef({ ...where, ref: "refs/heads/feature/two", sha: data.object.sha });
  const file = { path: "two.js", message: "feat: two", content: "" };
  await writer.repos.createOrUpdateFileContents({ ...where, ...file, branch: "feature/two" });
  const { data: pull } = await writer.pulls.create({ ...where, head: "feature/two", base: "main", title: "feat: two" });
  const at = { ...where, pull_number: pull.number };
  for (const by of ["maintainer", "admin"])
    await client(github, by).rest.pulls.createReview({ ...at, event: "APPROVE" });
  await expect(writer.pulls.merge(at)).rejects.toThrow('Required status check "test" is expected');
  await report(github, "feature/two");
  expect((await writer.pulls.merge(at)).data.merged).toBe(true);
  const { stdout } = await slipway("drift", stack, "--json");
  const { findings } = JSON.parse(stdout) as { findings: { sentence: string }[] };
  expect(
    findings
      .map(({ sentence }) => sentence)
      .filter((sentence) => !sentence.endsWith("on main is declared and not there")),
  ).toEqual(["classic protection of main is there, and nobody declared it"]);
}

const ruleset = (api: Octokit, name: string) =>
  api.rest.repos.createRepoRuleset({
    ...where,
    name,
    target: "branch",
    enforcement: "active",
    conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
    rules: [{ type: "deletion" }, { type: "pull_request", parameters: pullRequest }],
  });

const pullRequest = {
  required_approving_review_count: 1,
  dismiss_stale_reviews_on_push: false,
  require_code_owner_review: false,
  require_last_push_approval: false,
  required_review_thread_resolution: false,
};

async function environments(api: Octokit): Promise<void> {
  const inside = { ...where, environment_name: "staging" };
  await api.rest.repos.createOrUpdateEnvironment({
    ...inside,
    wait_timer: 7,
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  await api.rest.repos.createDeploymentBranchPolicy({ ...inside, name: "main" });
  await api.rest.actions.createEnvironmentVariable({ ...inside, name: "API_URL", value: "old" });
  await api.rest.repos.createOrUpdateEnvironment({ ...where, environment_name: "other" });
}

const fixtures: readonly Fixture[] = [
  {
    title: "empty",
    make: (api) => api.rest.repos.createInOrg({ org: "acme", name: "ape-2026", visibility: "public" }),
    takes: ["Repository ape-2026"],
    warns: /is empty, and only what has a first commit can be protected/,
    up: "is refused before anything is written",
  },
  {
    title: "default labels, and one of ours in other letters",
    make: async (api) => {
      await start(api);
      await api.rest.issues.createLabel({ ...where, name: "Type: Feat", color: "ffffff" });
    },
    takes: ["Repository ape-2026", "IssueLabel ape-2026:Type: Feat"],
    up: "goes through",
  },
  {
    title: "legacy master",
    make: (api) => start(api, "master"),
    takes: ["Repository ape-2026", "BranchDefault ape-2026"],
    warns: /another default branch, .* gh api -X POST repos\/acme\/ape-2026\/branches\/master\/rename -f new_name=main/,
    up: "is refused before anything is written",
  },
  {
    title: "existing environments and rulesets",
    make: async (api, github) => {
      await start(api);
      await develop(api);
      const path = "CODEOWNERS";
      const content = Buffer.from("* @admin\n").toString("base64");
      await api.rest.repos.createOrUpdateFileContents({ ...where, path, message: "docs: owners", content });
      await giveService({ github, ...where });
      await ruleset(api, "main branch");
      await ruleset(api, "somebody's own");
      await environments(api);
      await api.rest.repos.addCollaborator({ ...where, username: "writer", permission: "maintain" });
    },
    rules: { collaborators: { writer: "write" } },
    takes: [
      "Branch ape-2026:develop",
      "RepositoryCollaborator ape-2026:writer",
      "RepositoryEnvironment ape-2026:staging",
      "ActionsEnvironmentVariable ape-2026:staging:API_URL",
    ],
    then: guardedAlready,
    weakenings: ["environments.staging.waitMinutes", "environments.staging.refs"],
    up: "goes through",
  },
  {
    title: "protected the classic way",
    make: async (api) => {
      await start(api);
      await develop(api);
      await api.rest.repos.updateBranchProtection({
        ...where,
        branch: "main",
        // oxlint-disable-next-line typescript/no-deprecated -- as older repositories have it
        required_status_checks: { strict: false, contexts: ["old-ci"] },
        enforce_admins: null,
        required_pull_request_reviews: { required_approving_review_count: 1 },
        restrictions: null,
      });
    },
    rules: { rules: "classic" },
    takes: ["BranchProtection ape-2026:main", "Branch ape-2026:develop"],
    then: oldCheckUntilGate,
    up: "goes through",
  },
  {
    title: "a second team's library: other checks, no environment, another plan",
    make: async (api, github) => {
      await start(api);
      await develop(api);
      await api.rest.repos.createOrUpdateFileContents({
        ...where,
        path: "index.js",
        message: "feat: one",
        content: "",
      });
      await api.rest.repos.updateBranchProtection({
        ...where,
        branch: "main",
        // oxlint-disable-next-line typescript/no-deprecated -- as older repositories have it
        required_status_checks: { strict: false, contexts: ["test"] },
        enforce_admins: null,
        required_pull_request_reviews: { required_approving_review_count: 1 },
        restrictions: null,
      });
      await report(github, "main");
    },
    plan: "free",
    hasEnvironment: false,
    rules: { requiredChecks: [{ name: "test" }, { name: "ci/circle: build", app: circle }] },
    takes: ["Repository ape-2026", "Branch ape-2026:develop"],
    then: othersGoOn,
    up: "goes through",
  },
  {
    title: "archived",
    make: async (api) => {
      await start(api);
      await develop(api);
      await api.rest.repos.update({ ...where, archived: true });
    },
    takes: ["Repository ape-2026", "Branch ape-2026:develop"],
    warns: /is archived, so GitHub takes no change to it/,
    up: "is refused before anything is written",
  },
];

const writes = (github: GitHub) => github.traffic.lines.filter((line) => !/^GET|graphql/.test(line));

/** Runs a command itself; at most 4 minutes. */
function slipway(
  command: string,
  stack: PulumiStack,
  ...more: string[]
): Promise<{ code: number; stdout: string; output: string }> {
  const { stack: name } = stack.files;
  const args = [command, "--stack", name, "--config-file", `${stack.folder}/Pulumi.${name}.yaml`, ...more];
  return new Promise((resolve) => {
    execFile("bin/slipway", args, { env: stack.env, timeout: 240_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, output: stdout + stderr });
    });
  });
}

/** How often each operation is in a preview. */
async function operations(stack: PulumiStack): Promise<{ counts: Record<string, number>; output: string }> {
  const { code, stdout, output } = await stack.preview("--json");
  expect(code, output).toBe(0);
  const { changeSummary } = JSON.parse(stdout) as { changeSummary: Record<string, number> };
  return { counts: changeSummary, output };
}

describe.concurrent("a repository that was there before", () => {
  test.each(fixtures.map((fixture, index) => [fixture.title, index, fixture] as const))(
    "%s",
    async (
      _,
      index,
      { make, rules, hasEnvironment = true, plan = "team", weakenings = [], takes, warns, up, then },
    ) => {
      const apps = [{ slug: "circle", id: circle }];
      const github = await GitHub.start({ accounts: [{ login: "acme", plan }], apps });
      cleanups.push(() => github.stop());
      await make(client(github, "admin"), github);
      const args: GitHubStackArgs = {
        github,
        owner: "acme",
        rules: { visibility: "public", codeOwners: ["@maintainer"], ...rules },
        ...(hasEnvironment ? { environment } : {}),
      };
      const approved = weakenings.map((weakening) => ({
        weakening,
        by: "admin",
        reason: "taken over",
        until: inDays(30),
      }));
      const name = `e2e-adopt-${index}`;
      const stack = githubStack(name, args);
      cleanups.push(() => {
        stack.remove();
      });
      await stack.init();
      if (hasEnvironment) await stack.setSecrets(neededSecrets(args));

      github.traffic.clear();
      if (weakenings.length > 0) {
        const refused = await slipway("adopt", stack);
        expect(refused.code).toBe(1);
        for (const weakening of weakenings) expect(refused.output).toContain(`${weakening}: is weakened`);
        expect(refused.output).not.toContain("slipway:image");
        await stack.set(
          Object.fromEntries(
            approved.flatMap((approval, at) =>
              Object.entries(approval).map(([part, value]) => [`github.approvedWeakenings[${at}].${part}`, value]),
            ),
          ),
        );
      }
      const first = await slipway("adopt", stack);
      expect(first.code, first.output).toBe(0);
      for (const taken of takes) expect(first.output).toContain(`  ${taken}\n`);
      expect(first.output).toContain("Next: pulumi preview --diff");
      if (up === "goes through") {
        expect(first.output).toMatch(
          /changes for the people of this repository:\n {2}main\n {4}today: .+\n {4}then: {2}/,
        );
      }

      const { counts, output } = await operations(stack);
      expect(Object.keys(counts), output).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/replace|delete/)]),
      );
      expect(counts.update).toBeGreaterThan(0);
      if (warns) expect(output).toMatch(warns);
      expect(writes(github)).toEqual([]);

      const second = await slipway("adopt", stack);
      expect(second.output).toContain("Nothing to adopt");
      const done = await stack.up();
      expect(done.code === 0 ? "goes through" : "is refused before anything is written", done.output).toBe(up);
      await then?.({ github, stack, output: done.output });
      if (up === "goes through")
        expect((await operations(stack)).counts).toEqual({ same: expect.any(Number) as number });
      else expect(writes(github)).toEqual([]);
      github.traffic.assertClean();
    },
  );
});
