import { mkdirSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";
import { githubStack, neededSecrets } from "../support/github-stack.ts";
import { inDays } from "../support/in-days.ts";
import type { Ended, PulumiStack } from "../support/pulumi-stack.ts";
import { succeeded } from "../support/succeeded.ts";

const sections = { rules: { visibility: "private", codeOwners: ["@acme/platform"] } };
const pack = ["--policy-pack", "policy"];

let github: GitHub;
let stack: PulumiStack;

beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } }],
  });
  stack = githubStack("e2e-many", { github, owner: "acme", ...sections });
  await stack.init();
  await stack.setSecrets(neededSecrets(sections));
  succeeded(await stack.up());
});
afterAll(async () => {
  stack.remove();
  await github.stop();
});

function refused({ code, output }: Ended): string {
  expect(code, output).not.toBe(0);
  return output;
}

const website = {
  "repositories.website.visibility": "public",
  "repositories.website.environments.sandbox.reviewers.teams[0]": "platform",
};
const writes = () => github.traffic.lines.filter((line) => !/^GET|graphql/.test(line));
const requestsOf = (name: string) => github.traffic.lines.filter((line) => line.includes(`/acme/${name}`)).length;
const where = { owner: "acme", repo: "payments" };

test("a stack with one repository gets more beside it, and nothing of the first is touched", async () => {
  await stack.set({
    "repositoryDefaults.visibility": "private",
    "repositoryDefaults.codeOwners[0]": "@acme/platform",
    "repositoryDefaults.environments.packages.reviewers.teams[0]": "platform",
    "repositories.payments.environments.packages.secretsUsedElsewhere[0]": "NPM_TOKEN",
    ...website,
  });
  github.traffic.clear();
  const output = succeeded(await stack.up(...pack));
  expect(output).toMatch(/\+ \d+ created/);
  // What policies are told of the new ones.
  expect(output).toMatch(/~ 1 updated/);
  expect(output).not.toMatch(/\d+ (replaced|deleted)/);
  expect(writes().filter((line) => line.includes("ape-2026"))).toEqual([]);
  const made = (name: string) => {
    const { visibility, rulesets, environments } = github.repository(`acme/${name}`);
    return { visibility, rulesets: rulesets.length, environments: environments.map((each) => each.name).sort() };
  };
  expect(made("payments")).toEqual({ visibility: "private", rulesets: 6, environments: ["packages"] });
  expect(made("website")).toEqual({ visibility: "public", rulesets: 6, environments: ["packages", "sandbox"] });
});

test("a second preview has nothing to do, and asks each repository a bounded number of questions", async () => {
  github.traffic.clear();
  succeeded(await stack.preview("--expect-no-changes", "--diff", ...pack));
  // Five, the list of environments, one for each, and payments' place of secrets or website's private reports.
  expect(["payments", "website"].map(requestsOf)).toEqual([8, 9]);
  // People, their roles and the owner are the same for all.
  expect(github.traffic.lines.filter((line) => line.includes("/teams/platform"))).toHaveLength(2);
});

test("one gate: identifiers carry the repository, because an approval is for one", async () => {
  await stack.set({
    "repositoryDefaults.branches.develop.reviews": "0",
    "repositories.payments.branches.main.reviews": "1",
  });
  github.traffic.clear();
  const output = refused(await stack.up());
  await stack.unset("repositoryDefaults.branches");
  expect(output).toContain("payments/main.reviews: is weakened (main: required reviews 2 → 1)");
  expect(output).toContain("{weakening: payments/main.reviews, to: 1, by: <login>");
  for (const name of ["payments", "website"]) {
    expect(output).toContain(`${name}/develop.reviews: is weakened (develop: required reviews 1 → 0)`);
  }
  expect(writes()).toEqual([]);
});

test("what is wrong with the defaults is said once, and where it is set for all", async () => {
  await stack.set({ "repositoryDefaults.codeOwners[1]": "@nobody-knows-me" });
  const output = refused(await stack.preview());
  await stack.unset("repositoryDefaults.codeOwners[1]");
  expect(output).toContain(
    "slipway:repositories.payments.codeOwners: GitHub knows no such user or team (and so for website), got nobody-knows-me",
  );
  expect(output).toContain("in slipway:repositoryDefaults it is for all");
  expect(output).not.toContain("slipway:repositories.website");
});

