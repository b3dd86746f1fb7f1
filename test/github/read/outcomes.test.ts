import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adoptable } from "../../../github/adopt.ts";
import { defaultBranchNames } from "../../../github/kinds/defaults.ts";
import { branchRules } from "../../../github/kinds/branch-rules.ts";
import {
  branchesStayRuleset,
  branchNamesRuleset,
  branchRuleset,
  rulesetJson,
  tagRulesets,
} from "../../../github/kinds/ruleset.ts";
import type { Declared } from "../../../github/kinds/kind.ts";
import { passGate } from "../../../github/plan/gate.ts";
import { askPresent, declaredGuards, presentGuards } from "../../../github/plan/guards.ts";
import { withinPlan } from "../../../github/plan/limits.ts";
import { found, Reader } from "../../../github/read/reader.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../../github/schema.ts";
import { takeCensus } from "../../../github/take-census.ts";
import { GitHub } from "../../emulators/github/github.ts";
import { client } from "../../emulators/github/support.ts";

const where = { owner: "acme", repo: "ape-2026" };
let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "team" }] });
  await client(github, "admin").rest.repos.createInOrg({ org: "acme", name: "ape-2026", auto_init: true });
}, 60_000);
afterAll(() => github.stop());

const declaration = {
  ...withinPlan(
    { repository: repositorySchema.parse({ visibility: "public", codeOwners: ["@acme/platform"] }) },
    { kind: "organization", plan: "team", visibility: "public", advancedSecurity: false },
  ),
  github: githubSchema.parse({ owner: "acme", repository: "ape-2026" }),
  teams: {},
  secrets: { repository: [], dependabot: [], environment: [] },
};

const askGuards = async (asked: Reader, declared: Declared, teams: Record<string, number>) =>
  presentGuards(declared, await askPresent(asked, declared, teams));

type Fetch = (url: string) => Response | undefined;

/** A reader that gets `answer` to some of its requests, and the emulator's to all others. */
function reader(answer: Fetch = () => undefined, token = "admin", at = where): Reader {
  const octokit = new Octokit({
    baseUrl: `${github.url}/api/v3`,
    auth: github.tokenOf(token),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: { fetch: async (url: string, options: RequestInit) => answer(url) ?? (await fetch(url, options)) },
  });
  return new Reader(octokit, at);
}
const quiet = () => undefined;
const said = (status: number, message: string, headers: Record<string, string> = {}) =>
  Response.json({ message }, { status, headers });
const rulesets = (answer: () => Response) => reader((url) => (url.includes("rulesets") ? answer() : undefined));

