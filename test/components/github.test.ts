import { describe, expect, test } from "vitest";
import { recordGitHub, type GitHubChoice } from "../support/github-program.ts";
import { secretMark, type Recorded } from "../support/recorder.ts";

let resources: readonly Recorded[];
/** What was declared before, by choice: nothing here changes it. */
const declared = new Map<string, readonly Recorded[]>();

async function declare(choice: GitHubChoice = {}): Promise<void> {
  const key = JSON.stringify({ ...choice, found: "found" in choice });
  resources = declared.get(key) ?? (await recordGitHub(choice));
  declared.set(key, resources);
}

const named = (name: string, type = ""): Recorded => {
  const one = resources.find((resource) => resource.name === name && resource.type.includes(type));
  if (!one) throw new Error(`no ${name} among ${resources.map((resource) => resource.name).join(", ")}`);
  return one;
};
const ofType = (type: string) => resources.filter((resource) => resource.type === `github:index/${type}`);
const stdinOf = (name: string) =>
  JSON.parse(String(named(name).inputs.stdin)) as { write?: object; named?: object; all?: { write?: object }[] };

describe("structure", () => {
  test("every resource has a parent whose name begins its own", async () => {
    await declare();
    const tops = ["github", "repository", "environment", "slipway-test"];
    for (const { name, parent, type } of resources.filter(
      ({ name, type }) => !tops.includes(name) || !type.startsWith("slipway:"),
    )) {
      if (type === "pulumi:pulumi:Stack") continue;
      const parentName = parent.split("::").at(-1) ?? "";
      expect(parentName, `${type} ${name}`).not.toBe("");
      expect(name.startsWith(parentName), `${name} under ${parentName}`).toBe(true);
    }
  });

  test("its names stay as they are", async () => {
    await declare();
    expect(resources.map(({ type, name }) => `${type} ${name}`).sort()).toMatchSnapshot();
  });

  test("everything on GitHub goes through the account's own provider", async () => {
    await declare();
    expect(named("github-provider").inputs).toMatchObject({ owner: "acme", writeDelayMs: "1000" });
  });

  test.each(["rulesets", "classic"])("no destroy takes a rule away: %s", async (rules) => {
    await declare({ repository: { rules } });
    const guards = resources.filter(({ type }) =>
      /^github:.*:(Repository|RepositoryRuleset|BranchProtection|RepositoryEnvironment|Branch|ActionsRepositoryPermissions)$/.test(
        type,
      ),
    );
    expect(guards).toHaveLength(10);
    expect(guards.filter(({ protect }) => !protect).map(({ name }) => name)).toEqual([]);
  });

  test.each([
    ["terraform-provider-github#3559", "bug"],
    ["terraform-provider-github#3617", "Good First Issue"],
  ])("%s: the provider makes none of the labels that every repository has, such as %s", async (_, name) => {
    await declare({ repository: { labels: [{ name, color: "0e8a16" }] } });
    expect(ofType("issueLabel:IssueLabel").filter(({ inputs }) => inputs.name === name)).toEqual([]);
    expect(String(named("repository-labels-read-back").inputs.stdin)).toContain(`label \\"${name}\\"`);
  });

  test("a label is renamed before the provider makes one of its new name", async () => {
    await declare({ repository: { labels: [{ name: "area: api", was: "api", color: "0e8a16" }] } });
    const [label] = ofType("issueLabel:IssueLabel").filter(({ inputs }) => inputs.name === "area: api");
    expect(label?.dependsOn.some((urn) => urn.endsWith("repository-labels-renamed"))).toBe(true);
  });

  test("the repository is protected, and files outlive the stack", async () => {
    await declare();
    expect(named("repository", "repository:Repository").protect).toBe(true);
    expect(named("repository-files-given").inputs).not.toHaveProperty("delete");
  });
});