test("an approval is for the repository that it names, under the policy pack too", async () => {
  const approval = "github.approvedWeakenings[0]";
  await stack.set({
    [`${approval}.weakening`]: "payments/main.reviews",
    [`${approval}.to`]: "1",
    [`${approval}.by`]: "maintainer",
    [`${approval}.reason`]: "two of us until May",
    [`${approval}.until`]: inDays(30),
  });
  succeeded(await stack.up(...pack));
  await stack.set({ "repositories.website.branches.main.reviews": "1" });
  const output = refused(await stack.preview());
  expect(output).toContain("website/main.reviews: is weakened");
  expect(output).not.toContain("payments/main.reviews: is weakened");
  await stack.unset("repositories.website.branches");
});

test("a repository that leaves the list takes no rule with it", async () => {
  await stack.unset("repositories.website");
  github.traffic.clear();
  const output = refused(await stack.up());
  expect(output).toContain(
    "website/main: is weakened (main: all of its rules are removed), and the last update declared more",
  );
  expect(writes()).toEqual([]);
  await stack.set(website);
});

test("who holds a key says of which repository it is", async () => {
  const run = (...args: string[]) => stack.slipwayWith("key\n", "secrets", "set", "packages", "NPM_TOKEN", ...args);
  expect((await run("--repository", "nowhere")).output).toContain(
    "no repository nowhere; allowed ape-2026, payments, website",
  );
  succeeded(await run("--repository", "payments"));
  const [packages] = github.repository("acme/payments").environments;
  expect(packages?.secrets.opened("NPM_TOKEN")).toBe("key");
});

test("one drift: each repository by its name, and what may stay has a reason", async () => {
  const { rest } = client(github, "admin");
  await rest.repos.createWebhook({ ...where, config: { url: "https://ci.example.com/hook" } });
  await rest.repos.update({ ...where, repo: "website", allow_rebase_merge: true });
  const first = await stack.slipway("drift");
  expect(first.code).toBe(5);
  expect(first.output).toContain("acme/ape-2026 is as declared.");
  expect(first.output).toContain("acme/payments is not as declared (1 undeclared):");
  expect(first.output).toContain("acme/website is not as declared (1 changed):");

  await stack.set({
    "github.ignoredDrift[0].object": "webhook to ci.*",
    "github.ignoredDrift[0].reason": "the build farm",
  });
  const second = await stack.slipway("drift");
  expect(second.output).toContain("acme/payments is as declared.");
  expect(second.output).toMatch(/webhook to ci\.example\.com .*: the build farm/);
});

test("one update mends the one that somebody changed, and touches no other", async () => {
  github.traffic.clear();
  succeeded(await stack.up());
  expect(writes().length).toBeGreaterThan(0);
  expect(writes().filter((line) => !line.includes("/acme/website"))).toEqual([]);
  expect(await stack.slipway("drift")).toMatchObject({ code: 0 });
});

test("a state that is lost: all of them are taken over, and nothing is replaced or deleted", async () => {
  const before = await urns();
  rmSync(stack.state, { recursive: true });
  mkdirSync(stack.state);
  await stack.init();
  const output = succeeded(await stack.slipway("adopt"));
  expect(output).toContain("acme/payments:\n");
  const { stdout } = await stack.preview("--json");
  const { changeSummary } = JSON.parse(stdout) as { changeSummary: object };
  expect(Object.keys(changeSummary)).not.toEqual(expect.arrayContaining([expect.stringMatching(/replace|delete/)]));
  succeeded(await stack.up());
  expect(await urns()).toEqual(before);
});

async function urns(): Promise<string[]> {
  const { deployment } = JSON.parse(await stack.export()) as { deployment: { resources: { urn: string }[] } };
  return deployment.resources.map(({ urn }) => urn).sort();
}

test("a token that has too few requests left says so before it begins, and when there are enough again", async () => {
  github.world.requests.limit = github.world.requests.used + 40;
  const output = refused(await stack.up());
  github.world.requests.limit = 50_000;
  expect(output).toMatch(/the token has \d+ requests left, and 3 repositories take about 48; try again after 20/);
});

test("an update that was stopped between two refs of an environment goes on without anybody's name", async () => {
  const admitted = () => {
    const staging = github.repository("acme/payments").environments.find(({ name }) => name === "staging");
    return staging?.policies.map(({ name }) => name).sort() ?? [];
  };
  await stack.set({ "repositories.payments.environments.staging.kind": "deploy" });
  const onlyOne = vi
    .spyOn(github.world.ignored, "has")
    .mockImplementation((id) => id === "repos/create-deployment-branch-policy" && admitted().length > 0);
  refused(await stack.up());
  onlyOne.mockRestore();
  expect(admitted()).toHaveLength(1);
  succeeded(await stack.up());
  expect(admitted()).toEqual(["main", "v*.*.*"]);
  succeeded(await stack.preview("--expect-no-changes", "--refresh"));
});

test("all traffic was as GitHub describes it", () => {
  github.traffic.assertClean();
});
