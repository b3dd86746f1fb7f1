import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";
import { githubStack, governedEnvironment, governedRepository, neededSecrets } from "../support/github-stack.ts";
import type { PulumiStack } from "../support/pulumi-stack.ts";
import { succeeded } from "../support/succeeded.ts";

// Two stacks from before there was a governance stack: one with the repository and an environment, one with an environment only.
const production = { rules: governedRepository, environment: governedEnvironment };
const staging = { environment: { name: "staging", variables: { API_URL: "https://staging.example.com" } } };

let github: GitHub;
let first: PulumiStack;
let second: PulumiStack;
let governance: PulumiStack;

beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } }],
    apps: [{ slug: "gatekeeper", id: 4242, deploymentProtection: true }, { slug: "governor" }],
  });
  first = githubStack("e2e-gov-production", { github, owner: "acme", ...production });
  second = githubStack("e2e-gov-staging", { github, owner: "acme", beside: first, ...staging });
  governance = githubStack("e2e-gov", { github, owner: "acme", beside: first });
  // It comes with the move.
  rmSync(join(first.folder, "Pulumi.e2e-gov.yaml"));
  for (const [stack, sections] of [
    [first, production],
    [second, staging],
  ] as const) {
    await stack.init();
    await stack.setSecrets(neededSecrets(sections));
    succeeded(await stack.up());
  }
});
afterAll(async () => {
  first.remove();
  await github.stop();
});

const writes = () => github.traffic.lines.filter((line) => !/^GET|graphql/.test(line));
const secretsOf = (name: string) =>
  github.repository("acme/ape-2026").environments.find((each) => each.name === name)?.secrets;

describe("slipway governance move", () => {
  beforeAll(async () => {
    github.traffic.clear();
    for (const stack of [first, second]) succeeded(await stack.slipway("governance", "move", "--to", "e2e-gov"));
    // Each stack has a key of its own, so whoever holds these gives them to the new one.
    const signed = Object.entries(neededSecrets(production)).filter(([name]) => name.startsWith("webhookSecrets."));
    expect(signed).toHaveLength(2);
    await governance.setSecrets(Object.fromEntries(signed));
  });

  test("asks GitHub nothing, and a second one has nothing to do", async () => {
    expect(github.traffic.lines).toEqual([]);
    const before = await governance.export();
    succeeded(await first.slipway("governance", "move", "--to", "e2e-gov"));
    expect(JSON.parse(await governance.export())).toMatchObject({
      deployment: { resources: (JSON.parse(before) as { deployment: { resources: unknown[] } }).deployment.resources },
    });
  });

  test("the governance stack has all of it: nothing is made, replaced or deleted", async () => {
    succeeded(await governance.preview("--expect-no-changes", "--diff"));
    succeeded(await governance.up("--expect-no-changes"));
    expect(writes()).toEqual([]);
  });

  test("GitHub keeps every secret, and no state has a value or a box of one", async () => {
    expect(secretsOf("production")?.opened("SSH_PRIVATE_KEY")).toBe("planted environmentSecrets SSH_PRIVATE_KEY");
    expect(secretsOf("staging")?.opened("SSH_PRIVATE_KEY")).toBe("planted environmentSecrets SSH_PRIVATE_KEY");
    for (const stack of [first, second, governance])
      expect(await stack.export()).not.toMatch(/Secret:\w+Secret|planted/);
  });

  test("the gate goes on from where it was: what the old stack declared can't be weakened unasked", async () => {
    await governance.set({ "repository.branches.main.reviews": "1", "environments.production.waitMinutes": "0" });
    const { code, output } = await governance.preview();
    await governance.unset("repository.branches");
    await governance.set({ "environments.production.waitMinutes": "5" });
    expect(code).not.toBe(0);
    expect(output).toContain("main.reviews: is weakened (main: required reviews 2 → 1)");
    expect(output).toContain("environments.production.waitMinutes: is weakened");
    expect(output).toContain("the last update declared more");
  });

  test("a stack that declares it once more is refused before anything is written", async () => {
    await second.set({ "github.owner": "acme", "github.repository": "ape-2026", "environment.name": "staging" });
    const { code, output } = await second.up();
    await second.unset("github");
    await second.unset("environment");
    expect(code).not.toBe(0);
    expect(output).toContain("slipway:github: is declared by the stack e2e-gov now");
  });

  test("somebody's tightening by hand stops the governance stack and no deploy", async () => {
    const main = github.repository("acme/ape-2026").rulesets.find(({ name }) => name === "main branch");
    const review = main?.rules.find(({ type }) => type === "pull_request") as { parameters: Record<string, unknown> };
    Object.assign(review.parameters, { required_approving_review_count: 3 });
    expect((await governance.up()).output).toContain("GitHub has more");
    succeeded(await first.up());
    Object.assign(review.parameters, { required_approving_review_count: 2 });
  });
});

