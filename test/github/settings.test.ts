import { describe, expect, test } from "vitest";
import { environmentSetting, protectionAppSetting } from "../../github/kinds/environment.ts";
import { ensure } from "../../github/api-setting.ts";
import { teamRoles } from "../../github/kinds/access.ts";
import { collaboratorSetting } from "../../github/kinds/collaborator.ts";
import { actionsInputs, actionsSettings } from "../../github/kinds/actions.ts";
import { repositoryFiles } from "../../github/kinds/file.ts";
import { declaredThings } from "../../github/kinds/index.ts";
import { typeLabels } from "../../github/kinds/label.ts";
import { repositoryInputs, repositorySettings } from "../../github/kinds/repository.ts";
import { securitySettings } from "../../github/kinds/security.ts";
import { withinPlan, type Account, type RepositoryWithinPlan } from "../../github/plan/limits.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../github/schema.ts";
import { githubProblems } from "../../github/settings-problems.ts";

const base = { visibility: "public", codeOwners: ["@acme/platform"] };
const repository = (change: object = {}) => repositorySchema.parse({ ...base, ...change });
const environment = (change: object = {}) =>
  environmentSchema.parse({ name: "production", reviewers: { users: ["ann"] }, ...change });
const github = githubSchema.parse({ owner: "acme", repository: "ape" });
const noSecrets = { webhookSecrets: {}, repositorySecrets: {}, dependabotSecrets: {}, environmentSecrets: {} };
const noList = { repositoryDefaults: {}, repositories: {} };
const problemsOf = (sections: object) =>
  githubProblems({
    github,
    repository: undefined,
    environment: undefined,
    environments: [],
    ...noSecrets,
    ...noList,
    ...sections,
  })
    .filter(({ path }) => !/Secrets$|(repository|dependabot|environment)Secrets/.test(path))
    .map(({ path, problem }) => `${path} ${problem}`);

function planned(account: Partial<Account>, change: object = {}) {
  const all: Account = {
    kind: "organization",
    plan: "enterprise",
    visibility: "public",
    advancedSecurity: false,
    ...account,
  };
  const { repository: within } = withinPlan({ repository: repository({ visibility: all.visibility, ...change }) }, all);
  if (within === undefined) throw new Error("no repository");
  return within;
}

describe("the repository", () => {
  test("terraform-provider-github#577: has a first commit, so that there is a branch to protect", () => {
    expect(repositoryInputs("ape", planned({}))).toMatchObject({ autoInit: true });
  });

  test("terraform-provider-github#2190: a public one is not asked for advanced security", () => {
    const { securityAndAnalysis } = repositoryInputs("ape", planned({}));
    expect(securityAndAnalysis).toEqual({
      secretScanning: { status: "enabled" },
      secretScanningPushProtection: { status: "enabled" },
    });
  });

  test("terraform-provider-github#2145: a private one without the licence is asked for nothing", () => {
    expect(repositoryInputs("ape", planned({ visibility: "private" }))).not.toHaveProperty("securityAndAnalysis");
  });

  test("terraform-provider-github#1487: a private one with the licence is asked for all of it", () => {
    const inputs = repositoryInputs("ape", planned({ visibility: "private", advancedSecurity: true }));
    expect(inputs.securityAndAnalysis).toHaveProperty("advancedSecurity");
  });

  test("the pull request's title becomes the commit's, which the convention is checked on (jsse#348)", () => {
    expect(repositoryInputs("ape", planned({}))).toMatchObject({
      squashMergeCommitTitle: "PR_TITLE",
      mergeCommitTitle: "PR_TITLE",
    });
  });

  test.each(["main", "develop"])("classic protection of %s refuses a bypass that it would widen", (branch) => {
    const choice = (rules: string, ...bypass: string[]) =>
      problemsOf({ repository: repository({ rules, branches: { [branch]: { bypass } } }) });
    expect(choice("classic", "role:admin", "team:platform")).toEqual([
      `slipway:repository.branches.${branch}.bypass can't be kept by classic protection, which would let every administrator pass instead`,
    ]);
    expect(choice("classic", "role:admin")).toEqual([]);
    expect(choice("rulesets", "team:platform")).toEqual([]);
  });

  test("an owner of code that GitHub would ignore is refused", () => {
    const roles = (role: string) => problemsOf({ repository: repository({ teams: { platform: role } }) });
    expect(roles("triage")).toEqual([
      "slipway:repository.teams.platform can't write, and GitHub ignores an owner of code who can't",
    ]);
    expect(roles("maintain")).toEqual([]);
  });

  test("owners of code can write and approvers read, unless the stack says more", () => {
    const reviewers = { users: [], teams: ["platform", "release"] };
    const roles = teamRoles({ repository: repository({ teams: { guests: "triage" } }), environments: [{ reviewers }] });
    expect(roles).toEqual({ platform: "write", release: "read", guests: "triage" });
    expect(teamRoles({ environments: [{ reviewers }] })).toEqual({});
  });

  test("lamb#287: no rebase button where commits have to be signed", () => {
    const signed = { branches: { main: { signedCommits: true } } };
    expect(problemsOf({ repository: repository({ ...signed, mergeKinds: ["squash", "rebase"] }) })).toEqual([
      "slipway:repository.mergeKinds can't hold rebase, because slipway:repository.branches.main.signedCommits is on and rebased commits are unsigned",
    ]);
    expect(problemsOf({ repository: repository(signed) })).toEqual([]);
  });

  test("safe-config-service#1617: rebase is off unless it is asked for", () => {
    expect(repositoryInputs("ape", planned({}))).toMatchObject({ allowRebaseMerge: false, allowSquashMerge: true });
  });
});

