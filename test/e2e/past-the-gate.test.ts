// Ways past the weakening gate that need no approval: none gets through, and none leaves a half-done update behind.
import { afterAll, beforeAll, expect, test } from "vitest";
import { GitHub } from "../emulators/github/github.ts";
import { githubStack } from "../support/github-stack.ts";
import type { Ended, PulumiStack } from "../support/pulumi-stack.ts";
import { succeeded } from "../support/succeeded.ts";

let github: GitHub;
let stack: PulumiStack;
let urns: readonly string[];
const writes = () => github.traffic.lines.filter((line) => !/^GET|graphql/.test(line));

beforeAll(async () => {
  github = await GitHub.start({
    accounts: [
      { login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } },
      { login: "other", plan: "enterprise", teams: { platform: ["maintainer"] } },
    ],
  });
  stack = githubStack("e2e-past-the-gate", {
    github,
    owner: "acme",
    rules: { visibility: "private", codeOwners: ["@acme/platform"], requiredChecks: [{ name: "test" }] },
    environments: { production: { reviewers: { teams: ["platform"] } } },
  });
  await stack.init();
  succeeded(await stack.up());
  const { deployment } = JSON.parse(await stack.export()) as { deployment: { resources: { urn: string }[] } };
  urns = deployment.resources.map(({ urn }) => urn);
});
afterAll(async () => {
  stack.remove();
  github.traffic.assertClean();
  await github.stop();
});

const urn = (end: string) => urns.find((each) => each.endsWith(end)) ?? "";
const never = () => github.repository("acme/ape-2026").rulesets.find(({ name }) => name === "branches stay");

/** What an update says that is refused before anything is written. */
async function refused(running: () => Promise<Ended>): Promise<string> {
  github.traffic.clear();
  const { code, output } = await running();
  expect(code, output).not.toBe(0);
  expect(writes()).toEqual([]);
  return output;
}

test("the state takes no other repository for its own: neither another owner's nor another name", async () => {
  await stack.set({ "github.owner": "other" });
  const owner = await refused(() => stack.up());
  expect(owner).toContain(
    "slipway:github.owner: names another repository than the one whose rules this stack declares",
  );
  await stack.set({ "github.owner": "acme", "github.repository": "another" });
  const name = await refused(() => stack.up());
  expect(name).toContain("got acme/another; allowed acme/ape-2026");
  await stack.set({ "github.repository": "ape-2026" });
});

test("an environment that gets another name leaves no secrets without their rules", async () => {
  await stack.set({ "environments.prod.kind": "read" });
  await stack.unset("environments.production");
  expect(await refused(() => stack.up())).toContain("environments.production: is weakened");
  await stack.unset("environments.prod");
  await stack.set({ "environments.production.reviewers.teams[0]": "platform" });
});

test("what nobody may do is not taken away by its name, and an update around it hides nothing", async () => {
  const ruleset = urn("repositoryRuleset:RepositoryRuleset::repository-branches-stay");
  const label = urn("issueLabel:IssueLabel::repository-labels-type-feat");
  expect(ruleset).not.toBe("");
  const at = ["--stack", "e2e-past-the-gate", "--config-file", stack.configFile];
  const destroy = ["destroy", "--yes", "--skip-preview", "--target-dependents", "--target", ruleset, ...at];
  expect(await refused(() => stack.run(destroy))).toContain("protected");
  Object.assign(never() ?? {}, { enforcement: "disabled" });
  await stack.set({ "repository.branches.main.reviews": "1" });
  expect(await refused(() => stack.up("--target", label))).toContain("main.reviews: is weakened");
  await stack.unset("repository.branches");
  succeeded(await stack.up("--target", label));
  expect((await stack.slipway("drift")).output).toContain("main and develop stay: enforcement active → disabled");
  succeeded(await stack.up());
  expect(never()?.enforcement).toBe("active");
});

test("a repository that is gone, hidden or archived stops an update before its first part, and back it is as before", async () => {
  const { repositories } = github.world;
  const [mine] = repositories.splice(0, 1);
  if (mine === undefined) throw new Error("no repository");
  const output = await refused(() => stack.up());
  repositories.unshift(mine);
  expect(output).toContain(
    "slipway:github.repository: is in this stack's state, and GitHub does not have it or hides it from this token",
  );
  mine.archived = true;
  expect(await refused(() => stack.up())).toContain("is archived, so GitHub takes no change to it");
  mine.archived = false;
  succeeded(await stack.preview("--expect-no-changes"));
});
