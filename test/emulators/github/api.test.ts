// State, plans, identities and protocol through the API.
import type { Octokit } from "@octokit/rest";
import sodium from "libsodium-wrappers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Plan } from "./plans.ts";
import { GitHub } from "./github.ts";
import { client, refused } from "./support.ts";

const plans: [owner: string, kind: "user" | "organization", plan: Plan][] = [
  ["free-user", "user", "free"],
  ["pro-user", "user", "pro"],
  ["free-org", "organization", "free"],
  ["team-org", "organization", "team"],
  ["enterprise-org", "organization", "enterprise"],
];

let github: GitHub;
let admin: Octokit;
let names = 0;

beforeAll(async () => {
  const accounts = plans.map(([login, kind, plan]) => ({
    login,
    kind,
    plan,
    teams: kind === "organization" ? { ops: ["maintainer"] } : {},
  }));
  github = await GitHub.start({ accounts, apps: [{ slug: "gate", deploymentProtection: true }] });
  admin = client(github, "admin");
});

afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

/** A new repository, and its owner's client. */
async function repository(
  owner: string,
  visibility: "public" | "private" | "internal",
): Promise<{ at: { owner: string; repo: string }; by: Octokit }> {
  names += 1;
  const name = `repo-${names}`;
  const organization = owner.endsWith("-org");
  const by = organization ? admin : client(github, owner);
  if (organization)
    await by.repos.createInOrg({ org: owner, name, visibility: visibility as "public", auto_init: true });
  else await by.repos.createForAuthenticatedUser({ name, private: visibility === "private", auto_init: true });
  return { at: { owner, repo: name }, by };
}

describe("what plans allow on private repositories", () => {
  const UPGRADE = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
  test.each([
    ["free-user", false, false],
    ["pro-user", true, false],
    ["free-org", false, false],
    ["team-org", true, false],
    ["enterprise-org", true, true],
  ])("%s: branch rules %s, environment protection %s", async (owner, rules, protection) => {
    const { at, by } = await repository(owner, "private");
    const attempts: (() => Promise<unknown>)[] = [
      () => by.repos.createRepoRuleset({ ...at, name: "main", enforcement: "active" }),
      () => by.repos.getRepoRulesets(at),
      () =>
        by.repos.updateBranchProtection({
          ...at,
          branch: "main",
          required_status_checks: null,
          enforce_admins: true,
          required_pull_request_reviews: null,
          restrictions: null,
        }),
    ];
    for (const attempt of attempts) {
      if (rules) await attempt();
      else
        expect(await refused(attempt())).toMatchObject({
          status: 403,
          message: expect.stringContaining(UPGRADE) as string,
        });
    }
    const wait = (): Promise<unknown> =>
      by.repos.createOrUpdateEnvironment({ ...at, environment_name: "production", wait_timer: 5 });
    if (protection) await wait();
    else if (!rules) expect(await refused(wait())).toMatchObject({ status: 404 });
    else
      expect((await refused(wait())).message).toContain(
        "Please ensure the billing plan supports the wait timer protection rule.",
      );
  });

  test.each(["free-user", "free-org"])("%s: everything on public repositories", async (owner) => {
    const { at, by } = await repository(owner, "public");
    await by.repos.createRepoRuleset({ ...at, name: "main", enforcement: "active" });
    await by.repos.createOrUpdateEnvironment({ ...at, environment_name: "production", wait_timer: 5 });
    await by.repos.enablePrivateVulnerabilityReporting(at);
  });

  test("internal repositories are for enterprises", async () => {
    await repository("enterprise-org", "internal");
    expect(await refused(repository("team-org", "internal"))).toMatchObject({ status: 422 });
  });

  test("a public repository that turns private on the free plan keeps its rules and enforces none", async () => {
    const { at, by } = await repository("free-org", "public");
    await by.repos.createRepoRuleset({
      ...at,
      name: "all",
      enforcement: "active",
      conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
      rules: [{ type: "creation" }],
    });
    const { data } = await by.git.getRef({ ...at, ref: "heads/main" });
    const make = (): Promise<unknown> =>
      client(github, "writer").git.createRef({ ...at, ref: "refs/heads/x", sha: data.object.sha });
    expect(await refused(make())).toMatchObject({ status: 422 });
    await by.repos.update({ ...at, visibility: "private" });
    await make();
  });
});

