import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repositorySchema, githubSchema } from "../../../github/schema.ts";
import { takeCensus } from "../../../github/take-census.ts";
import { withinPlan } from "../../../github/plan/limits.ts";
import { Reader } from "../../../github/read/reader.ts";
import { GitHub } from "../../emulators/github/github.ts";
import { client } from "../../emulators/github/support.ts";

let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "team" }] });
  await client(github, "admin").rest.repos.createInOrg({ org: "acme", name: "ape-2026", auto_init: true });
});
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

/** A client whose requests for `path` get `answer`. */
function interrupted(path: RegExp, answer: () => Response): Reader {
  const octokit = new Octokit({
    baseUrl: `${github.url}/api/v3`,
    auth: github.tokenOf("admin"),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: {
      fetch: (url: string, options: RequestInit) => (path.test(url) ? Promise.resolve(answer()) : fetch(url, options)),
    },
  });
  return new Reader(octokit, where);
}
const where = { owner: "acme", repo: "ape-2026" };
const quiet = () => undefined;
const said = (status: number, message: string, headers: Record<string, string> = {}) =>
  Response.json({ message }, { status, headers });

describe("what could not be asked is never said to be missing", () => {
  test.each<[string, () => Response]>([
    ["403, nothing remains", () => said(403, "API rate limit exceeded", { "x-ratelimit-remaining": "0" })],
    ["403, retry later", () => said(403, "You have exceeded a secondary limit", { "retry-after": "60" })],
    ["429", () => said(429, "Too many requests")],
    ["502", () => said(502, "Bad Gateway")],
  ])("%s", async (_, answer) => {
    const census = takeCensus(interrupted(/rulesets/, answer), declaration, []);
    await expect(census).rejects.toThrow();
  });
});