test("an owner of code whom GitHub would ignore is refused before anything is written", async () => {
  github.traffic.clear();
  await governance.set({ "repository.codeOwners[1]": "@reader" });
  const { code, output } = await governance.up();
  await governance.unset("repository.codeOwners[1]");
  expect(code).not.toBe(0);
  expect(output).toContain("slipway:repository.codeOwners: can't write, and GitHub ignores an owner of code who can't");
  expect(writes()).toEqual([]);
});

test("somebody from outside is invited, and has no access until the invitation is accepted", async () => {
  await governance.set({ "repository.collaborators.stranger": "triage" });
  succeeded(await governance.up());
  const said = succeeded(await governance.preview("--expect-no-changes"));
  expect(said).toContain("Invited, and has no access until the invitation is accepted: stranger.");
  const mine = client(github, "stranger").rest.repos;
  const [invitation] = (await mine.listInvitationsForAuthenticatedUser()).data;
  await mine.acceptInvitationForAuthenticatedUser({ invitation_id: Number(invitation?.id) });
  await governance.set({ "repository.collaborators.stranger": "read" });
  succeeded(await governance.up());
  // In place: who is taken out first has to accept again.
  expect(github.repository("acme/ape-2026").collaborators.get("stranger")).toBe("read");
  await governance.unset("repository.collaborators.stranger");
  succeeded(await governance.up());
  expect(github.repository("acme/ape-2026").collaborators.has("stranger")).toBe(false);
});

test("who holds a key writes it, without any key of a stack; nobody else's name is taken", async () => {
  const run = (...args: string[]) => governance.slipwayWith("new key\n", "secrets", "set", ...args);
  expect(await run("production", "SSH_PRIVATE_KEY")).toMatchObject({ code: 0 });
  expect(secretsOf("production")?.opened("SSH_PRIVATE_KEY")).toBe("new key");
  expect((await run("production", "SSH_KEY")).output).toContain("no workflow reads SSH_KEY from production; allowed ");
  expect((await run("nowhere", "SSH_PRIVATE_KEY")).output).toContain("declares no secrets of nowhere");
  succeeded(await governance.preview("--expect-no-changes"));
});

test("a secret that nobody has written yet is said, and stops nothing", async () => {
  const where = { owner: "acme", repo: "ape-2026", environment_name: "staging" };
  await client(github, "admin").rest.actions.deleteEnvironmentSecret({ ...where, secret_name: "SSH_PRIVATE_KEY" });
  expect(succeeded(await governance.up("--expect-no-changes"))).toContain(
    "nobody has written them yet: SSH_PRIVATE_KEY of environment staging",
  );
});

test("a preview with a token that may only read shows the whole and says what it could not see", async () => {
  const text = readFileSync(join(first.folder, "Pulumi.e2e-gov.yaml"), "utf8");
  writeFileSync(
    join(first.folder, "Pulumi.e2e-gov.yaml"),
    text.replace("slipway:github:", "slipway:github:\n    plan: enterprise"),
  );
  const output = succeeded(await governance.as(github.tokenOf("reader")).preview());
  expect(output).not.toMatch(/[1-9]\d* to (create|replace|delete)/);
  expect(output).toMatch(/This token may not see .*bypass/);
  expect(output).not.toMatch(/weakened|GitHub has more/);
});

test("a GitHub App is enough to log in: nobody's token is anywhere, and its key is in no plain text", async () => {
  const app = github.app("governor");
  Object.assign(app, { role: "admin", readsMembers: true });
  const account = { plan: "enterprise", app: { id: app.id, installation: app.installation } };
  const rules = { ...governedRepository, labels: [{ name: "app", color: "0e8a16" }] };
  const args = { github, owner: "acme", repository: "other", as: "nobody", beside: first, account, rules };
  const stack = githubStack("e2e-gov-app", args);
  await stack.init();
  expect((await stack.preview()).output).toContain("slipway:githubAppKey: is missing, and slipway:github.app needs it");
  await stack.setSecrets({ githubAppKey: app.keys.privateKey, ...neededSecrets({ rules }) });
  succeeded(await stack.up());
  expect(github.repository("acme/other").rulesets).toHaveLength(6);
  succeeded(await stack.preview("--expect-no-changes", "--diff"));
  succeeded(await stack.slipway("drift"));
  expect(await stack.export()).not.toMatch(/BEGIN RSA|ghs_|ghp_/);
  await stack.setSecret("githubAppKey", "no key");
  expect((await stack.up()).output).toContain("slipway:github: GitHub can't be asked");
});

test("GitHub is down: every stack that delivers goes up all the same", async () => {
  github.traffic.assertClean();
  await github.stop();
  for (const stack of [first, second]) succeeded(await stack.as("").up());
});
