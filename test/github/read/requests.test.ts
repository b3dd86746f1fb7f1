// What a look at one repository costs. Many repositories share one token, so each request counts as often as there are repositories.
import { afterAll, beforeAll, expect, test } from "vitest";
import { askRepository } from "../../../github/plan/account.ts";
import { askPresent } from "../../../github/plan/guards.ts";
import { withinPlan } from "../../../github/plan/limits.ts";
import { readerOf } from "../../../github/read/reader.ts";
import { environmentSchema, repositorySchema } from "../../../github/schema.ts";
import { GitHub } from "../../emulators/github/github.ts";
import { client } from "../../emulators/github/support.ts";
import { govern } from "../../support/governed-repository.ts";

const at = { owner: "acme", repo: "api" };
const names = ["staging", "production-approval", "production"];
const repository = repositorySchema.parse({ visibility: "private", codeOwners: ["@acme/platform"] });
const declared = withinPlan(
  {
    repository,
    environments: names.map((name) => {
      const variables = name === "staging" ? { URL: "https://staging.acme.org" } : {};
      return environmentSchema.parse({ name, reviewers: { teams: ["platform"] }, variables });
    }),
  },
  { kind: "organization", plan: "enterprise", visibility: "private", advancedSecurity: false },
);

let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } }],
  });
  await govern(github, at.repo, repository);
  const { rest } = client(github, "admin");
  await rest.repos.enableVulnerabilityAlerts(at);
  await rest.repos.enableAutomatedSecurityFixes(at);
  await rest.actions.setGithubActionsPermissionsRepository({ ...at, enabled: true, allowed_actions: "selected" });
  const policy = { protected_branches: false, custom_branch_policies: true };
  for (const environment_name of names) {
    await rest.repos.createOrUpdateEnvironment({ ...at, environment_name, deployment_branch_policy: policy });
  }
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

/** Paths below the repository that a plan asks for. @param secrets names by store */
async function asked(secrets: Record<string, string[]>): Promise<string[]> {
  github.traffic.clear();
  const settings = { owner: at.owner, repository: at.repo, baseUrl: `${github.url}/` };
  const reader = readerOf(settings, github.tokenOf("admin"));
  await askRepository(reader);
  await askPresent(reader, { ...declared, secrets }, {});
  return github.traffic.exchanges.map(({ path }) => path.replace("/repos/acme/api", "").replace("/api/v3", ""));
}

test("a plan asks about the places of secrets and variables where something is declared, and about no others", async () => {
  const paths = await asked({ production: ["SSH_PRIVATE_KEY"] });
  expect(paths.filter((path) => /secrets|variables/.test(path)).sort()).toEqual([
    "/environments/production/secrets",
    "/environments/staging/variables",
  ]);
});

test("a plan of a repository with three environments and six rulesets takes 13 requests, and a share of a query", async () => {
  const paths = await asked({ production: ["SSH_PRIVATE_KEY"] });
  expect(paths.filter((path) => path === "/api/graphql")).toHaveLength(1);
  expect(paths).toHaveLength(14);
});
