import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { webhookStore } from "../../github/kinds/webhook.ts";
import { passGate } from "../../github/plan/gate.ts";
import { askPresent, declaredGuards, presentGuards } from "../../github/plan/guards.ts";
import { askAbout, withinAccount } from "../../github/plan/within-account.ts";
import { readerOf } from "../../github/read/reader.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../github/schema.ts";
import { takeCensus } from "../../github/take-census.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";
import { githubStack, governedEnvironment, governedRepository, neededSecrets } from "../support/github-stack.ts";
import { outOfBand, type Hands } from "../support/out-of-band.ts";
import type { PulumiStack } from "../support/pulumi-stack.ts";

// The stack of test/e2e/drift.test.ts, which says in words what each of these changes is, with what an older plugin does not know.
const environment = governedEnvironment;
const rules = {
  ...governedRepository,
  branches: {
    main: {
      mergeKinds: ["merge"],
      requiredReviewers: [{ team: "platform", files: ["infra/**/*"] }],
      requiredScans: { CodeQL: {} },
    },
    develop: { mergeQueue: {} },
  },
  properties: { tier: "one" },
};
const secrets = neededSecrets({ rules, environment });
const account = { advancedSecurity: true };

let github: GitHub;
let stack: PulumiStack;
let hands: Hands;

beforeAll(async () => {
  const teams = { platform: ["maintainer"], guests: ["reader"] };
  const properties = [{ name: "tier", type: "string" }] as const;
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "enterprise", teams, properties }],
    apps: [{ slug: "gatekeeper", id: 4242, deploymentProtection: true }],
  });
  stack = githubStack("e2e-mending-github", { github, owner: "acme", account, rules, environment });
  await stack.init();
  await stack.setSecrets(secrets);
  await up();
  const where = { owner: "acme", repo: "ape-2026" };
  hands = { github, repository: github.repository("acme/ape-2026"), api: client(github, "admin"), where };
});
afterAll(async () => {
  github.traffic.assertClean();
  stack.remove();
  await github.stop();
});

async function up(...args: string[]): Promise<string> {
  const { code, output } = await stack.up(...args);
  expect(code, output).toBe(0);
  return output;
}

/** What drift says. */
const sentences = async () => (await said(github.tokenOf("admin"))).findings;

/** What drift and the gate say with a token. */
async function said(token: string) {
  const sections = {
    github: githubSchema.parse({ owner: "acme", repository: "ape-2026", baseUrl: `${github.url}/`, ...account }),
    repository: repositorySchema.parse(rules),
    environments: [environmentSchema.parse(environment)],
  };
  const reader = readerOf(sections.github, token);
  const { teams, ...found } = await askAbout(reader, sections);
  const namesOf = (store: string) =>
    Object.keys(secrets).flatMap((key) => (key.startsWith(`${store}.`) ? [key.slice(store.length + 1)] : []));
  const declaration = {
    ...withinAccount(sections, { teams, ...found }),
    github: sections.github,
    teams,
    secrets: {
      repository: namesOf("repositorySecrets"),
      dependabot: namesOf("dependabotSecrets"),
      [environment.name]: namesOf("environmentSecrets"),
      [webhookStore]: namesOf("webhookSecrets"),
    },
  };
  const { findings, weakened, hidden } = await takeCensus(reader, declaration, []);
  const present = presentGuards(declaration, await askPresent(reader, declaration, teams));
  const declared = { declared: declaredGuards(declaration), wanted: {} };
  const { problems } = passGate(declared, { last: {}, present }, [], new Date());
  return {
    findings: findings.map(({ sentence }) => sentence),
    weaker: [...weakened.map(({ sentence }) => sentence), ...problems.map(({ problem }) => problem)],
    hidden,
  };
}

/**
 * A fine-grained token of an administrator that may read code: GitHub tells what its owner is, and refuses the rest. Source: "Permissions required for
 * fine-grained personal access tokens" on docs.github.com.
 */
async function fineGrained(url: string, options: RequestInit): Promise<Response> {
  const answer = await original(url, options);
  const isRepository = url.endsWith("/repos/acme/ape-2026");
  if (isRepository) {
    const told = (await answer.json()) as { permissions: object };
    return Response.json({ ...told, permissions: { ...told.permissions, admin: true } });
  }
  if (answer.ok || answer.status !== 404 || !url.includes("/repos/")) return answer;
  return Response.json({ message: "Resource not accessible by personal access token" }, { status: 403 });
}
const original = fetch;

