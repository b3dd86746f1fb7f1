// Rulesets of the organisation, which hold for a repository beside its own.
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changesTable } from "../../github/changes-for-people.ts";
import { askPresent } from "../../github/plan/guards.ts";
import { withinPlan } from "../../github/plan/limits.ts";
import { Reader } from "../../github/read/reader.ts";
import { githubSchema, repositorySchema } from "../../github/schema.ts";
import { takeCensus } from "../../github/take-census.ts";
import { GitHub } from "../emulators/github/github.ts";
import type { OwnerRuleset } from "../emulators/github/rulesets.ts";
import { client } from "../emulators/github/support.ts";

const at = { owner: "acme", repo: "api" };

let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({
    accounts: [
      { login: "acme", plan: "team", properties: [{ name: "tier", type: "single_select", values: ["one", "two"] }] },
    ],
  });
  await client(github, "admin").rest.repos.createInOrg({ org: "acme", name: "api", auto_init: true });
  const repository = github.repository("acme/api");
  repository.properties.set("tier", "one");
  if (repository.owner.kind !== "organization") throw new Error("acme is an organisation");
  repository.owner.rulesets.push(
    floor("floor of one", { name: "tier", values: ["one"] }),
    floor("floor of two", { name: "tier", values: ["two"] }),
    { ...floor("tried out"), enforcement: "evaluate" },
  );
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

let id = 5_000;
const floor = (name: string, property?: OwnerRuleset["property"]): OwnerRuleset => ({
  id: id++,
  name,
  target: "branch",
  enforcement: "active",
  bypass_actors: [{ actor_type: "OrganizationAdmin", actor_id: 1, bypass_mode: "pull_request" }],
  conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
  rules: [
    { type: "deletion" },
    {
      type: "pull_request",
      parameters: {
        required_approving_review_count: 3,
        dismiss_stale_reviews_on_push: false,
        require_code_owner_review: false,
        require_last_push_approval: false,
        required_review_thread_resolution: false,
      },
    },
  ],
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:00Z",
  ...(property && { property }),
});

const declaration = {
  ...withinPlan(
    { repository: repositorySchema.parse({ visibility: "public", codeOwners: ["@maintainer"] }) },
    { kind: "organization", plan: "team", visibility: "public", advancedSecurity: false },
  ),
  github: githubSchema.parse({ owner: "acme", repository: "api" }),
  teams: {},
};

function reader(as = "admin", answer: (url: string) => Response | undefined = () => undefined): Reader {
  const octokit = new Octokit({
    baseUrl: `${github.url}/api/v3`,
    auth: github.tokenOf(as),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: { fetch: async (url: string, options: RequestInit) => answer(url) ?? (await fetch(url, options)) },
  });
  return new Reader(octokit, at);
}
const quiet = () => undefined;

const census = (asked: Reader) => takeCensus(asked, declaration, []);

test.each(["admin", "maintainer", "writer", "reader"])(
  "are among today's rules, by the token of %s: nobody is told that main is open",
  async (name) => {
    const { changes, above } = await census(reader(name));
    expect(above).toEqual(['ruleset "floor of one" of acme']);
    const main = changesTable(changes.filter(({ object }) => object === "main"));
    expect(main.join("\n")).not.toMatch(/today: (changes may be pushed|no review|0 reviews)/);
  },
);

test("are no surprise to drift, and are not taken for what the stack declares", async () => {
  const { findings } = await census(reader());
  expect(findings.filter(({ object }) => /floor|tried/.test(object))).toEqual([]);
  expect(findings.map(({ sentence }) => sentence)).toContain('ruleset "main branch" is declared and not there');
});

test("stay out of a plan, which only compares what the stack declares", async () => {
  github.traffic.clear();
  const { things } = await askPresent(reader(), declaration, {});
  expect(things.filter(({ kind }) => kind === "ruleset")).toEqual([]);
  expect(github.traffic.exchanges.filter(({ path }) => /rulesets\/\d/.test(path))).toEqual([]);
});

const above = /rulesets\?.*includes_parents=true/;

test("that could not be asked are never said to be missing", async () => {
  const down = reader("admin", (url) =>
    above.test(url) ? Response.json({ message: "Bad Gateway" }, { status: 502 }) : undefined,
  );
  await expect(census(down)).rejects.toThrow("Bad Gateway");
});

test("that this token may not see: nothing is said of what changes on a branch", async () => {
  const blind = reader("admin", (url) =>
    above.test(url) ? Response.json({ message: "Resource not accessible by integration" }, { status: 403 }) : undefined,
  );
  const { changes, findings, hidden } = await census(blind);
  expect(hidden).toContain("every ruleset of acme");
  expect(findings.map(({ sentence }) => sentence)).toContain('ruleset "main branch" is declared and not there');
  expect(changes.filter(({ object }) => object === "main")).toEqual([]);
});

test("hold on the emulated GitHub too, for the repositories of their property", async () => {
  const { rest } = client(github, "maintainer");
  const write = () =>
    rest.repos.createOrUpdateFileContents({ ...at, path: "a.md", message: "docs: a", content: "YQ==", branch: "main" });
  await expect(write()).rejects.toThrow(/pull request/);
  const { data } = await rest.repos.getBranchRules({ ...at, branch: "main" });
  expect(data.map(({ ruleset_source }) => ruleset_source)).toEqual(["acme", "acme"]);
  github.repository("acme/api").properties.set("tier", "none");
  await write();
  github.repository("acme/api").properties.set("tier", "one");
});