const busy: readonly [string, () => Response, RegExp][] = [
  [
    "403, nothing remains",
    () => said(403, "Forbidden", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1790000000" }),
    /rulesets: Forbidden.*; try again after 2026-09-21T/,
  ],
  ["403, retry later", () => said(403, "Slow down", { "retry-after": "60" }), /Slow down.*; try again in 60 s/],
  ["403, said in words", () => said(403, "You have exceeded a secondary rate limit"), /secondary rate limit/],
  ["429", () => said(429, "Too many requests"), /Too many requests/],
  ["500", () => said(500, "Server Error"), /Server Error/],
  ["502", () => said(502, "Bad Gateway"), /Bad Gateway/],
  ["401", () => said(401, "Bad credentials"), /Bad credentials/],
];

describe("what could not be asked is never said to be missing", () => {
  test.each(busy)("by drift: %s", async (_, answer, says) => {
    await expect(takeCensus(rulesets(answer), declaration, [])).rejects.toThrow(says);
  });

  test.each(busy)("by the gate: %s", async (_, answer, says) => {
    await expect(askGuards(rulesets(answer), declaration, {})).rejects.toThrow(says);
  });

  test("by adopt", async () => {
    const create = {
      urn: "urn:pulumi:s::p::github:index/repositoryRuleset:RepositoryRuleset::x",
      type: "github:index/repositoryRuleset:RepositoryRuleset",
      inputs: { name: "main branch" },
    };
    const limited = () => said(403, "API rate limit exceeded");
    await expect(adoptable(rulesets(limited), [create])).rejects.toThrow("rate limit");
    const hiding = () => said(403, "Resource not accessible by integration");
    await expect(adoptable(rulesets(hiding), [create])).rejects.toThrow("hides");
    expect(await adoptable(reader(), [create])).toEqual([]);
  });

  test("by GraphQL, which answers with status 200", async () => {
    const limited = reader((url) =>
      url.endsWith("graphql") ? Response.json({ errors: [{ type: "RATE_LIMITED", message: "wait" }] }) : undefined,
    );
    await expect(takeCensus(limited, declaration, [])).rejects.toThrow("wait");
  });
});

describe("what is hidden from a token is never said to be missing or weaker", () => {
  const hiding = () => said(403, "Resource not accessible by integration");

  test("a refused list", async () => {
    const { findings, weakened, hidden } = await takeCensus(rulesets(hiding), declaration, []);
    expect(findings.filter(({ kind }) => kind === "ruleset")).toEqual([]);
    expect(weakened.map(({ weakening }) => weakening)).not.toContain("main");
    expect(hidden).toContain("every ruleset");
  });

  test("counts as declared for the gate", async () => {
    const { main, tagCreation } = declaredGuards(declaration);
    expect(await askGuards(rulesets(hiding), declaration, {})).toMatchObject({ main, tagCreation });
  });

  test("404 on what only administrators see", async () => {
    const blind = (token: string) =>
      reader((url) => (/hooks|alerts/.test(url) ? said(404, "Not Found") : undefined), token);
    const writer = await takeCensus(blind("writer"), declaration, []);
    expect(writer.hidden).toEqual(
      expect.arrayContaining(["every webhook", expect.stringMatching(/^security \(.*Alerts/)]),
    );
    const admin = await takeCensus(blind("admin"), declaration, []);
    expect(admin.hidden).toEqual([]);
    expect(admin.findings.map(({ field }) => field)).toContain("dependabotAlerts");
  });

  test("an environment, and with it what is inside", async () => {
    const environment = environmentSchema.parse({ name: "staging", variables: { URL: "https://x" } });
    const secrets = { ...declaration.secrets, staging: ["TOKEN"] };
    const blind = reader((url) => (url.includes("environments") ? hiding() : undefined));
    const { findings, hidden } = await takeCensus(blind, { ...declaration, environments: [environment], secrets }, []);
    expect(findings.filter(({ object }) => object.includes("staging"))).toEqual([]);
    expect(hidden).toEqual(["every environment", "every secret of staging", "every variable of staging"]);
  });

  test("the repository itself", async () => {
    const blind = reader(() => said(403, "Resource protected by organization SAML enforcement"));
    await expect(takeCensus(blind, declaration, [])).rejects.toThrow("SAML");
  });

  test("GraphQL's own refusal", async () => {
    const refusing = reader((url) =>
      url.endsWith("graphql") ? Response.json({ errors: [{ type: "FORBIDDEN", message: "no" }] }) : undefined,
    );
    expect((await takeCensus(refusing, declaration, [])).hidden).toEqual(["every protection", "every collaborator"]);
  });
});

test("a fine-grained token of an administrator may do less than he: what it is not told is hidden", async () => {
  const asked = (isLimited: boolean) => {
    const octokit = new Octokit({
      baseUrl: `${github.url}/api/v3`,
      auth: github.tokenOf("reader"),
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      request: {
        fetch: async (url: string, options: RequestInit) => {
          const answer = await fetch(url, options);
          if (!url.endsWith("/repos/acme/ape-2026")) return answer;
          const told = (await answer.json()) as { permissions: object };
          return Response.json({ ...told, permissions: { ...told.permissions, admin: true } });
        },
      },
    });
    return new Reader(octokit, where, isLimited);
  };
  expect(await asked(true).isAdministrator()).toBe(false);
  expect(await asked(false).isAdministrator()).toBe(true);
  const classic = repositorySchema.parse({ visibility: "public", codeOwners: ["@acme/platform"], rules: "classic" });
  const account = { kind: "organization", plan: "team", visibility: "public", advancedSecurity: false } as const;
  const { repository } = withinPlan({ repository: classic }, account);
  const { findings, weakened } = await takeCensus(asked(true), { ...declaration, repository }, []);
  expect([...findings, ...weakened].filter(({ sentence }) => /protection|reviews/.test(sentence))).toEqual([]);
});

describe("a token below an administrator's", () => {
  const at = { owner: "acme", repo: "governed" };
  const governed = { ...declaration, github: githubSchema.parse({ owner: "acme", repository: at.repo }) };
  beforeAll(async () => {
    const { rest } = client(github, "admin");
    type Given = NonNullable<Parameters<typeof rest.repos.createRepoRuleset>[0]>;
    await rest.repos.createInOrg({ org: "acme", name: at.repo, auto_init: true });
    const model = branchRules("main", choice);
    const all = [
      branchesStayRuleset(),
      branchRuleset(model, {}),
      ...tagRulesets(["role:admin"], {}),
      branchNamesRuleset(defaultBranchNames),
    ];
    for (const each of all) {
      const { bypass_actors, ...json } = rulesetJson(each) as unknown as Given;
      await rest.repos.createRepoRuleset({ ...json, ...at, bypass_actors: bypass_actors ?? [] });
    }
  });
  const choice = repositorySchema.parse({ visibility: "public", codeOwners: ["@acme/platform"] });
  const ofRulesets = (told: readonly { readonly sentence: string }[]) =>
    told.map(({ sentence }) => sentence).filter((sentence) => /ruleset|bypass/.test(sentence));

  test("sees the administrator's answer in full", async () => {
    const { findings, hidden } = await takeCensus(reader(undefined, "admin", at), governed, []);
    expect(ofRulesets(findings)).toEqual(['ruleset "develop branch" is declared and not there']);
    expect(hidden).toEqual([]);
  });

  test.each(["maintainer", "writer", "reader"])("is never the reason for an accusation: %s", async (token) => {
    const { findings, weakened, hidden } = await takeCensus(reader(undefined, token, at), governed, []);
    expect(ofRulesets(findings)).toEqual(['ruleset "develop branch" is declared and not there']);
    expect(ofRulesets(weakened)).toEqual([]);
    expect(hidden).toEqual(expect.arrayContaining(['ruleset "main branch" (bypass)', "every webhook"]));
  });

  test.each(["maintainer", "writer", "reader"])("stops no update: %s", async (token) => {
    const declared = declaredGuards(declaration);
    const present = await askGuards(reader(undefined, token, at), governed, {});
    expect(passGate({ declared, wanted: {} }, { last: {}, present }, [], new Date()).problems).toEqual([]);
  });
});

test("what the plan does not have is not there", async () => {
  const upgrade = () => said(403, "Upgrade to GitHub Pro or make this repository public to enable this feature.");
  const { findings, hidden } = await takeCensus(rulesets(upgrade), declaration, []);
  expect(findings.filter(({ kind, is }) => kind === "ruleset" && is === "missing")).toHaveLength(6);
  expect(hidden).toEqual([]);
});

test("each question is asked once, whoever asks", async () => {
  const urls: string[] = [];
  const counting = reader((url) => {
    urls.push(url);
    return undefined;
  });
  await Promise.all([
    takeCensus(counting, declaration, []),
    takeCensus(counting, declaration, []),
    askGuards(counting, declaration, {}),
  ]);
  const rest = urls.filter((url) => !url.endsWith("graphql"));
  expect(new Set(rest).size).toBe(rest.length);
});

test("one answer alone: not there is an answer, hidden is none", async () => {
  const { rest } = reader().octokit;
  expect(await found("a user", () => rest.users.getByUsername({ username: "nobody-at-all" }))).toBeUndefined();
  const refused = reader((url) => (url.includes("users") ? said(403, "Must accept the terms") : undefined)).octokit;
  await expect(found("a user", () => refused.rest.users.getByUsername({ username: "ann" }))).rejects.toThrow("terms");
});