describe("other systems", () => {
  const chat = { chat: { url: "https://chat.example/1" } };
  const [key, other] = ["A", "B"].map((letter) => `ssh-ed25519 ${letter.repeat(68)}`);

  test("a webhook is signed, with a secret of its own", () => {
    const told = (webhooks: object, ...names: string[]) =>
      problemsOf({
        repository: repository({ webhooks }),
        webhookSecrets: Object.fromEntries(names.map((name) => [name, ""])),
      });
    expect(told(chat, "chat")).toEqual([]);
    expect(told({ ...chat, more: { url: "https://chat.example/1" } }, "chat", "more", "old")).toEqual([
      "slipway:webhookSecrets.old belongs to no webhook",
      "slipway:repository.webhooks.more.url is the address of another webhook",
    ]);
  });

  test("secrets that a moved repository left behind are no problem of a stack without one", () => {
    expect(problemsOf({ webhookSecrets: { chat: "" } })).toEqual([]);
  });

  test("one without is told", () => {
    const [problem] = githubProblems({
      ...{ github, environment: undefined, environments: [], ...noSecrets, ...noList },
      repository: repository({ webhooks: chat }),
    });
    expect(problem?.path).toBe("slipway:webhookSecrets.chat");
    expect(problem?.problem).toBe("is missing, and slipway:repository.webhooks.chat is signed with it");
  });

  test("GitHub takes a deploy key once, whatever comment follows it", () => {
    const keys = (...all: (string | undefined)[]) =>
      problemsOf({
        repository: repository({ deployKeys: Object.fromEntries(all.map((each, at) => [`key ${at}`, { key: each }])) }),
      });
    expect(keys(key, other)).toEqual([]);
    expect(keys(key, `${key ?? ""} me@host`)).toEqual([
      "slipway:repository.deployKeys.key 1.key is the key of another entry, and GitHub takes a key once",
    ]);
  });

  test.each([
    ["deployKeys", { a: { key: "-----BEGIN OPENSSH PRIVATE KEY-----" } }],
    ["webhooks", { a: { url: "chat.example" } }],
    ["webhooks", { a: { url: "https://x", events: [] } }],
    ["autolinks", { "T-": { url: "https://x/number" } }],
    ["autolinks", { "T ": { url: "https://x/<num>" } }],
  ])("%s that GitHub would refuse are refused: %j", (name, given) => {
    expect(repositorySchema.safeParse({ ...base, [name]: given }).success).toBe(false);
  });
});

