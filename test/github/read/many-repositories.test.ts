// What a look at several repositories of one stack costs, and that what they share tells the same as asking each.
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allSections, type Sections } from "../../../github/sections.ts";
import { askRepositories } from "../../../github/plan/ask-repositories.ts";
import { askShared } from "../../../github/read/ask-shared.ts";
import { GitHub } from "../../emulators/github/github.ts";
import { client } from "../../emulators/github/support.ts";
import { govern } from "../../support/governed-repository.ts";
import { settingsOf } from "../../support/settings-of.ts";

const names = ["api", "billing", "docs", "payments", "website"];
const platform = { platform: ["maintainer"] };

let github: GitHub;
let all: readonly Sections[];
beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "team", teams: platform }],
    apps: [{ id: 77, slug: "release" }],
  });
  all = sections();
  const { rest } = client(github, "admin");
  for (const repo of names) {
    const settings = all.find(({ listed }) => listed === repo)?.repository;
    if (settings) await govern(github, repo, settings);
    const at = { owner: "acme", repo };
    await rest.repos.enableVulnerabilityAlerts(at);
    await rest.repos.enableAutomatedSecurityFixes(at);
    await rest.actions.setGithubActionsPermissionsRepository({ ...at, enabled: true, allowed_actions: "selected" });
  }
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});
const acme = () => {
  const { owner } = github.repository("acme/api");
  if (owner.kind !== "organization") throw new Error("acme is an organisation");
  return owner;
};

/** Five repositories that have nothing but what is said of all. */
function sections(): readonly Sections[] {
  return allSections(
    settingsOf({
      github: { owner: "acme", baseUrl: `${github.url}/` },
      repositoryDefaults: { visibility: "private", codeOwners: ["@acme/platform"] },
      repositories: Object.fromEntries(names.map((name) => [name, {}])),
    }),
  );
}

/** A plan's answers and the paths that it asked for. */
async function look(token = github.tokenOf("admin"), some = all) {
  github.traffic.clear();
  const [first] = some;
  if (first === undefined) throw new Error("no repository");
  const asked = await askRepositories(first.github, some, token, () => {
    return { last: {}, among: { prefix: "", others: [] } };
  });
  return { asked, paths: github.traffic.exchanges.map(({ path }) => path.replace("/api/v3", "")) };
}

test("a plan of five that are as their defaults say takes five requests of each, and six with those for all of them", async () => {
  const { paths } = await look();
  for (const name of names) expect(paths.filter((path) => path.startsWith(`/repos/acme/${name}`))).toHaveLength(5);
  expect(paths.filter((path) => !path.startsWith("/repos/")).sort()).toEqual([
    "/api/graphql",
    "/orgs/acme",
    "/orgs/acme/repos",
    "/orgs/acme/teams/platform",
    "/orgs/acme/teams/platform/repos",
  ]);
  expect(paths.length / names.length).toBeLessThanOrEqual(6);
});

