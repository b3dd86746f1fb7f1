import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { githubItems } from "../../checklist/items/github.ts";
import { runChecklist } from "../../checklist/run-checklist.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../github/schema.ts";
import { webhookStore } from "../../github/kinds/webhook.ts";
import { askAbout, withinAccount } from "../../github/plan/within-account.ts";
import { readerOf } from "../../github/read/reader.ts";
import { takeCensus, type Census, type Declaration } from "../../github/take-census.ts";
import { GitHub } from "../emulators/github/github.ts";
import { snapshot } from "../emulators/github/snapshot.ts";
import { client } from "../emulators/github/support.ts";
import { githubStack, governedEnvironment, governedRepository, neededSecrets } from "../support/github-stack.ts";
import { outOfBand, type Hands } from "../support/out-of-band.ts";
import type { PulumiStack } from "../support/pulumi-stack.ts";

const where = { owner: "acme", repo: "ape-2026" };
const [rules, environment] = [governedRepository, governedEnvironment];
const secrets = neededSecrets({ rules, environment });

let github: GitHub;
let stack: PulumiStack;
let hands: Hands;
let declaration: Declaration;

beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"], guests: ["reader"] } }],
    apps: [{ slug: "gatekeeper", id: 4242, deploymentProtection: true }],
  });
  const account = { advancedSecurity: true };
  stack = githubStack("e2e-drift", { github, owner: "acme", account, rules, environment });
  await stack.init();
  await stack.setSecrets(secrets);
  const { code, output } = await stack.up();
  expect(code, output).toBe(0);
  hands = { github, repository: github.repository("acme/ape-2026"), api: client(github, "admin"), where };
  declaration = await declared(account);
});

afterAll(async () => {
  stack.remove();
  await github.stop();
});

async function declared(account: object): Promise<Declaration> {
  const sections = {
    github: githubSchema.parse({ owner: "acme", repository: "ape-2026", baseUrl: `${github.url}/`, ...account }),
    repository: repositorySchema.parse(rules),
    environments: [environmentSchema.parse(environment)],
  };
  const found = await askAbout(readerOf(sections.github, github.tokenOf("admin")), sections);
  const namesOf = (store: string) =>
    Object.keys(secrets).flatMap((key) => (key.startsWith(`${store}.`) ? [key.slice(store.length + 1)] : []));
  return {
    ...withinAccount(sections, found),
    github: sections.github,
    teams: found.teams,
    secrets: {
      repository: namesOf("repositorySecrets"),
      dependabot: namesOf("dependabotSecrets"),
      [environment.name]: namesOf("environmentSecrets"),
      [webhookStore]: namesOf("webhookSecrets"),
    },
  };
}

const census = (token = "admin"): Promise<Census> =>
  takeCensus(
    readerOf({ owner: "acme", repository: "ape-2026", baseUrl: `${github.url}/` }, github.tokenOf(token)),
    declaration,
    ["staging"],
  );
const sentences = async (): Promise<string[]> => (await census()).findings.map(({ sentence }) => sentence).sort();

/** Items of the checklist that are not proven, as `name outcome`. */
async function unproven(found: Census): Promise<string[]> {
  const sections = {
    github: githubSchema.parse({ owner: "acme", repository: "ape-2026" }),
    repository: repositorySchema.parse(rules),
    environments: [environmentSchema.parse(environment)],
    secrets: { given: {}, others: {}, all: declaration.secrets ?? {} },
  };
  const repositories = [{ sections, census: () => Promise.resolve(found) }];
  const results = await runChecklist(githubItems({ stack: "e2e-drift", repositories }));
  return results.flatMap(({ name, outcome }) => (outcome === "proven" ? [] : [`${name} ${outcome}`]));
}

/** The same by what `slipway drift` says; what is there beside the declaration is no fault of an item. */
function faulty(says: readonly string[]): string[] {
  const lacks = says.filter((line) => !/ is there, and nobody declared it$| has a name outside GitFlow$/.test(line));
  const any = (pattern: RegExp) => lacks.some((line) => pattern.test(line));
  return [
    ...(any(/^secret |^environment production is declared and not there$/) ? ["github-secrets broken"] : []),
    ...(any(/^(ruleset|branch|classic protection) /) ? ["branch-rules broken"] : []),
    ...(any(/^environment production[: ]/) ? ["environments broken"] : []),
  ];
}

/** Runs the command itself. */
function slipway(
  command: string,
  { json = false, ...env }: { readonly json?: boolean; readonly GITHUB_TOKEN?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      "bin/slipway",
      [
        command,
        ...(json ? ["--json"] : []),
        "--stack",
        "e2e-drift",
        "--config-file",
        `${stack.folder}/Pulumi.e2e-drift.yaml`,
      ],
      { env: { ...stack.env, ...env }, timeout: 120_000 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      },
    );
  });
}