describe("what nobody declared", () => {
  const present = {
    ...{ issues: false, projects: true, wiki: true, discussions: true, signOff: true, template: true },
    ...{ description: "theirs", homepage: "https://theirs", topics: ["one"], autoMerge: true },
  };
  const inputs = (features: object, there?: typeof present) =>
    repositoryInputs("ape", planned({}, { features }), there);

  test("stays as it is", () => {
    expect(inputs({}, present)).toMatchObject({
      hasIssues: false,
      hasProjects: true,
      hasWiki: true,
      hasDiscussions: true,
      webCommitSignoffRequired: true,
      isTemplate: true,
      description: "theirs",
      homepageUrl: "https://theirs",
      topics: ["one"],
      allowAutoMerge: true,
    });
    const wanted = JSON.stringify(repositorySettings("/repos/acme/ape", planned({})));
    expect(wanted).not.toMatch(/"has_|signoff|is_template|auto_merge|description|homepage|topics/);
    const things = declaredThings({ repository: planned({}) }).filter(({ kind }) =>
      ["settings", "pull requests"].includes(kind),
    );
    expect(JSON.stringify(things)).not.toMatch(/wiki|template|autoMerge|description|homepage|topics/);
  });

  test("and what is declared is as declared, also where that is nothing", () => {
    const nothing = { description: "", homepage: "", topics: [], autoMerge: false };
    expect(repositoryInputs("ape", planned({}, nothing), present)).toMatchObject({
      description: "",
      homepageUrl: "",
      topics: [],
      allowAutoMerge: false,
    });
    expect(JSON.stringify(repositorySettings("/repos/acme/ape", planned({}, nothing)))).toMatch(/description.*names/);
    expect(inputs({ wiki: false, signOff: false }, present)).toMatchObject({
      hasWiki: false,
      webCommitSignoffRequired: false,
      hasProjects: true,
    });
  });

  test("a new repository has issues and nothing else", () => {
    expect(inputs({})).toMatchObject({ hasIssues: true, hasProjects: false, hasWiki: false, hasDiscussions: false });
  });
});

describe("what the provider lacks", () => {
  const steps = (within: RepositoryWithinPlan) => ({
    ...actionsSettings("/repos/acme/ape", within),
    ...securitySettings("/repos/acme/ape", within),
  });
  const settings = steps(planned({}));

  test.each([
    ["terraform-provider-github#1648: CodeQL", "code-scanning"],
    ["terraform-provider-github#2746: immutable releases", "immutable-releases"],
    ["private reports of vulnerabilities", "vulnerability-reports"],
    ["a token that only reads", "token-permissions"],
    ["actions pinned by commit", "sha-pinning"],
  ])("%s: written through the API and read back from the same path", (_, part) => {
    const [{ read, write } = { read: "none" }] = [settings[part] ?? []].flat();
    expect(write?.path).toBe(read);
  });

  test("a team whose workflows name actions by version is not locked out of them", () => {
    const [pinning] = actionsSettings("", planned({}, { pinnedActions: false }))["sha-pinning"] ?? [];
    expect(pinning?.wanted).toMatchObject({ sha_pinning_required: false });
    expect(actionsInputs(planned({}, { pinnedActions: false }))).toMatchObject({ shaPinningRequired: false });
    expect(actionsInputs(planned({}))).toMatchObject({ shaPinningRequired: true });
  });

  test("is not asked for where the account has it not", () => {
    const parts = Object.keys(steps(planned({ visibility: "private" })));
    expect(parts).toEqual(["sha-pinning", "token-permissions", "dependabot-on", "immutable-releases"]);
  });

  test("terraform-provider-github#2225: apps that decide on deployments", () => {
    expect(protectionAppSetting("/repos/acme/ape", "production", 7).write).toEqual({
      method: "POST",
      path: "/repos/acme/ape/environments/production/deployment_protection_rules",
      body: { integration_id: 7 },
    });
  });
});

describe("an environment", () => {
  test("lets nobody past by default: not who started the run, not an administrator", () => {
    expect(environment()).toMatchObject({ selfReview: false, adminsBypass: false });
    const { write } = environmentSetting("/repos/acme/ape", environment(), { users: [7], teams: [] });
    expect(write?.body).toMatchObject({ prevent_self_review: true, can_admins_bypass: false });
  });

  test("view_component#2703: production takes release tags only, so a rollback is dispatched at a tag", () => {
    expect(environment()).toMatchObject({ branches: [], tags: ["v*.*.*"] });
  });

  test("staging takes main as well", () => {
    expect(environmentSchema.parse({ name: "staging" })).toMatchObject({ branches: ["main"], tags: ["v*.*.*"] });
  });

  test.each(["*", "v*", "**", "release-*", "v*.*.*-*"])(
    "synthorg#1542: no tag enters that the tag rulesets do not guard, such as %s",
    (pattern) => {
      expect(environmentSchema.safeParse({ name: "production", tags: [pattern] }).success).toBe(false);
    },
  );

  test("hve-core#2802: narrower patterns are welcome", () => {
    expect(environment({ tags: ["v1.*.*"] }).tags).toEqual(["v1.*.*"]);
  });

  test("needs somebody who approves, unless it is staging or only looks", () => {
    expect(problemsOf({ environment: environment({ reviewers: {} }) })).toEqual([
      "slipway:environment.reviewers is empty, and nothing goes to production without a person's approval",
    ]);
    for (const name of ["staging", "release", "preview", "observe"]) {
      expect(problemsOf({ environment: environmentSchema.parse({ name }) })).toEqual([]);
    }
  });

  test("takes pull requests only where it only looks", () => {
    expect(environmentSchema.parse({ name: "preview" }).branches).toEqual(["main", "refs/pull/*/merge"]);
    expect(environmentSchema.parse({ name: "observe" }).branches).toEqual(["main"]);
    const open = environmentSchema.parse({ name: "staging", branches: ["main", "refs/pull/*/merge"] });
    expect(problemsOf({ environment: open })).toEqual([
      expect.stringContaining("slipway:environment.branches lets pull requests in, whose workflow nobody has reviewed"),
    ]);
  });

  test("of a governance stack needs nobody of its own where another one is the approval for it", () => {
    const named = (name: string, more: object = {}) => environmentSchema.parse({ name, ...more });
    const approvers = { reviewers: { users: ["ann"] } };
    const problems = (...environments: object[]) => problemsOf({ environments });
    expect(problems(named("production"), named("production-approval", approvers))).toEqual([]);
    expect(problems(named("production"), named("staging-approval", approvers))).toEqual([
      "slipway:environments.production.reviewers is empty, and nothing goes to production without a person's approval",
    ]);
    expect(problems(named("production"), named("production-approval"))).toEqual([
      "slipway:environments.production-approval.reviewers is empty, and nothing goes to production-approval without a person's approval",
    ]);
    expect(problems(named("production-approval", { ...approvers, secretsUsedElsewhere: ["KEY"] }))).toEqual([
      "slipway:environments.production-approval.secretsUsedElsewhere names secrets, and an approval is a person's yes that needs none",
    ]);
  });

  test("is declared once", () => {
    const environments = [environment()];
    expect(problemsOf({ environment: environment(), environments })).toEqual([
      "slipway:environments.production is declared twice, here and in slipway:environment",
    ]);
  });

  test("has six reviewers at most", () => {
    const users = ["a", "b", "c", "d", "e", "f", "g"];
    expect(environmentSchema.safeParse({ name: "production", reviewers: { users } }).success).toBe(false);
  });
});

describe("labels", () => {
  test("are one for each type of commit", () => {
    expect(typeLabels.map(({ name }) => name)).toHaveLength(11);
  });

  const color = "0e8a16";
  test("each name once, and none that is there and gone, whatever its capitals", () => {
    const told = (labels: object[], removedLabels: string[] = []) =>
      problemsOf({ repository: repository({ labels: labels.map((label) => ({ color, ...label })), removedLabels }) });
    expect(told([{ name: "bug" }, { name: "area: api", was: "api" }], ["wontfix"])).toEqual([]);
    expect(told([{ name: "api" }, { name: "API" }, { name: "Type: Fix" }, { name: "x", was: "api" }], ["Api"])).toEqual(
      [
        "slipway:repository.labels[1] is declared already",
        "slipway:repository.labels[2] is declared already",
        "slipway:repository.labels[3].was is the name of another label that is declared",
        "slipway:repository.removedLabels[0] is declared as well",
      ],
    );
  });
});

describe("files", () => {
  const files = repositoryFiles(["@acme/platform", "@ann"]);

  test("say who owns what, the way of delivery included", () => {
    expect(files[".github/CODEOWNERS"]).toContain("/.github/ @acme/platform @ann");
  });

  test("terraform-provider-github#633: hold no workflow, which would need a scope of its own", () => {
    expect(Object.keys(files).filter((path) => path.includes("workflows"))).toEqual([]);
    expect(Object.keys(files)).toHaveLength(6);
  });
});

test("sections need to know which repository", () => {
  expect(problemsOf({ github: undefined, environment: environmentSchema.parse({ name: "staging" }) })).toEqual([
    "slipway:github is missing, and slipway:repository or slipway:environments needs it",
  ]);
});

describe("collaborators", () => {
  test("an owner of code who is declared to read only, and the owner of the repository, are named", () => {
    const sections = {
      github: { ...github, owner: "Ann" },
      repository: repository({ codeOwners: ["@bob"], collaborators: { Bob: "triage", cy: "read", ann: "write" } }),
    };
    expect(problemsOf(sections)).toEqual([
      "slipway:repository.collaborators.Bob can't write, and GitHub ignores an owner of code who can't",
      "slipway:repository.collaborators.ann owns the repository, and GitHub takes no owner as a collaborator",
    ]);
  });

  test("another role is written in place, and an invitation that waits will do", async () => {
    const setting = collaboratorSetting(
      { owner: "acme", repo: "ape" },
      { login: "bob", id: 7 },
      "write",
      "organization",
    );
    expect(setting.write).toEqual({
      method: "PUT",
      path: "/repos/acme/ape/collaborators/bob",
      body: { permission: "push" },
    });
    const sent: string[] = [];
    const invitation = { invitee: { id: 7, login: "bob" }, permissions: "write", expired: false };
    const send = (expired: boolean) => (method: string, path: string) => {
      if (method === "PUT") sent.push(method);
      const data = path.includes("invitations")
        ? [{ ...invitation, expired: expired && sent.length === 0 }]
        : { repository: { collaborators: { edges: [] } } };
      return Promise.resolve({ status: 200, data });
    };
    expect(await ensure(send(false), setting)).toBe("role of collaborator bob: as wanted");
    expect(sent).toEqual([]);
    expect(await ensure(send(true), setting)).toBe("role of collaborator bob: set");
    expect(sent).toEqual(["PUT"]);
  });
});
