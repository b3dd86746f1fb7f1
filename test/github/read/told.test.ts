// What one query of GraphQL tells instead of many requests: the same as REST, or nothing.
import { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kinds } from "../../../github/kinds/index.ts";
import type { KindName, Scope } from "../../../github/kinds/kind.ts";
import { tellerOf } from "../../../github/read/ask-told.ts";
import { rulesetTold } from "../../../github/read/told-ruleset.ts";
import { Reader } from "../../../github/read/reader.ts";
import { repositorySchema } from "../../../github/schema.ts";
import type { Ruleset } from "../../emulators/github/rulesets.ts";
import { GitHub } from "../../emulators/github/github.ts";
import { client } from "../../emulators/github/support.ts";
import { govern } from "../../support/governed-repository.ts";

const at = { owner: "acme", repo: "api" };
const scope: Scope = { isWhole: true, environments: [], files: [], teams: {} };
const told: readonly KindName[] = ["ruleset", "label", "security"];
const paths = () => github.traffic.exchanges.map(({ path }) => path.replace("/repos/acme/api", ""));
const rulesetPaths = () => paths().filter((path) => path.startsWith("/rulesets"));

let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } }],
    apps: [{ id: 77, slug: "release" }],
  });
  const settings = repositorySchema.parse({
    visibility: "private",
    codeOwners: ["@acme/platform"],
    branches: {
      main: { mergeKinds: ["merge"] },
      develop: {
        mergeQueue: { kind: "squash" },
        requiredScans: { CodeQL: { alerts: "errors", securityAlerts: "high_or_higher" } },
      },
    },
  });
  await govern(github, at.repo, settings);
  const { rest } = client(github, "admin");
  await rest.repos.enableVulnerabilityAlerts(at);
  await rest.repos.enableAutomatedSecurityFixes(at);
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

type Intercept = (url: string, body: string) => Response | undefined;

function octokitOf(token: string, intercept: Intercept = () => undefined): Octokit {
  return new Octokit({
    baseUrl: `${github.url}/api/v3`,
    auth: token,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: {
      fetch: async (url: string, options: RequestInit) =>
        intercept(url, typeof options.body === "string" ? options.body : "") ?? (await fetch(url, options)),
    },
  });
}
const quiet = () => undefined;

function reader(token = github.tokenOf("admin"), intercept?: Intercept, isLimited = false): Reader {
  const octokit = octokitOf(token, intercept);
  const tell = tellerOf(octokit, [at], isLimited);
  return new Reader(octokit, at, isLimited, () => tell(at));
}

async function readings(asked: Reader) {
  github.traffic.clear();
  return Promise.all(told.map((kind) => kinds[kind].read(asked, scope)));
}
const byRest = (token: string, isLimited = false) => readings(new Reader(octokitOf(token), at, isLimited));
const graph = (answer: () => Response) => (url: string) => (url.endsWith("graphql") ? answer() : undefined);

const tokens: readonly [string, () => string, boolean][] = [
  ...["admin", "maintainer", "writer", "reader", "release"].map((name): [string, () => string, boolean] => [
    name,
    () => github.tokenOf(name),
    false,
  ]),
  ["a fine-grained one of an administrator", () => github.tokenOf("admin"), true],
  ["a job's", () => github.world.scopedTokens.add(github.app("release"), { contents: "read" }), false],
];

describe.each(tokens)("the same as REST tells: %s", (_, token, isLimited) => {
  test("of what Slipway declares", async () => {
    expect(await readings(reader(token(), undefined, isLimited))).toEqual(await byRest(token(), isLimited));
  });

  test.each(Object.entries(rulesetsOfAllSorts()))("of a ruleset: %s", async (name, given) => {
    const repository = github.repository("acme/api");
    const before = repository.rulesets;
    repository.rulesets = before.flatMap((each, index) => {
      return index === 0 ? [{ ...each, id: 99_999, name, ...given() }, each] : [each];
    });
    try {
      expect(await readings(reader(token(), undefined, isLimited))).toEqual(await byRest(token(), isLimited));
    } finally {
      repository.rulesets = before;
    }
  });
});