describe("what they share tells the same as asking each by itself", () => {
  const tokens = ["admin", "maintainer", "writer", "reader", "release", "github_pat_of_an_administrator"];
  const tokenOf = (name: string) => (name.startsWith("github_pat_") ? name : github.tokenOf(name));
  const told = async (token: string, some: readonly Sections[]) => {
    const { asked } = await look(token, some);
    return asked.repositories.map(({ found: { repository }, reading }) => ({ repository, reading }));
  };
  async function isSame(token: string): Promise<void> {
    const alone = [];
    for (const one of all) alone.push(...(await told(token, [one])));
    expect(await told(token, all)).toEqual(alone);
  }

  test("where all is as declared", async () => {
    await isSame(github.tokenOf("admin"));
  });

  test.each(tokens)("where somebody changed it by hand, with the token of %s", async (name) => {
    const administrator = github.world.user("admin");
    const token = github.tokenOf("admin");
    if (name.startsWith("github_pat_")) Object.assign(administrator ?? {}, { token: name });
    const repository = github.repository("acme/docs");
    const { settings, security, topics } = repository;
    const before = { settings: { ...settings }, analysis: { ...security.analysis }, topics, teams: repository.teams };
    Object.assign(settings, {
      description: "pages",
      has_wiki: false,
      has_discussions: true,
      is_template: true,
      web_commit_signoff_required: true,
      allow_auto_merge: true,
      allow_update_branch: !settings.allow_update_branch,
      allow_merge_commit: false,
      merge_commit_title: "PR_TITLE",
      squash_merge_commit_message: "BLANK",
    });
    Object.assign(security.analysis, { secret_scanning: "enabled" });
    Object.assign(repository, { topics: ["pages"], archived: true, teams: new Map([["platform", "maintain"]]) });
    try {
      await isSame(tokenOf(name));
    } finally {
      Object.assign(repository, { topics: before.topics, archived: false, teams: before.teams });
      Object.assign(settings, before.settings);
      security.analysis = before.analysis;
      Object.assign(administrator ?? {}, { token });
    }
  });

  test("where a team has lost its role, which only the repository itself can say", async () => {
    const { teams } = github.repository("acme/docs");
    github.repository("acme/docs").teams = new Map();
    await isSame(github.tokenOf("admin"));
    github.repository("acme/docs").teams = teams;
  });
});

test.each([
  ["none is there", [], 1],
  ["one is there, which a list does not tell apart from what it is built on", ["security"], 5],
])("an organisation that may have roles of its own: %s", async (_, roles, asked) => {
  Object.assign(acme(), { plan: "enterprise", customRoles: roles });
  const { paths } = await look();
  Object.assign(acme(), { plan: "team", customRoles: [] });
  expect(paths).toContain("/orgs/acme/custom-repository-roles");
  expect(paths.filter((path) => path.endsWith("/teams") || path.endsWith("platform/repos"))).toHaveLength(asked);
});

describe("lists", () => {
  const paged = (page: number) => Array.from({ length: 100 }, (_, index) => ({ name: `other-${page}-${index}` }));
  const ours = names.map((name) => ({ name, permissions: { admin: false, push: true, pull: true } }));
  /** @param answer to a page of the organisation's list, and of the team's */
  async function share(answer: (page: number) => Response, some = names) {
    const asked: string[] = [];
    const octokit = new Octokit({
      request: {
        fetch: (url: string) => {
          asked.push(new URL(url).pathname);
          return Promise.resolve(answer(Number(new URL(url).searchParams.get("page"))));
        },
      },
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    });
    const lists = { owner: "acme", names: some, teams: ["platform"], mayHaveRoles: false };
    return { ...(await askShared(octokit, lists)), asked };
  }
  const quiet = () => undefined;

  test("tell the highest of a team's rights", async () => {
    const { roles, repositories } = await share(() => Response.json(ours));
    expect(roles.get("docs")).toEqual({ platform: "write" });
    expect([...repositories.keys()]).toEqual(names);
  });

  test("are read no further than asking each repository would take", async () => {
    const { roles, repositories, asked } = await share((page) => Response.json(paged(page)));
    expect([roles.size, repositories.size]).toEqual([0, 0]);
    expect(asked).toHaveLength(2);
    const many = Array.from({ length: 40 }, (_, index) => `service-${index}`);
    expect((await share((page) => Response.json(paged(page)), many)).asked).toHaveLength(26);
  });

  test("are not asked for where there are one or two repositories", async () => {
    expect((await share(() => Response.json(ours), ["api", "docs"])).asked).toEqual([]);
  });

  test.each([403, 404, 500])("that GitHub answers with %d say nothing of any repository", async (status) => {
    const { roles, repositories } = await share(() => Response.json({ message: "no" }, { status }));
    expect([roles.size, repositories.size]).toEqual([0, 0]);
  });
});
