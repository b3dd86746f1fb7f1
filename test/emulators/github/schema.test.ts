// The ledger: traffic that is not as GitHub describes it is caught, in both directions.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Description } from "./description.ts";
import { GitHub } from "./github.ts";
import { client, refused } from "./support.ts";

const owned = { owner: "acme", repo: "api" };

let github: GitHub;

beforeEach(async () => {
  github = await GitHub.start();
  await client(github, "admin").repos.createInOrg({ org: "acme", name: "api", auto_init: true });
});

afterEach(() => github.stop());

function graphql(query: string, variables: object = {}): Promise<Response> {
  const headers = { authorization: `bearer ${github.tokenOf("admin")}` };
  return fetch(`${github.url}/api/graphql`, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
}

describe("requests", () => {
  test("a wrong type is refused and recorded", async () => {
    const wrong = client(github, "admin").request("PATCH /repos/{owner}/{repo}", {
      ...owned,
      has_wiki: "no" as unknown as boolean,
    });
    expect(await refused(wrong)).toMatchObject({ status: 422 });
    expect(github.traffic.violations).toEqual([expect.stringContaining("repos/update body/has_wiki: must be boolean")]);
    expect(() => {
      github.traffic.assertClean();
    }).toThrow("has_wiki");
  });

  test("a value outside an enumeration, a null list (TPG#2873), a missing field and a wrong query are recorded", async () => {
    const admin = client(github, "admin");
    const ruleset = { ...owned, name: "x", enforcement: "on" };
    expect(await refused(admin.request("POST /repos/{owner}/{repo}/rulesets", ruleset as never))).toMatchObject({
      status: 422,
    });
    const bypass = { ...owned, name: "x", enforcement: "active", bypass_actors: null };
    expect(await refused(admin.request("POST /repos/{owner}/{repo}/rulesets", bypass as never))).toMatchObject({
      status: 422,
    });
    expect(await refused(admin.request("PUT /repos/{owner}/{repo}/actions/permissions", owned as never))).toMatchObject(
      { status: 422 },
    );
    expect(
      await refused(admin.request("GET /repos/{owner}/{repo}/labels", { ...owned, per_page: "many" } as never)),
    ).toMatchObject({ status: 422 });
    expect(github.traffic.violations).toEqual([
      expect.stringContaining("/enforcement: must be equal to one of the allowed values"),
      expect.stringContaining("/bypass_actors: must be array"),
      expect.stringContaining("must have required property 'enabled'"),
      expect.stringContaining("query per_page"),
    ]);
  });

  test("an operation that nobody emulates answers 501 and is recorded as unexpected", async () => {
    expect(await refused(client(github, "admin").repos.getClones(owned))).toMatchObject({ status: 501 });
    expect(github.traffic.unexpected).toEqual([expect.stringContaining("repos/get-clones")]);
    expect(() => {
      github.traffic.assertClean();
    }).toThrow("not emulated: repos/get-clones");
  });

  test("a GraphQL query that the public schema does not know fails and is recorded", async () => {
    const answer = (await (await graphql("query { viewer { login salary } }")).json()) as {
      errors: { message: string }[];
    };
    expect(answer.errors[0]?.message).toContain('Cannot query field "salary"');
    expect(github.traffic.violations).toEqual([expect.stringContaining("salary")]);
  });

  test("a GraphQL variable of the wrong type fails and is recorded", async () => {
    const mutation =
      "mutation($input: CreateBranchProtectionRuleInput!) { createBranchProtectionRule(input: $input) { clientMutationId } }";
    await (await graphql(mutation, { input: { repositoryId: "R_1", pattern: 7 } })).text();
    expect(github.traffic.violations).toEqual([
      expect.stringContaining("String cannot represent a non string value: 7"),
    ]);
  });
});

describe("responses", () => {
  test("a planted fault in the emulator's own state is caught in its reply", async () => {
    github.repository("acme/api").settings.has_issues = "yes" as unknown as boolean;
    await client(github, "admin").repos.get(owned);
    expect(github.traffic.violations).toEqual([
      expect.stringContaining("response: repos/get 200/has_issues: must be boolean"),
    ]);
  });

  test("a status that the operation does not have, a missing body and a missing field are problems", () => {
    const description = new Description();
    const match = description.match("GET", "/repos/acme/api");
    if (match === undefined) throw new Error("no such operation");
    expect(description.responseProblems(match, 206, {})).toEqual(["status 206 is not described"]);
    expect(description.responseProblems(match, 200, undefined)).not.toEqual([]);
    expect(description.responseProblems(match, 200, { id: 1 })).toContainEqual(
      expect.stringContaining("required property 'node_id'"),
    );
  });
});

describe("routing", () => {
  const description = new Description();
  test.each([
    ["GET", "/repos/a/b/actions/secrets/public-key", "actions/get-repo-public-key"],
    ["GET", "/repos/a/b/actions/secrets/TOKEN", "actions/get-repo-secret"],
    ["GET", "/repos/a/b/branches/feature/x/protection", "repos/get-branch-protection"],
    ["GET", "/repos/a/b/git/ref/heads/feature/x", "git/get-ref"],
    ["PUT", "/repos/a/b/contents/.github/workflows/ci.yml", "repos/create-or-update-file-contents"],
    ["GET", "/repos/a/b/contents", "repos/get-content"],
    ["GET", "/repos/a/b/commits/main/check-runs", "checks/list-for-ref"],
  ])("%s %s is %s", (method, path, operation) => {
    expect(description.match(method, path)?.operationId).toBe(operation);
  });

  test("names with a slash come out whole, escaped or not", () => {
    expect(description.match("GET", "/repos/a/b/branches/feature%2Fx")?.params.branch).toBe("feature/x");
    expect(description.match("GET", "/repos/a/b/branches/feature/x")?.params.branch).toBe("feature/x");
    expect(description.match("PUT", "/repos/a/b/environments/eu%2Fproduction")?.params.environment_name).toBe(
      "eu/production",
    );
  });
});

test("the log holds method, path and status, and no value of any body", async () => {
  const admin = client(github, "admin");
  await admin.actions.createRepoVariable({ ...owned, name: "PLANTED", value: "canary-value" });
  expect(github.traffic.lines).toContain("POST /repos/acme/api/actions/variables 201");
  expect(JSON.stringify(github.traffic)).not.toContain("canary-value");
});