describe("order", () => {
  test("terraform-provider-github#1438: files come before the rules, which would refuse them", async () => {
    await declare();
    const files = named("repository-files-given").urn;
    const rulesets = ofType("repositoryRuleset:RepositoryRuleset");
    expect(rulesets).toHaveLength(6);
    for (const { dependsOn } of rulesets) expect(dependsOn).toContain(files);
  });

  test("teams get their roles before there is a rule or an environment: an owner of code can write", async () => {
    await declare();
    const team = named("repository-teams-platform");
    expect(team.inputs).toMatchObject({ teamId: "70", permission: "push" });
    for (const { dependsOn } of ofType("repositoryRuleset:RepositoryRuleset")) expect(dependsOn).toContain(team.urn);
    expect(named("environment", "RepositoryEnvironment").dependsOn).toContain(team.urn);
  });

  test("so do users, and another role takes nobody out first", async () => {
    await declare();
    const ann = named("repository-collaborators-ann");
    expect(ann.inputs).toMatchObject({ username: "ann", permission: "triage" });
    expect(ann.ignoreChanges).toEqual(["permission"]);
    const granted = [ann.urn, named("repository-collaborators-read-back").urn];
    for (const { dependsOn } of ofType("repositoryRuleset:RepositoryRuleset"))
      expect(dependsOn).toEqual(expect.arrayContaining(granted));
    expect(named("environment", "RepositoryEnvironment").dependsOn).toEqual(expect.arrayContaining(granted));
  });

  test("btkrausen#4: later changes of those files are left to pull requests", async () => {
    await declare();
    expect(named("repository-files-given").ignoreChanges).toEqual(["*"]);
  });

  test("terraform-provider-github#1284: main is not made, it is there; develop grows from it", async () => {
    await declare();
    expect(ofType("branch:Branch").map(({ inputs }) => inputs.branch)).toEqual(["develop"]);
    expect(named("repository-develop").inputs).toMatchObject({ sourceBranch: "main" });
  });

  test("terraform-provider-github#899: a first branch of another name is renamed, once", async () => {
    await declare();
    expect(named("repository-main").inputs).toMatchObject({ branch: "main", rename: true });
    expect(named("repository-main").ignoreChanges).toEqual(["rename"]);
  });

  test("terraform-provider-github#1820: policies come after the environment that allows them", async () => {
    await declare();
    const environment = named("environment", "RepositoryEnvironment");
    expect(environment.inputs).toMatchObject({
      deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false },
    });
    const policies = ofType("repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy");
    expect(policies.map(({ inputs }) => inputs.branchPattern ?? inputs.tagPattern)).toEqual(["main", "v*.*.*"]);
    for (const { dependsOn } of policies) expect(dependsOn).toContain(named("environment-read-back").urn);
  });

  test("safe-settings#876: secrets go in when the rules around the environment stand", async () => {
    await declare();
    expect(named("environment-secrets-TOKEN").dependsOn).toEqual(
      expect.arrayContaining([named("environment-read-back").urn]),
    );
  });
});

describe("secrets", () => {
  const secrets = () => resources.filter(({ type }) => /github:.*Secret$/.test(type));

  test("pulumi-github#223: an old one is deleted before the new one comes, not after", async () => {
    await declare();
    expect(secrets()).toHaveLength(3);
    expect(secrets().every(({ deleteBeforeReplace }) => deleteBeforeReplace)).toBe(true);
  });

  test("terraform-provider-github#2845: none is told to ignore changes, which has wiped values", async () => {
    await declare();
    for (const { ignoreChanges } of secrets()) expect(ignoreChanges).toEqual([]);
  });

  test("terraform-provider-github#3069: the sealed value goes with the id of its key", async () => {
    await declare();
    for (const { inputs } of secrets()) {
      expect(inputs).toMatchObject({
        keyId: "1",
        valueEncrypted: expect.stringMatching(/^[A-Za-z0-9+/]{60,}=*$/) as string,
      });
      expect(inputs).not.toHaveProperty("plaintextValue");
    }
  });

  test("pulumi-github#111: no plain value goes anywhere, not even encrypted into the state", async () => {
    await declare();
    expect(resources.filter(({ wire }) => /planted-(one|two|three)/.test(wire))).toEqual([]);
    for (const { wire } of secrets()) expect(wire).toContain(secretMark);
  });

  test("what a webhook is signed with is a secret of its step, and in no argument", async () => {
    await declare({ repository: { webhooks: { chat: { url: "https://chat.example/1" } } } });
    const holding = resources.filter(({ wire }) => wire.includes("planted-four"));
    expect(holding.map(({ name }) => name)).toEqual(["repository-settings-webhooks"]);
    const { environment, ...others } = JSON.parse(holding[0]?.wire ?? "{}") as { environment: object };
    expect(JSON.stringify(others)).not.toContain("planted-four");
    expect(JSON.stringify(environment)).toContain(secretMark);
  });

  test("the token is marked secret: the SDK itself would put the variable's value into the state as it is", async () => {
    await declare();
    const holding = resources.filter(({ wire }) => wire.includes("planted-token"));
    expect(holding.map(({ name }) => name)).toEqual(["github-provider"]);
    const { token } = JSON.parse(holding[0]?.wire ?? "{}") as { token: object };
    expect(Object.values(token)).toContain(secretMark);
  });

  test("the key that seals is made once and kept secret", async () => {
    await declare();
    expect(named("github-sealing-key")).toMatchObject({
      ignoreChanges: ["*"],
      additionalSecretOutputs: ["stdout"],
      inputs: { logging: "none" },
    });
  });

  test("a preview that can't ask for keys changes none", async () => {
    await declare({ found: undefined });
    for (const { ignoreChanges } of secrets()) expect(ignoreChanges).toContain("valueEncrypted");
  });
});