test("after an update GitHub is as declared, and that takes few requests", async () => {
  github.traffic.clear();
  expect(await sentences()).toEqual([]);
  expect(github.traffic.count).toBeLessThan(40);
});

describe("each change by hand is said in one sentence, and nothing is left to say when it is undone", () => {
  test("there are at least 80 of them", () => {
    expect(new Set(outOfBand.flatMap(({ says }) => says)).size).toBeGreaterThanOrEqual(80);
  });

  test.each(outOfBand.map((each) => [each.says.join("; "), each] as const))("%s", async (_, { says, change, undo }) => {
    const restore = snapshot(hands.repository);
    // So many looks would use up an hour's requests.
    github.world.requests.used = 0;
    await change(hands);
    const found = await census();
    expect(found.findings.map(({ sentence }) => sentence).sort()).toEqual([...says].sort());
    expect(await unproven(found)).toEqual(faulty(says));
    // The next one finds nothing of it.
    restore();
    await undo?.(hands);
  });

  test("nothing is left of the last", async () => {
    expect(await sentences()).toEqual([]);
  });
});

test("terraform-provider-github#2784: a write that GitHub answers with 200 and does not do fails the update", async () => {
  github.world.ignored.add("repos/update");
  await stack.set({ "repository.description": "not what was there" });
  const { code, output } = await stack.up();
  expect(code).not.toBe(0);
  expect(output).toContain("description");
  github.world.ignored.clear();
  const again = await stack.up("--refresh");
  expect(again.code, again.output).toBe(0);
  expect(hands.repository.settings.description).toBe("not what was there");
});

test("all traffic was as GitHub describes it", () => {
  github.traffic.assertClean();
});

describe("slipway drift", () => {
  test("says that all is as declared, and exits with 0", async () => {
    const { code, stdout, stderr } = await slipway("drift");
    expect(stdout, stderr).toBe("acme/ape-2026 is as declared.\n");
    expect(code).toBe(0);
  });

  test("says what is not, which rules are weaker for it, and exits with 5", async () => {
    const restore = snapshot(hands.repository);
    const ruleset = hands.repository.rulesets.find(({ name }) => name === "main branch");
    const pull = ruleset?.rules.find((rule) => rule.type === "pull_request");
    Object.assign(pull?.parameters ?? {}, { required_approving_review_count: 1 });
    hands.repository.settings.has_wiki = true;
    const [text, json] = await Promise.all([slipway("drift"), slipway("drift", { json: true })]);
    restore();
    expect([text.code, json.code]).toEqual([5, 5]);
    expect(text.stdout).toContain('- ruleset "main branch": 1 review is enough, declared is: 2 reviews are needed.\n');
    expect(text.stdout).toContain("Weaker than declared:\n- main: required reviews 2 → 1\npulumi up");
    expect(JSON.parse(json.stdout)).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ field: "reviews", declared: 2, actual: 1 })]) as [],
      weakened: [{ weakening: "main.reviews", before: 2, after: 1 }],
    });
  });

  test("exits with 1 when GitHub can't be asked", async () => {
    const { code, stderr } = await slipway("drift", { GITHUB_TOKEN: "" });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /slipway:github: GitHub can't be asked, got .*; allowed a token .* Fix: export GITHUB_TOKEN/,
    );
  });
});

describe("slipway checklist", () => {
  test("at least three faults of each item on GitHub were diagnosed above, and several of none", () => {
    const counts = outOfBand.flatMap(({ says }) => (faulty(says).length === 0 ? ["none"] : faulty(says)));
    for (const item of ["github-secrets", "branch-rules", "environments"])
      expect(counts.filter((each) => each === `${item} broken`).length).toBeGreaterThanOrEqual(3);
    expect(counts.filter((each) => each === "none").length).toBeGreaterThan(10);
  });

  test("a token that sees too little proves nothing and breaks nothing", async () => {
    const seenBy = async (token: string) => unproven(await census(token));
    const [secrets, branches, environments] = ["github-secrets", "branch-rules", "environments"].map(
      (item) => `${item} could-not-look`,
    );
    // GitHub shows environments' rules to whoever may read, and names of secrets to whoever may write.
    expect(await seenBy("writer")).toEqual([branches]);
    expect(await seenBy("reader")).toEqual([secrets, branches]);
    expect(await seenBy("stranger")).toEqual([secrets, branches, environments]);
  });
});