function rulesetsOfAllSorts(): Record<string, () => Partial<Ruleset>> {
  const team = () => {
    const { owner } = github.repository("acme/api");
    return owner.kind === "organization" ? (owner.teams[0]?.id ?? 0) : 0;
  };
  const bypass = (actor_type: string, actor_id: number | null, bypass_mode = "always") =>
    ({ bypass_actors: [{ actor_type, actor_id, bypass_mode }] }) as Partial<Ruleset>;
  const pull = (more: object) =>
    ({ rules: [{ type: "pull_request", parameters: { ...pullRequest, ...more } }] }) as unknown as Partial<Ruleset>;
  return {
    "a role passes": () => bypass("RepositoryRole", 5),
    "a team passes in pull requests": () => bypass("Team", team(), "pull_request"),
    "an app passes unseen": () => bypass("Integration", 77, "exempt"),
    "owners pass": () => bypass("OrganizationAdmin", 1),
    "deploy keys pass": () => bypass("DeployKey", null),
    "a user passes": () => bypass("User", 3),
    "it is off": () => ({ enforcement: "disabled" }),
    "it is tried out": () => ({ enforcement: "evaluate", target: "tag" }),
    "a team reviews some files": () =>
      pull({
        required_reviewers: [
          { minimum_approvals: 1, file_patterns: ["*.sql"], reviewer: { id: team(), type: "Team" } },
        ],
      }),
    "one way to merge": () => pull({ allowed_merge_methods: ["squash"] }),
    "checks of any app": () => ({
      rules: [
        {
          type: "required_status_checks",
          parameters: {
            strict_required_status_checks_policy: true,
            do_not_enforce_on_create: true,
            required_status_checks: [{ context: "build" }, { context: "test", integration_id: 77 }],
          },
        },
      ],
    }),
    "rules of other sorts": () => ({ rules: [{ type: "required_linear_history" }, { type: "required_signatures" }] }),
    "rules about pushes": () => ({
      target: "push",
      conditions: { ref_name: { include: [], exclude: [] } },
      rules: [
        { type: "file_path_restriction", parameters: { restricted_file_paths: ["infra/**/*"] } },
        { type: "file_extension_restriction", parameters: { restricted_file_extensions: ["*.zip"] } },
        { type: "max_file_size", parameters: { max_file_size: 10 } },
        { type: "max_file_path_length", parameters: { max_file_path_length: 200 } },
      ],
    }),
    "no rule": () => ({ rules: [], conditions: { ref_name: { include: ["~ALL"], exclude: ["refs/heads/x"] } } }),
  };
}
const pullRequest = {
  required_approving_review_count: 2,
  dismiss_stale_reviews_on_push: true,
  require_code_owner_review: false,
  require_last_push_approval: true,
  required_review_thread_resolution: false,
  required_reviewers: [],
  allowed_merge_methods: ["merge", "squash", "rebase"],
};

test("an administrator's takes one query and no request for any ruleset, for labels or for what is on", async () => {
  await readings(reader());
  expect(paths().filter((path) => path.endsWith("graphql"))).toHaveLength(1);
  expect(paths().filter((path) => /ruleset|label|alerts|fixes/.test(path))).toEqual([]);
});

test("an empty list of who may pass is hidden, as far as GraphQL tells, from whoever can't change it", async () => {
  await readings(reader(github.tokenOf("writer")));
  expect(rulesetPaths().length).toBeGreaterThan(0);
});

test("an empty list of who may pass says nothing to a token that may not see them, nor to a fine-grained one", async () => {
  const list = <T>(nodes: T[]) => ({ pageInfo: { hasNextPage: false }, nodes });
  const graph = {
    databaseId: 7,
    name: "main branch",
    target: "BRANCH",
    enforcement: "ACTIVE",
    conditions: { refName: { include: ["refs/heads/main"], exclude: [] } },
    bypassActors: list([]),
    rules: list([{ type: "DELETION", parameters: null }]),
  };
  expect(rulesetTold(graph, false)).toEqual({ id: 7 });
  expect(rulesetTold(graph, true)?.ruleset).toMatchObject({ bypass_actors: [], rules: [{ type: "deletion" }] });
  await readings(reader(undefined, undefined, true));
  expect(rulesetPaths().length).toBeGreaterThan(0);
});