describe("rules", () => {
  test("terraform-provider-github#2493: no resource of the kind that changes in every preview", async () => {
    await declare({ repository: { rules: "classic" } });
    expect(ofType("branchProtectionV3:BranchProtectionV3")).toEqual([]);
    expect(ofType("branchProtection:BranchProtection")).toHaveLength(2);
  });

  test("classic checks are pinned to GitHub Actions through the API", async () => {
    await declare({ repository: { rules: "classic" } });
    expect(stdinOf("repository-main-rules-read-back").all?.[0]?.write).toMatchObject({
      method: "PUT",
      body: { required_status_checks: { checks: [{ context: "Gate", app_id: 15368 }] } },
    });
  });

  test("terraform-provider-github#2089: each label by itself, so that no rename deletes", async () => {
    await declare();
    expect(ofType("issueLabels:IssueLabels")).toEqual([]);
    expect(ofType("issueLabel:IssueLabel")).toHaveLength(11);
  });

  test("every ruleset is read back by its own number", async () => {
    await declare();
    const readBacks = resources.filter(({ parent, name }) => parent.includes("Ruleset") && name.endsWith("-read-back"));
    expect(readBacks).toHaveLength(6);
  });
});

describe("what somebody changed by hand", () => {
  const at = "2026-11-24T12:00:00.000Z";
  const stdin = (name: string) => String(named(name).inputs.stdin);

  test("is made so again, and nothing else is", async () => {
    await declare();
    const before = new Map(resources.map(({ name, inputs }) => [name, inputs.stdin]));
    await declare({ marks: [{ kind: "ruleset", name: "main branch", is: "changed", at }] });
    const again = resources.filter(({ name, inputs }) => before.get(name) !== inputs.stdin);
    expect(again.map(({ name }) => name)).toEqual(["repository-main-rules-ruleset-read-back"]);
    expect(stdin("repository-main-rules-ruleset-read-back")).toContain(at);
    // By its name: what somebody made anew by hand has another number.
    expect(stdinOf("repository-main-rules-ruleset-read-back").named).toEqual({ by: "name", name: "main branch" });
  });

  test("and is no longer there is made anew, though it is protected", async () => {
    await declare();
    expect(named("repository-branches-stay", "RepositoryRuleset").protect).toBe(true);
    await declare({ marks: [{ kind: "ruleset", name: "branches stay", is: "missing", at }] });
    expect(named("repository-branches-stay", "RepositoryRuleset").protect).toBe(false);
    expect(named("repository-tags-stay", "RepositoryRuleset").protect).toBe(true);
  });

  test("no secret goes into an environment that comes back before every rule of it stands again", async () => {
    await declare();
    const rules = [
      "environment-read-back",
      "environment-refs",
      "environment-tag-v*.*.*-read-back",
      "environment-app-9",
    ];
    expect(named("environment-secrets-TOKEN").dependsOn).toEqual(
      expect.arrayContaining(rules.map((name) => named(name).urn)),
    );
    await declare({ marks: [{ kind: "environment", name: "staging", is: "missing", at }] });
    for (const name of rules) expect(stdin(name), name).toContain(at);
  });
});

describe("with the older plugin", () => {
  test("tag policies, which it does not know, go through the API", async () => {
    await declare({ hasOlderPlugin: true });
    const policies = ofType("repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy");
    expect(policies.map(({ inputs }) => inputs.branchPattern)).toEqual(["main"]);
    expect(stdinOf("environment-tag-v*.*.*-read-back").write).toMatchObject({ body: { name: "v*.*.*", type: "tag" } });
  });
});