describe("secrets", () => {
  test("of repository, environment and Dependabot are sealed with three keys, and open", async () => {
    const { at, by } = await repository("team-org", "private");
    const environment_name = "production";
    await by.repos.createOrUpdateEnvironment({ ...at, environment_name });
    const [one, two, three] = await Promise.all([
      by.actions.getRepoPublicKey(at),
      by.actions.getEnvironmentPublicKey({ ...at, environment_name }),
      by.dependabot.getRepoPublicKey(at),
    ]);
    expect(new Set([one, two, three].map(({ data }) => data.key)).size).toBe(3);
    const sealed = ({ data }: typeof one, value: string): { encrypted_value: string; key_id: string } => {
      const key = sodium.from_base64(data.key, sodium.base64_variants.ORIGINAL);
      return {
        encrypted_value: sodium.to_base64(sodium.crypto_box_seal(value, key), sodium.base64_variants.ORIGINAL),
        key_id: data.key_id,
      };
    };
    const first = await by.actions.createOrUpdateRepoSecret({ ...at, secret_name: "token", ...sealed(one, "a") });
    const again = await by.actions.createOrUpdateRepoSecret({ ...at, secret_name: "TOKEN", ...sealed(one, "b") });
    expect([first.status, again.status]).toEqual([201, 204]);
    await by.actions.createOrUpdateEnvironmentSecret({
      ...at,
      environment_name,
      secret_name: "TOKEN",
      ...sealed(two, "c"),
    });
    await by.dependabot.createOrUpdateRepoSecret({ ...at, secret_name: "TOKEN", ...sealed(three, "d") });
    const state = github.repository(`${at.owner}/${at.repo}`);
    expect(
      [state.secrets, state.environments[0]?.secrets, state.dependabotSecrets].map((store) => store?.opened("TOKEN")),
    ).toEqual(["b", "c", "d"]);
    const foreign = { ...sealed(two, "e"), key_id: one.data.key_id };
    expect(
      await refused(by.actions.createOrUpdateRepoSecret({ ...at, secret_name: "TOKEN", ...foreign })),
    ).toMatchObject({ status: 422 });
    expect(state.secrets.opened("TOKEN")).toBe("b");
    const { data } = await by.actions.listRepoSecrets(at);
    expect(data.secrets.map(({ name }) => name)).toEqual(["TOKEN"]);
    expect(JSON.stringify(data)).not.toContain("encrypted");
  });
});

