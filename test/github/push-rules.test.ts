// What no push may bring into a repository.
import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensure, type Send } from "../../github/api-setting.ts";
import type { Json } from "../../github/compare.ts";
import { settingsParts } from "../../github/kinds/settings-parts.ts";
import { askedThings, askPresent, declaredGuards, presentGuards } from "../../github/plan/guards.ts";
import { loosenings } from "../../github/plan/loosenings.ts";
import { withinPlan, type Account } from "../../github/plan/limits.ts";
import { mendsOf } from "../../github/plan/mends.ts";
import { readerOf } from "../../github/read/reader.ts";
import { githubSchema, repositorySchema } from "../../github/schema.ts";
import { takeCensus } from "../../github/take-census.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";
import { govern } from "../support/governed-repository.ts";
import { recordGitHub } from "../support/github-program.ts";

const own: Account = { kind: "organization", plan: "team", visibility: "private", advancedSecurity: false };
const all = {
  files: [".github/CODEOWNERS", "infra/**/*"],
  extensions: ["*.zip"],
  largestMb: 10,
  longestPath: 200,
  bypass: ["team:platform"],
};
const declare = (pushRules: object | undefined, account = own) =>
  withinPlan(
    {
      repository: repositorySchema.parse({
        visibility: account.visibility,
        codeOwners: ["@acme/platform"],
        requiredChecks: [{ name: "test" }],
        ...(pushRules && { pushRules }),
      }),
    },
    account,
  );

let github: GitHub;
let admin: Octokit;
let teams: Record<string, number>;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "team", teams: { platform: ["maintainer"] } }] });
  admin = client(github, "admin");
  const { data } = await admin.rest.teams.getByName({ org: "acme", team_slug: "platform" });
  teams = { platform: data.id };
  await govern(github, "api", repositorySchema.parse({ visibility: "private", codeOwners: ["@acme/platform"] }));
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

const send: Send = async (method, path, body) => {
  const answer = await admin.request(`${method} ${path}`, body === undefined ? {} : { data: body });
  return { status: answer.status, data: answer.data as Json };
};
const update = async (pushRules: object) => {
  const { repository } = declare(pushRules);
  if (repository === undefined) throw new Error("nothing declared");
  const { settings = [] } = settingsParts("/repos/acme/api", repository, teams).pushes ?? {};
  for (const setting of settings) await ensure(send, setting);
};
const pushes = () => github.repository("acme/api").rulesets.find(({ name }) => name === "pushes");
const reader = () => readerOf({ owner: "acme", repository: "api", baseUrl: `${github.url}/` }, github.tokenOf("admin"));
const drift = async (pushRules: object | undefined) => {
  const settings = githubSchema.parse({ owner: "acme", repository: "api", baseUrl: `${github.url}/` });
  const { findings, weakened } = await takeCensus(
    reader(),
    { ...declare(pushRules), github: settings, secrets: {}, teams },
    [],
  );
  const about = ({ sentence }: { readonly sentence: string }) => sentence.includes("pushes");
  return [...findings, ...weakened].filter(about).map(({ sentence }) => sentence);
};

test("an update makes the rules so, takes over what is there, and drift is silent then", async () => {
  expect(await drift(all)).toContain('ruleset "pushes" is declared and not there');
  const first = { files: ["infra/**/*"] };
  await update(first);
  expect(pushes()).toMatchObject({
    target: "push",
    rules: [{ type: "file_path_restriction", parameters: { restricted_file_paths: ["infra/**/*"] } }],
  });
  const id = pushes()?.id;
  await update(all);
  expect(pushes()).toMatchObject({
    id,
    bypass_actors: [{ actor_type: "Team", actor_id: teams.platform, bypass_mode: "always" }],
    rules: [{}, {}, {}, {}],
  });
  expect(await drift(all)).toEqual([]);
  expect(await drift(undefined)).toEqual(['ruleset "pushes" is there, and nobody declared it']);
});