describe("with eight kinds of tokens nothing is said against what is as declared", () => {
  test.each([
    ["an administrator's", () => github.tokenOf("admin"), true],
    ["a maintainer's", () => github.tokenOf("maintainer"), false],
    ["a writer's", () => github.tokenOf("writer"), false],
    ["a reader's", () => github.tokenOf("reader"), false],
    ["an App's", () => github.tokenOf("gatekeeper"), false],
    ["GITHUB_TOKEN", () => github.tokenOf("github-actions"), false],
    ["a fine-grained one", () => github.tokenOf("reader"), false],
  ] as const)("%s", async (title, token, seesAll) => {
    if (title === "a fine-grained one") {
      Object.assign(github.world.user("reader") ?? {}, { token: "github_pat_of_an_administrator" });
      vi.stubGlobal("fetch", fineGrained);
    }
    try {
      const { findings, weaker, hidden } = await said(token());
      expect([...findings, ...weaker]).toEqual([]);
      expect(hidden.length === 0).toBe(seesAll);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test("none", async () => {
    await expect(said("")).rejects.toThrow("GITHUB_TOKEN is not set");
  });
});

/** Not an update's to mend: undeclared things, files, branches, secrets, an archive, the default branch; and what is stricter than declared, which the gate keeps. */
const left =
  /is there, and nobody|told what happens|GitFlow|may (read|write), and|^(secret|branch|collaborator (stranger|reader)|team guests) |CODEOWNERS|archived|default branch|3 reviews|to be signed, decl|linear_history|Nobody Reports|lack (role:admin|docker|user:maintainer)|they do not run, decl|own actions may (not )?run, decl|production is declared/;

test("one plain update mends whatever somebody changed by hand, and the next has nothing to do", async () => {
  const changes = outOfBand.filter(({ says }) => !says.some((sentence) => left.test(sentence)));
  expect(changes.length).toBeGreaterThanOrEqual(55);
  for (const { change } of changes) await change(hands);
  for (const { name, rules } of hands.repository.rulesets) {
    for (const rule of rules) {
      const { parameters = {} } = rule as { parameters?: object };
      if (rule.type === "pull_request" && name === "main branch") {
        Object.assign(parameters, { allowed_merge_methods: ["merge", "squash"], required_reviewers: [] });
      }
      if (rule.type === "merge_queue") Object.assign(parameters, { grouping_strategy: "HEADGREEN" });
      if (rule.type === "code_scanning") Object.assign(parameters, { code_scanning_tools: [] });
    }
  }
  hands.repository.properties.set("tier", "two");
  const changed = await sentences();
  for (const words of ["ways to merge", "reviewers of some", "the merge queue", "scans whose", "property tier"]) {
    expect(changed.filter((sentence) => sentence.includes(words))).not.toEqual([]);
  }
  expect(changed.length).toBeGreaterThanOrEqual(45);
  await up();
  expect(await sentences()).toEqual([]);
  const { code, output } = await stack.preview("--expect-no-changes");
  expect(code, output).toBe(0);
});

test("a webhook that was changed or came back is signed as declared", () => {
  const signed = hands.repository.webhooks.map(({ config }) => config.secret);
  expect(signed).toEqual(["planted webhookSecrets chat", "planted webhookSecrets build"]);
});

test("the state knows what is there: a refresh finds nothing", async () => {
  const { code, output } = await stack.refresh("--expect-no-changes");
  expect(code, output).toBe(0);
});

test("an environment that somebody deleted comes back with every rule, and without secrets until they stand", async () => {
  await hands.api.rest.repos.deleteAnEnvironment({ ...hands.where, environment_name: "production" });
  await up();
  const said = await sentences();
  expect(
    said.filter((sentence) => !/^secret \S+ of environment production is declared and not there$/.test(sentence)),
  ).toEqual([]);
  expect(said.length).toBeGreaterThan(0);
  github.traffic.clear();
  await up("--refresh");
  expect(await sentences()).toEqual([]);
});

test("so it does where the engine looks first, and its secrets come last", async () => {
  await hands.api.rest.repos.deleteAnEnvironment({ ...hands.where, environment_name: "production" });
  github.traffic.clear();
  await up("--refresh");
  expect(await sentences()).toEqual([]);
  const writes = github.traffic.lines.filter((line) => /^(PUT|POST)/.test(line) && line.includes("/environments/"));
  const firstSecret = writes.findIndex((line) => line.includes("/secrets/"));
  const lastRule = writes.findLastIndex((line) => /production 200|polic|protection_rules/.test(line));
  expect(firstSecret).toBeGreaterThan(lastRule);
});

test("no destroy takes a rule or an environment away, those that were made anew among them", async () => {
  const { code } = await stack.destroy();
  expect(code).not.toBe(0);
  expect(hands.repository.rulesets).toHaveLength(8);
  expect(hands.repository.environments.map(({ name }) => name)).toEqual(["production"]);
});
