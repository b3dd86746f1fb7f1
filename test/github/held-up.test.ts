import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { branchTurns } from "../../github/changes-for-people.ts";
import { askHeldUp, heldUpLines, heldUpTitle, lacking } from "../../github/held-up.ts";
import { declaredThings } from "../../github/kinds/index.ts";
import { branchRules } from "../../github/kinds/branch-rules.ts";
import { branchRuleset, rulesetJson } from "../../github/kinds/ruleset.ts";
import { withinPlan } from "../../github/plan/limits.ts";
import { readThings } from "../../github/read/read-things.ts";
import { readerOf } from "../../github/read/reader.ts";
import { githubSchema, repositorySchema } from "../../github/schema.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client, refused } from "../emulators/github/support.ts";

const where = { owner: "acme", repo: "api" };
const account = { kind: "organization", plan: "enterprise", visibility: "public", advancedSecurity: false } as const;
const choice = repositorySchema.parse({
  visibility: "public",
  codeOwners: ["@maintainer"],
  branches: { main: { codeOwners: false }, develop: { codeOwners: false } },
});
const { repository } = withinPlan({ repository: choice }, account);

let github: GitHub;
const as = (name: string) => client(github, name).rest;

/** A branch with one more file than main, and a pull request from it; by a user with write access. */
async function proposed(branch: string, base = "main"): Promise<number> {
  const api = as("writer");
  const { data } = await api.git.getRef({ ...where, ref: "heads/main" });
  await api.git.createRef({ ...where, ref: `refs/heads/${branch}`, sha: data.object.sha });
  const file = { path: branch, message: `feat: ${branch}`, content: "", branch };
  await api.repos.createOrUpdateFileContents({ ...where, ...file });
  return (await api.pulls.create({ ...where, title: `feat: ${branch}`, head: branch, base })).data.number;
}

const approved = (number: number, ...people: string[]) =>
  Promise.all(people.map((name) => as(name).pulls.createReview({ ...where, pull_number: number, event: "APPROVE" })));

async function green(number: number): Promise<void> {
  const { head } = (await as("writer").pulls.get({ ...where, pull_number: number })).data;
  const run = { name: "Gate", head_sha: head.sha, status: "completed", conclusion: "success" } as const;
  await client(github, "github-actions").rest.checks.create({ ...where, ...run });
}

let pulls: Record<"ready" | "alone" | "behind" | "toDevelop", number>;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "enterprise" }] });
  await as("admin").repos.createInOrg({ org: "acme", name: "api", auto_init: true, visibility: "public" });
  const behind = await proposed("feature/behind");
  const { data } = await as("admin").repos.createOrUpdateFileContents({
    ...where,
    path: "later",
    message: "feat: later",
    content: "",
  });
  await as("admin").git.createRef({ ...where, ref: "refs/heads/develop", sha: data.commit.sha ?? "" });
  pulls = {
    ready: await proposed("feature/ready"),
    alone: await proposed("feature/alone"),
    behind,
    toDevelop: await proposed("feature/next", "develop"),
  };
  await approved(pulls.ready, "maintainer", "admin");
  await approved(pulls.behind, "maintainer", "admin");
  for (const number of [pulls.ready, pulls.behind, pulls.toDevelop]) await green(number);
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

const reader = (name = "admin") =>
  readerOf(githubSchema.parse({ owner: "acme", repository: "api", baseUrl: `${github.url}/` }), github.tokenOf(name));

async function heldUp(name?: string) {
  const declared = declaredThings({ repository });
  const asked = reader(name);
  const reading = await readThings(asked, { isWhole: true, environments: [], files: [], teams: {} });
  return askHeldUp(asked, branchTurns(declared, reading));
}

test("who adopts is told which open pull requests the new rules hold up, and by what", async () => {
  const told = await heldUp();
  if (told === undefined) throw new Error("nothing was told");
  expect(heldUpTitle(told)).toBe("Open pull requests that the next pulumi up holds up (3 of 4):");
  expect(heldUpLines(told).sort()).toEqual(
    [
      `#${pulls.behind} to main, feat: feature/behind: 1 commit of main missing`,
      `#${pulls.alone} to main, feat: feature/alone: 0 of 2 approvals, Gate is not green`,
      `#${pulls.toDevelop} to develop, feat: feature/next: 0 of 1 approvals`,
    ].sort(),
  );
});

test("a token that may not see all of the rules is told nothing of it", async () => {
  github.traffic.clear();
  expect(await askHeldUp(reader(), undefined)).toBeUndefined();
  expect(github.traffic.count).toBe(0);
});

describe("once the rules stand", () => {
  beforeAll(async () => {
    for (const branch of ["main", "develop"] as const) {
      const ruleset = branchRuleset(branchRules(branch, choice), {});
      const made = { ...where, ...(rulesetJson(ruleset) as object) } as unknown;
      await as("admin").repos.createRepoRuleset(
        made as Parameters<ReturnType<typeof as>["repos"]["createRepoRuleset"]>[0],
      );
    }
  });

  test("nothing is held up any more than it is: the next update changes nothing", async () => {
    expect(await heldUp()).toMatchObject({ open: 4, held: [] });
  });

  test.each(["alone", "behind", "toDevelop"] as const)("%s can't be merged, as was said", async (name) => {
    const merge = as("writer").pulls.merge({ ...where, pull_number: pulls[name] });
    expect((await refused(merge)).status).toBe(405);
  });

  test("and the one of which nothing was said can", async () => {
    await as("writer").pulls.merge({ ...where, pull_number: pulls.ready });
  });
});

test("unsigned commits are counted where commits have to be signed", () => {
  const state = { approvals: 2, green: ["Gate"], behind: 3, unsigned: 2 };
  expect(lacking({ signedCommits: true }, state, "main")).toEqual(["2 commits not signed"]);
  expect(lacking({ signedCommits: false, upToDate: true }, state, "main")).toEqual(["3 commits of main missing"]);
  expect(lacking({ reviews: 3, needsPullRequest: false }, state, "main")).toEqual([]);
});