describe("what somebody changed by hand", () => {
  beforeAll(() => update(all));
  const parameters = (type: string, values: object) => () => {
    const rule = pushes()?.rules.find((each) => each.type === type);
    Object.assign(rule && "parameters" in rule ? rule.parameters : {}, values);
  };
  const drop = (type: string) => () => {
    const ruleset = pushes();
    if (ruleset) ruleset.rules = ruleset.rules.filter((each) => each.type !== type);
  };

  test.each<[string, () => void, readonly string[]]>([
    [
      "a path",
      parameters("file_path_restriction", { restricted_file_paths: ["infra/**/*"] }),
      [
        'ruleset "pushes": files that no push changes lack .github/CODEOWNERS',
        "pushes: changes of .github/CODEOWNERS refused → let through",
      ],
    ],
    [
      "an ending",
      drop("file_extension_restriction"),
      ['ruleset "pushes": files that no push brings lack *.zip', "pushes: files named *.zip refused → let through"],
    ],
    [
      "the size",
      parameters("max_file_size", { max_file_size: 100 }),
      [
        'ruleset "pushes": files may have at most 100 MB, declared is: files may have at most 10 MB',
        "pushes: largest file in MB 10 → 100",
      ],
    ],
    [
      "the length",
      drop("max_file_path_length"),
      [
        'ruleset "pushes": paths may be of any length, declared is: paths may have at most 200 characters',
        "pushes: longest path 200 → none",
      ],
    ],
  ])("%s: drift says so, and one update puts it back", async (_, change, told) => {
    change();
    expect(await drift(all)).toEqual(told);
    const declared = declare(all);
    const present = presentGuards(declared, await askPresent(reader(), declared, teams));
    const marks = mendsOf(
      askedThings(declared),
      await askPresent(reader(), declared, teams),
      { guards: declaredGuards(declared), last: [] },
      new Date(),
    );
    expect(marks).toContainEqual(expect.objectContaining({ kind: "ruleset", name: "pushes", is: "changed" }));
    expect(present.pushes).not.toEqual(declaredGuards(declared).pushes);
    await update(all);
    expect(await drift(all)).toEqual([]);
  });
});

test.each<[string, object, readonly string[]]>([
  ["nothing", {}, []],
  ["a path less", { files: [".github/CODEOWNERS"] }, ["pushes.keptFiles.infra/**/*"]],
  ["no ending", { extensions: [] }, ["pushes.keptOut.*.zip"]],
  ["a larger file", { largestMb: 11 }, ["pushes.largestMb"]],
  ["any file", { largestMb: undefined }, ["pushes.largestMb"]],
  ["a smaller file", { largestMb: 9 }, []],
  ["longer paths", { longestPath: 201 }, ["pushes.longestPath"]],
  ["somebody more who passes", { bypass: ["team:platform", "role:write"] }, ["pushes.bypass.role:write"]],
])("a weakening needs a name: %s", (_, change, told) => {
  const weaker = loosenings(declaredGuards(declare(all)), declaredGuards(declare({ ...all, ...change })));
  expect(weaker.map(({ weakening }) => weakening)).toEqual(told);
});

test("taking all of them away is a weakening by itself", () => {
  const weaker = loosenings(declaredGuards(declare(all)), declaredGuards(declare(undefined)));
  expect(weaker.map(({ sentence }) => sentence)).toEqual(["pushes: all of its rules are removed"]);
});

test.each<[string, Partial<Account>, boolean]>([
  ["a private repository on Team", {}, true],
  ["an internal one on Enterprise", { plan: "enterprise", visibility: "internal" }, true],
  ["a public one", { visibility: "public" }, false],
  ["a user's", { kind: "user", plan: "pro" }, false],
  ["a private one on Free", { plan: "free" }, false],
])("limits of the plan: %s", (_, change, isThere) => {
  const { limits, repository } = declare(all, { ...own, ...change });
  expect(limits.filter(({ path }) => path === "slipway:repository.pushRules")).toHaveLength(isThere ? 0 : 1);
  expect(repository?.pushRules !== undefined).toBe(isThere);
});

test("the program declares them where they are named, and else nothing about pushes", async () => {
  const step = (resources: Awaited<ReturnType<typeof recordGitHub>>) =>
    resources.filter(({ name }) => name.endsWith("settings-pushes"));
  const [made] = step(await recordGitHub({ repository: { visibility: "private", pushRules: all } }));
  expect(String(made?.inputs.stdin)).toContain('"type":"max_file_size"');
  expect(step(await recordGitHub())).toEqual([]);
});

test.each([
  ["extensions", ["zip"]],
  ["largestMb", 101],
  ["longestPath", 0],
  ["bypass", ["app:15368"]],
])("a wrong setting is refused: %s", (name, value) => {
  const parsed = repositorySchema.safeParse({
    visibility: "private",
    codeOwners: ["@ann"],
    pushRules: { [name]: value },
  });
  expect(parsed.error?.issues[0]?.path.slice(0, 2)).toEqual(["pushRules", name]);
});