describe("environments", () => {
  test("policies need custom policies first, an unexplained 404 otherwise (TPG PR#1820)", async () => {
    const { at, by } = await repository("team-org", "private");
    const environment = { ...at, environment_name: "production" };
    const policy = { ...environment, name: "v*.*.*", type: "tag" as const };
    await by.repos.createOrUpdateEnvironment(environment);
    expect(await refused(by.repos.createDeploymentBranchPolicy(policy))).toMatchObject({ status: 404 });
    await by.repos.createOrUpdateEnvironment({
      ...environment,
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    await by.repos.createDeploymentBranchPolicy(policy);
    expect(await refused(by.repos.createDeployment({ ...at, ref: "main", environment: "production" }))).toMatchObject({
      status: 422,
    });
    const { data } = await by.git.getRef({ ...at, ref: "heads/main" });
    await by.git.createRef({ ...at, ref: "refs/tags/v1.2.3", sha: data.object.sha });
    await by.repos.createDeployment({ ...at, ref: "v1.2.3", environment: "production" });
  });

  test("reviewers: at most six, known ones, and self-review is only forbidden with some (safe-settings#628)", async () => {
    const { at, by } = await repository("enterprise-org", "private");
    const environment = { ...at, environment_name: "production" };
    expect(
      (await refused(by.repos.createOrUpdateEnvironment({ ...environment, prevent_self_review: true }))).message,
    ).toContain("at least one reviewer");
    const ghost = [{ type: "User" as const, id: 1 }];
    expect(await refused(by.repos.createOrUpdateEnvironment({ ...environment, reviewers: ghost }))).toMatchObject({
      status: 422,
    });
    const { data: team } = await by.teams.getByName({ org: "enterprise-org", team_slug: "ops" });
    const reviewers = [{ type: "Team" as const, id: team.id }];
    const { data } = await by.repos.createOrUpdateEnvironment({ ...environment, reviewers, prevent_self_review: true });
    expect(data.protection_rules?.[0]).toMatchObject({ type: "required_reviewers", prevent_self_review: true });
    const seven = Array.from({ length: 7 }, () => reviewers[0] ?? { type: "Team" as const, id: 0 });
    expect(await refused(by.repos.createOrUpdateEnvironment({ ...environment, reviewers: seven }))).toMatchObject({
      status: 422,
    });
  });

  test("apps that answer for deployments can be asked as custom rules", async () => {
    const { at, by } = await repository("enterprise-org", "private");
    const environment = { ...at, environment_name: "production" };
    await by.repos.createOrUpdateEnvironment(environment);
    const { data } = await by.repos.listCustomDeploymentRuleIntegrations(environment);
    expect(data.available_custom_deployment_protection_rule_integrations?.map(({ slug }) => slug)).toEqual(["gate"]);
    await by.repos.createDeploymentProtectionRule({ ...environment, integration_id: github.app("gate").id });
    expect((await by.repos.getAllDeploymentProtectionRules(environment)).data.total_count).toBe(1);
  });
});

describe("refusals of GitHub's", () => {
  test("who cannot see a repository is told 404, who may not change it 403, a bad token 401", async () => {
    const { at } = await repository("team-org", "private");
    expect(await refused(client(github, "stranger").repos.get(at))).toMatchObject({ status: 404 });
    expect(await refused(client(github, "writer").repos.update({ ...at, has_wiki: false }))).toMatchObject({
      status: 403,
    });
    expect((await client(github, "reader").repos.get(at)).data.permissions).toMatchObject({ pull: true, push: false });
    const bad = await fetch(`${github.url}/api/v3/user`, { headers: { authorization: "Bearer nobody" } });
    expect([bad.status, ((await bad.json()) as { message: string }).message]).toEqual([401, "Bad credentials"]);
  });

  test("an archived repository is read-only, a taken name and a default label are 422 (TPG#3559)", async () => {
    const { at, by } = await repository("team-org", "private");
    expect(await refused(by.repos.createInOrg({ org: at.owner, name: at.repo }))).toMatchObject({ status: 422 });
    expect((await refused(by.issues.createLabel({ ...at, name: "Bug" }))).message).toContain("already_exists");
    await by.repos.update({ ...at, archived: true });
    expect((await refused(by.issues.createLabel({ ...at, name: "new" }))).message).toContain("archived");
    await by.repos.update({ ...at, archived: false });
    await by.issues.createLabel({ ...at, name: "new" });
  });

  test("references of an empty repository are 409 (TPG#577), a branch that is there already 422 (TPG#1284)", async () => {
    await admin.repos.createInOrg({ org: "team-org", name: "empty" });
    expect(await refused(admin.git.getRef({ owner: "team-org", repo: "empty", ref: "heads/main" }))).toMatchObject({
      status: 409,
    });
    const { at, by } = await repository("team-org", "public");
    const { data } = await by.git.getRef({ ...at, ref: "heads/main" });
    expect(
      (await refused(by.git.createRef({ ...at, ref: "refs/heads/main", sha: data.object.sha }))).message,
    ).toContain("Reference already exists");
  });

  test("the Actions app cannot bypass (Project-HAMi/HAMi-WebUI#138), advanced security is not for public (TPG#2190) or unlicensed (TPG#2145)", async () => {
    const { at, by } = await repository("team-org", "public");
    const bypass_actors = [{ actor_id: 15368, actor_type: "Integration" as const, bypass_mode: "always" as const }];
    expect(
      await refused(by.repos.createRepoRuleset({ ...at, name: "main", enforcement: "active", bypass_actors })),
    ).toMatchObject({ status: 422 });
    const security_and_analysis = { advanced_security: { status: "enabled" } };
    expect((await refused(by.repos.update({ ...at, security_and_analysis }))).message).toContain(
      "always available for public repos",
    );
    const free = await repository("free-org", "private");
    expect((await refused(free.by.repos.update({ ...free.at, security_and_analysis }))).message).toContain(
      "has not been purchased",
    );
  });

  test("allowed actions can only be named where they are selected; fixes need alerts", async () => {
    const { at, by } = await repository("team-org", "private");
    expect(await refused(by.actions.setAllowedActionsRepository({ ...at, patterns_allowed: ["a/b@*"] }))).toMatchObject(
      { status: 409 },
    );
    await by.actions.setGithubActionsPermissionsRepository({
      ...at,
      enabled: true,
      allowed_actions: "selected",
      sha_pinning_required: true,
    });
    await by.actions.setAllowedActionsRepository({ ...at, patterns_allowed: ["a/b@*"] });
    expect(await refused(by.repos.enableAutomatedSecurityFixes(at))).toMatchObject({ status: 422 });
    await by.repos.enableVulnerabilityAlerts(at);
    await by.repos.enableAutomatedSecurityFixes(at);
  });

  test("an immutable release keeps its tag", async () => {
    const { at, by } = await repository("team-org", "private");
    expect(await refused(by.request("GET /repos/{owner}/{repo}/immutable-releases", at))).toMatchObject({
      status: 404,
    });
    await by.request("PUT /repos/{owner}/{repo}/immutable-releases", at);
    const { data } = await by.repos.createRelease({ ...at, tag_name: "v1.0.0" });
    expect(data).toMatchObject({ immutable: true, draft: false });
    expect(await refused(by.repos.updateRelease({ ...at, release_id: data.id, tag_name: "v2.0.0" }))).toMatchObject({
      status: 422,
    });
  });
});

describe("contents", () => {
  test("files are written, read, changed with their object's name only, and removed", async () => {
    const { at, by } = await repository("team-org", "private");
    const file = { ...at, path: ".github/CODEOWNERS", message: "owners" };
    const content = Buffer.from("* @admin\n").toString("base64");
    const { data: made } = await by.repos.createOrUpdateFileContents({ ...file, content });
    expect((await refused(by.repos.createOrUpdateFileContents({ ...file, content }))).message).toContain(
      "wasn't supplied",
    );
    const { data: listed } = await by.repos.getContent({ ...at, path: ".github" });
    expect(listed).toMatchObject([{ type: "file", path: ".github/CODEOWNERS" }]);
    await by.repos.deleteFile({ ...file, sha: made.content?.sha ?? "" });
    expect(await refused(by.repos.getContent(file))).toMatchObject({ status: 404 });
    expect((await by.repos.listCommits(at)).data).toHaveLength(3);
  });
});

describe("GraphQL", () => {
  test("a rule is made, read with actors of every kind as the provider asks for them, and removed", async () => {
    const { at } = await repository("team-org", "private");
    const state = github.repository(`${at.owner}/${at.repo}`);
    const { data: team } = await admin.teams.getByName({ org: "team-org", team_slug: "ops" });
    const { data: repo } = await admin.repos.get(at);
    const input = {
      repositoryId: repo.node_id,
      pattern: "main",
      isAdminEnforced: true,
      requiresStatusChecks: true,
      requiredStatusCheckContexts: ["test"],
      bypassForcePushActorIds: [team.node_id],
    };
    const create =
      "mutation($input: CreateBranchProtectionRuleInput!) { createBranchProtectionRule(input: $input) { branchProtectionRule { id } } }";
    const graphql = client(github, "admin").graphql.defaults({ baseUrl: `${github.url}/api` });
    const { createBranchProtectionRule: made } = await graphql<{
      createBranchProtectionRule: { branchProtectionRule: { id: string } };
    }>(create, { input });
    const { id } = made.branchProtectionRule;
    const actors =
      "nodes { actor { ... on App { id name slug } ... on Team { id name slug } ... on User { id name login } } }";
    const read = `query($id: ID!) { node(id: $id) { ... on BranchProtectionRule { pattern requiredStatusCheckContexts bypassForcePushAllowances(first: 100) { ${actors} } } } }`;
    expect(await graphql(read, { id })).toEqual({
      node: {
        pattern: "main",
        requiredStatusCheckContexts: ["test"],
        bypassForcePushAllowances: { nodes: [{ actor: { id: team.node_id, name: "ops", slug: "ops" } }] },
      },
    });
    await expect(graphql(create, { input })).rejects.toThrow("Name already protected: main");
    await graphql(
      "mutation($input: DeleteBranchProtectionRuleInput!) { deleteBranchProtectionRule(input: $input) { clientMutationId } }",
      { input: { branchProtectionRuleId: id } },
    );
    expect(state.protections).toEqual([]);
    await expect(graphql(read, { id })).rejects.toThrow("Could not resolve to a node with the global id");
  });
});

describe("protocol", () => {
  test("an unchanged answer is 304, a changed one is not", async () => {
    const { at, by } = await repository("team-org", "private");
    const first = await by.repos.get(at);
    const again = by.request("GET /repos/{owner}/{repo}", {
      ...at,
      headers: { "if-none-match": first.headers.etag ?? "" },
    });
    expect(await refused(again)).toMatchObject({ status: 304 });
    await by.repos.update({ ...at, description: "new" });
    const changed = await by.request("GET /repos/{owner}/{repo}", {
      ...at,
      headers: { "if-none-match": first.headers.etag ?? "" },
    });
    expect(changed.data.description).toBe("new");
  });

  test("lists come in pages that link to each other", async () => {
    const { at, by } = await repository("team-org", "private");
    const first = await by.issues.listLabelsForRepo({ ...at, per_page: 4 });
    expect(first.data).toHaveLength(4);
    expect(first.headers.link).toMatch(/page=2>; rel="next", .*page=3>; rel="last"/);
    expect(await by.paginate(by.issues.listLabelsForRepo, { ...at, per_page: 4 })).toHaveLength(9);
  });

  test("answers carry the rate limit and a request id", async () => {
    const { headers } = await admin.users.getAuthenticated();
    expect(headers).toMatchObject({ "x-ratelimit-limit": "5000", "x-github-request-id": expect.any(String) as string });
    expect(Number(headers["x-ratelimit-remaining"])).toBeLessThan(5000);
  });
});
