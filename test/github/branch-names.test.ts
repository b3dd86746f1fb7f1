// Which branches a writer may make, tried with real git.
import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultBranchNames } from "../../github/kinds/defaults.ts";
import { guardsOf } from "../../github/kinds/index.ts";
import { branchNamesRuleset, modelThing, rulesetJson } from "../../github/kinds/ruleset.ts";
import { loosenings } from "../../github/plan/loosenings.ts";
import { repositorySchema } from "../../github/schema.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client, Clone } from "../emulators/github/support.ts";

const base = { visibility: "public", codeOwners: ["@acme/platform"] };
const where = { owner: "acme", repo: "api" };
let github: GitHub;
let clone: Clone;

beforeAll(async () => {
  github = await GitHub.start();
  const { rest } = client(github, "admin");
  type CreateRuleset = Parameters<Octokit["rest"]["repos"]["createRepoRuleset"]>[0];
  await rest.repos.createInOrg({ org: "acme", name: "api", auto_init: true });
  const names = [...repositorySchema.parse(base).branchNames, "docs/**/*"];
  const json = rulesetJson(branchNamesRuleset(names)) as object;
  await rest.repos.createRepoRuleset({ ...where, ...json } as CreateRuleset);
  clone = await Clone.of(github, "acme/api", "writer");
}, 60_000);
afterAll(async () => {
  await clone.remove();
  await github.stop();
});

test.each([
  ["GitFlow", ["feature/login", "feature/a/b/c", "bugfix/x", "hotfix/v1.2.1", "release/v1.2.0", "release/v1.4.0-rc.1"]],
  ["cli/cli#14294: the button Revert", ["revert-1-feature/login", "revert-12-hotfix", "revert-3-a/b/c"]],
  ["the web editor", ["writer-patch-1"]],
  ["CodeQL's fixes", ["alert-autofix-3"]],
  ["Dependabot and Renovate", ["dependabot/npm_and_yarn/zod-4.6.0", "renovate/zod-4.x", "renovate/npm/vite-7.x"]],
  ["what the stack names beside them", ["docs/api"]],
])("may be made: %s", async (_, names) => {
  expect(await clone.push(...names.map((name) => `HEAD:refs/heads/${name}`))).toBeUndefined();
});

test.each(["my-branch", "gh-pages", "release/1.4.0", "feature", "patch-1", "renovate"])(
  "may not be made: %s",
  async (name) => {
    expect(await clone.push(`HEAD:refs/heads/${name}`)).toContain("creations being restricted");
  },
);

describe("the weakening gate", () => {
  const guards = (...names: string[]) => guardsOf([modelThing(branchNamesRuleset(names))]);
  const gitFlow = defaultBranchNames.filter((name) => name.includes("v*") || name.startsWith("feature"));

  test("lets GitHub's buttons and the usual bots through: what an older stack declared is no stricter", () => {
    expect(loosenings(guards(...gitFlow), guards(...gitFlow, ...defaultBranchNames.slice(4)))).toEqual([]);
  });

  test("asks for every other name", () => {
    const [loosening] = loosenings(guards(...gitFlow), guards(...gitFlow, "*"));
    expect(loosening?.weakening).toBe("branchNames.scope");
  });
});

test.each(["", "/feature", "feature/", "a//b", "a b", "~ALL"])("no name is %j", (name) => {
  expect(repositorySchema.safeParse({ ...base, branchNames: [name] }).success).toBe(false);
});
