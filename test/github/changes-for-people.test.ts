import { afterAll, beforeAll, expect, test } from "vitest";
import { changesForPeople, changesTable } from "../../github/changes-for-people.ts";
import { declaredThings } from "../../github/kinds/index.ts";
import { withinPlan } from "../../github/plan/limits.ts";
import { tooFewReviewers } from "../../github/plan/people-access.ts";
import { readThings } from "../../github/read/read-things.ts";
import { readerOf } from "../../github/read/reader.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../github/schema.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";

const where = { owner: "acme", repo: "api" };
const account = { kind: "organization", plan: "enterprise", visibility: "public", advancedSecurity: false } as const;

let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "enterprise" }] });
  const api = client(github, "admin").rest.repos;
  await api.createInOrg({ org: "acme", name: "api", auto_init: true, visibility: "public" });
  await api.createRepoRuleset({
    ...where,
    name: "our own",
    target: "branch",
    enforcement: "active",
    conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
    rules: [{ type: "required_signatures" }, { type: "pull_request", parameters: pullRequest }],
  });
  await api.addCollaborator({ ...where, username: "writer", permission: "maintain" });
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

const pullRequest = {
  required_approving_review_count: 3,
  dismiss_stale_reviews_on_push: false,
  require_code_owner_review: false,
  require_last_push_approval: false,
  required_review_thread_resolution: true,
};

const reader = (as = "admin") =>
  readerOf(githubSchema.parse({ owner: "acme", repository: "api", baseUrl: `${github.url}/` }), github.tokenOf(as));

async function lines(as?: string): Promise<string[]> {
  const wanted = {
    repository: repositorySchema.parse({
      visibility: "public",
      codeOwners: ["@maintainer"],
      collaborators: { writer: "write" },
      features: { wiki: false },
    }),
    environments: [environmentSchema.parse({ name: "staging" })],
  };
  const scope = { isWhole: true, environments: ["staging"], files: [], teams: {} };
  return changesTable(
    changesForPeople(declaredThings(withinPlan(wanted, account)), await readThings(reader(as), scope)),
  );
}

/** What follows an object. */
const of = (all: readonly string[], object: string) => {
  const rest = all.slice(all.indexOf(object) + 1);
  const end = rest.findIndex((line) => !line.startsWith("  "));
  return end < 0 ? rest : rest.slice(0, end);
};

test("today's rules of main stand beside tomorrow's, and what nobody declared stays", async () => {
  const main = of(await lines(), "main");
  expect(main).toEqual(
    expect.arrayContaining([
      "  today: approvals outlive later pushes",
      "  then:  a push takes earlier approvals away",
      "  today: required checks: none",
      "  then:  required checks: Gate",
      "  today: force pushes are allowed",
      "  then:  force pushes are forbidden",
    ]),
  );
  // Three reviews, signatures and resolved conversations are asked for today, and go on.
  expect(main.join("\n")).not.toMatch(/review is|reviews are|signature|conversation|pull request/);
});

test("a branch without any rule", async () => {
  expect(of(await lines(), "develop")).toEqual(
    expect.arrayContaining([
      "  today: changes may be pushed without a pull request",
      "  then:  changes come by pull request only",
      "  today: no review is needed",
      "  then:  1 review is enough",
    ]),
  );
});

test("names of branches, switches, roles, merges and environments too", async () => {
  const all = await lines();
  expect(of(all, 'ruleset "branch names"')).toEqual([
    "  today: anybody who can push may make such a ref",
    "  then:  making such a ref is forbidden",
  ]);
  expect(of(all, "repository")).toEqual(["  today: the wiki is on", "  then:  the wiki is off"]);
  expect(of(all, "collaborator writer")).toEqual(["  today: the role is maintain", "  then:  the role is write"]);
  expect(of(all, "pull requests")).toContain("  then:  rebasing is not allowed");
  expect(of(all, "environment staging")[0]).toBe("  today: not there");
});

test("nothing is said of what this token may not see", async () => {
  const all = await lines("reader");
  expect(all).not.toContain("main");
  expect(all).not.toContain("collaborator writer");
});

test("nobody is to be locked out: too few who can write are named", async () => {
  const asking = (reviews: object, more: object = {}) =>
    tooFewReviewers(
      reader(),
      repositorySchema.parse({ visibility: "public", codeOwners: ["@a"], branches: reviews, ...more }),
    );
  expect(await asking({})).toEqual([]);
  expect(await asking({ develop: { reviews: 3 } }, { branchModel: "trunk" })).toEqual([]);
  expect(await asking({ main: { reviews: 3 } })).toEqual([
    "main: 3 people can write, and 3 of them have to approve what another one wrote: nobody could merge",
  ]);
});
