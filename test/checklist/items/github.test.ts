import { expect, test } from "vitest";
import { broken } from "../../../checklist/model.ts";
import { githubItems } from "../../../checklist/items/github.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../../github/schema.ts";
import type { Sections } from "../../../github/sections.ts";
import type { Finding } from "../../../github/drift.ts";
import type { Census } from "../../../github/take-census.ts";
import { diagnose } from "../support/diagnose.ts";

const sections: Sections = {
  github: githubSchema.parse({ owner: "acme", repository: "api" }),
  repository: repositorySchema.parse({ visibility: "private", codeOwners: ["@acme/platform"] }),
  environments: [environmentSchema.parse({ name: "staging" })],
  secrets: {
    given: { repository: ["CODECOV_TOKEN"] },
    others: {},
    all: { repository: ["CODECOV_TOKEN"], staging: ["SSH_PRIVATE_KEY"] },
  },
};
const asDeclared: Census = {
  findings: [],
  ignored: [],
  weakened: [],
  hidden: [],
  unseen: [],
  waiting: [],
  above: [],
  changes: [],
  branches: {},
};
const finding = (
  kind: Finding["kind"],
  object: string,
  is: Finding["is"],
  words = "is declared and not there",
): Finding => ({
  kind,
  object,
  is,
  sentence: `${object} ${words}`,
});
type Name = "github-secrets" | "branch-rules" | "environments";
const look = (name: Name, census: Partial<Census> = {}, given = sections) =>
  diagnose(
    ...githubItems({
      stack: "governance",
      repositories: [{ sections: given, census: () => Promise.resolve({ ...asDeclared, ...census }) }],
    }).filter((item) => item.name === name),
  );

test("what is as declared is proven", async () => {
  for (const name of ["github-secrets", "branch-rules", "environments"] as const)
    expect(await look(name)).toEqual({ outcome: "proven", says: "" });
});

test("what is there beside the declaration, or of another kind, is no fault of an item", async () => {
  const findings = [
    finding("secret", "secret OLD of the repository", "undeclared"),
    finding("ruleset", 'ruleset "extra"', "undeclared"),
    finding("label", "label bug", "missing"),
  ];
  for (const name of ["github-secrets", "branch-rules", "environments"] as const)
    expect(await look(name, { findings })).toMatchObject({ outcome: "proven" });
});

test.each<[string, Name, Finding, string]>([
  [
    "a secret that its holder writes",
    "github-secrets",
    finding("secret", "secret SSH_PRIVATE_KEY of environment staging", "missing"),
    "secret SSH_PRIVATE_KEY of environment staging is missing → slipway secrets set staging SSH_PRIVATE_KEY --stack governance < <file>",
  ],
  [
    "a secret that the stack holds",
    "github-secrets",
    finding("secret", "secret CODECOV_TOKEN of the repository", "missing"),
    "secret CODECOV_TOKEN of the repository is missing → pulumi up --stack governance",
  ],
  [
    "the environment of a secret",
    "github-secrets",
    finding("environment", "environment staging", "missing"),
    "secret SSH_PRIVATE_KEY of environment staging is missing, and so is environment staging → pulumi up --stack governance",
  ],
  [
    "a ruleset",
    "branch-rules",
    finding("ruleset", 'ruleset "main branch"', "missing"),
    'ruleset "main branch" is declared and not there → pulumi up --stack governance',
  ],
  [
    "a weaker rule",
    "branch-rules",
    finding("ruleset", 'ruleset "main branch":', "changed", "1 review is enough, declared is: 2 reviews are needed"),
    'ruleset "main branch": 1 review is enough, declared is: 2 reviews are needed → pulumi up --stack governance',
  ],
  [
    "a branch",
    "branch-rules",
    finding("branch", "branch develop", "missing"),
    "branch develop is declared and not there → pulumi up --stack governance",
  ],
  [
    "classic protection",
    "branch-rules",
    finding("protection", "classic protection of main", "missing"),
    "classic protection of main is declared and not there → pulumi up --stack governance",
  ],
  [
    "an environment",
    "environments",
    finding("environment", "environment staging", "missing"),
    "environment staging is declared and not there → pulumi up --stack governance",
  ],
  [
    "who may enter it",
    "environments",
    finding("environment", "environment staging:", "changed", "any branch or tag may enter"),
    "environment staging: any branch or tag may enter → pulumi up --stack governance",
  ],
])("broken: %s", async (_, name, fault, says) => {
  expect(await look(name, { findings: [fault] })).toEqual({ outcome: "broken", says });
});

test("broken: what no stack declares", async () => {
  const none = await diagnose(...githubItems({ stack: "governance", repositories: [] }));
  expect(none.outcome).toBe("broken,broken,broken");
  expect(none.says).toMatch(/→ declare slipway:github and slipway:repository in Pulumi.governance.yaml/);
  const { github } = sections;
  expect(await look("branch-rules", {}, { github, environments: [] })).toMatchObject({ outcome: "broken" });
  expect(await look("environments", {}, { github, environments: [] })).toMatchObject({ outcome: "broken" });
});

test.each<[string, Name, Census["unseen"][number]]>([
  ["every secret of a store", "github-secrets", { kind: "secret", words: "every secret of staging" }],
  ["a field of a ruleset", "branch-rules", { kind: "ruleset", words: 'ruleset "main branch" (bypass)' }],
  ["a field of an environment", "environments", { kind: "environment", words: "environment staging (adminsBypass)" }],
])("hidden from the token is neither proven nor broken: %s", async (_, name, part) => {
  const found = await look(name, { unseen: [part] });
  expect(found.outcome).toBe("could-not-look");
  expect(found.says).toContain(`hidden from this token: ${part.words} → export GITHUB_TOKEN=`);
});

test("a repository that this token may not read is not called missing", async () => {
  const findings = [finding("repository", "repository acme/api", "missing")];
  for (const name of ["github-secrets", "branch-rules", "environments"] as const)
    expect(await look(name, { findings })).toMatchObject({ outcome: "could-not-look" });
});

test("GitHub that does not answer says nothing", async () => {
  const refusal = () => Promise.reject(new Error("GitHub can't be asked, got 401. Fix: export GITHUB_TOKEN=<token>"));
  const found = await diagnose(...githubItems({ stack: "governance", repositories: [{ sections, census: refusal }] }));
  expect(found.outcome).toBe("could-not-look,could-not-look,could-not-look");
});

test("a push is tried only where every rule is there, and only for the item of the rules", async () => {
  const tried: string[] = [];
  const push = () => {
    tried.push("push");
    return Promise.resolve(broken("main took it", "mend that"));
  };
  const ask = (census: Census) =>
    diagnose(
      ...githubItems({
        stack: "governance",
        repositories: [{ sections, census: () => Promise.resolve(census), push }],
      }),
    );
  const missing = finding("ruleset", 'ruleset "main branch"', "missing");
  await ask({ ...asDeclared, findings: [missing] });
  await ask({ ...asDeclared, unseen: [{ kind: "ruleset", words: "every ruleset" }] });
  expect(tried).toEqual([]);
  expect(await ask(asDeclared)).toEqual({ outcome: "proven,broken,proven", says: "main took it → mend that" });
  expect(tried).toEqual(["push"]);
});