test("who is told by no number, as a user, is asked for by REST", async () => {
  const { rulesets } = github.repository("acme/api");
  const [first] = rulesets;
  const before = first?.bypass_actors ?? [];
  Object.assign(first ?? {}, { bypass_actors: [{ actor_type: "User", actor_id: 3, bypass_mode: "always" }] });
  await readings(reader());
  Object.assign(first ?? {}, { bypass_actors: before });
  expect(rulesetPaths()).toEqual([`/rulesets/${String(first?.id)}`]);
});

test("a server that does not tell reviewers of some files: REST does, of those rulesets alone", async () => {
  const older: Intercept = (url, body) =>
    url.endsWith("graphql") && body.includes("requiredReviewers")
      ? Response.json({
          errors: [{ message: "Field 'requiredReviewers' doesn't exist on type 'PullRequestParameters'" }],
        })
      : undefined;
  expect(await readings(reader(undefined, older))).toEqual(await byRest(github.tokenOf("admin")));
  await readings(reader(undefined, older));
  expect(rulesetPaths()).toHaveLength(2);
});

test("a list that goes on after the first page is asked for by REST", async () => {
  const { labels } = github.repository("acme/api");
  const more = Array.from({ length: 101 }, (_, id) => ({
    id: 90_000 + id,
    name: `area: ${id}`,
    color: "ededed",
    description: null,
    default: false,
  }));
  labels.push(...more);
  const [, all] = await readings(reader());
  labels.splice(-more.length);
  expect(all?.things.length).toBeGreaterThan(101);
  expect(paths().filter((path) => path.startsWith("/labels"))).toHaveLength(2);
});

const failures: readonly [string, () => Response][] = [
  ["it is used up", () => Response.json({ errors: [{ type: "RATE_LIMITED", message: "wait" }] })],
  ["it may not be asked", () => Response.json({ message: "Resource not accessible by integration" }, { status: 403 })],
  ["it is down", () => Response.json({ message: "Bad Gateway" }, { status: 502 })],
  ["it answers nonsense", () => new Response("<html>")],
  ["it knows no such repository", () => Response.json({ data: { r0: null }, errors: [{ type: "NOT_FOUND" }] })],
  ["it refuses a part", () => Response.json({ data: { r0: { rulesets: null, labels: null } }, errors: [{}] })],
];

test.each(failures)("GraphQL says nothing where %s: REST is asked", async (_, answer) => {
  const asked = reader(undefined, graph(answer));
  expect(await readings(asked)).toEqual(await byRest(github.tokenOf("admin")));
});

test("what neither could be asked is never said to be missing", async () => {
  const down = reader(undefined, (url) =>
    /graphql|rulesets/.test(url) ? Response.json({ message: "Bad Gateway" }, { status: 502 }) : undefined,
  );
  await expect(kinds.ruleset.read(down, scope)).rejects.toThrow("Bad Gateway");
});

test("what neither shows is hidden", async () => {
  const hiding = () => Response.json({ message: "Resource not accessible by integration" }, { status: 403 });
  const blind = reader(undefined, (url) => (/graphql|rulesets/.test(url) ? hiding() : undefined));
  expect(await kinds.ruleset.read(blind, scope)).toEqual({ things: [], hidden: [{ kind: "ruleset" }] });
});

test("ten repositories share a query, and what the points do not suffice for is asked of REST", async () => {
  const octokit = octokitOf(github.tokenOf("admin"));
  const many = Array.from({ length: 11 }, (_, index) => ({ ...at, repo: index === 10 ? "api" : `none-${index}` }));
  github.traffic.clear();
  const tell = tellerOf(octokit, many, false);
  const answers = await Promise.all(many.map(tell));
  expect(paths()).toHaveLength(2);
  expect(answers.map(({ labels }) => labels !== undefined)).toEqual(many.map(({ repo }) => repo === "api"));
  const { limit } = github.world.points;
  github.world.points.limit = github.world.points.used;
  expect(await tellerOf(octokit, [at], false)(at)).toEqual({});
  github.world.points.limit = limit;
});
