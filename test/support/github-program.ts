import * as pulumi from "@pulumi/pulumi";
import sodium from "libsodium-wrappers";
import { vi } from "vitest";
import { Login } from "../../components/github/account.ts";
import { DeploymentEnvironment } from "../../components/github/deployment-environment.ts";
import { Repository } from "../../components/github/repository.ts";
import { checksOf } from "../../github/kinds/branch-rules.ts";
import { teamRoles } from "../../github/kinds/access.ts";
import { repositoryFiles } from "../../github/kinds/file.ts";
import type { Found } from "../../github/plan/account.ts";
import { withinPlan } from "../../github/plan/limits.ts";
import type { Mends } from "../../github/plan/mends.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../github/schema.ts";
import { record, type Recorded } from "./recorder.ts";

const found: Found = {
  kind: "organization",
  plan: "enterprise",
  repository: undefined,
  users: { ann: 7 },
  teams: { platform: 70 },
  unknown: [],
};

/** What differs from the usual declaration. */
export interface GitHubChoice {
  /** More of `slipway:repository`. */
  readonly repository?: object;
  readonly hasOlderPlugin?: boolean;
  /** Undefined: GitHub could not be asked. */
  readonly found?: Found | undefined;
  /** What somebody changed by hand. @default nothing */
  readonly marks?: Mends["marks"];
}

/** What a program registers that declares a repository and its environment staging. GitHub answers with a public key to everything. */
export async function recordGitHub(choice: GitHubChoice = {}): Promise<readonly Recorded[]> {
  await sodium.ready;
  const key = Buffer.from(sodium.crypto_box_keypair().publicKey).toString("base64");
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ key_id: "1", key })));
  const { resources, stop } = await record();
  const github = githubSchema.parse({ owner: "acme", repository: "ape" });
  const wanted = {
    repository: repositorySchema.parse({
      visibility: "public",
      codeOwners: ["@acme/platform"],
      collaborators: { ann: "triage" },
      ...choice.repository,
    }),
    environments: [
      environmentSchema.parse({
        name: "staging",
        reviewers: { users: ["ann"], teams: ["platform"] },
        variables: { URL: "https://x" },
        protectionApps: [9],
      }),
    ],
  };
  const planned = withinPlan(wanted, {
    kind: "organization",
    plan: "enterprise",
    visibility: wanted.repository.visibility,
    advancedSecurity: false,
  });
  const login = new Login("github", {
    github,
    token: { value: "planted-token", from: "environment" },
    hasOlderPlugin: choice.hasOlderPlugin ?? false,
    approvals: [],
    ...(planned.repository ? { checks: checksOf(planned.repository) } : {}),
  });
  const account = login.to({
    github,
    found: "found" in choice ? choice.found : found,
    mends: { marks: choice.marks ?? [], at: "2026-11-24T12:00:00.000Z" },
  });
  const [environment] = planned.environments;
  if (planned.repository === undefined || environment === undefined) throw new Error("nothing planned");
  const repository = new Repository("repository", {
    account,
    settings: planned.repository,
    teams: teamRoles(planned),
    files: repositoryFiles(planned.repository.codeOwners),
    secrets: {
      repository: { TOKEN: "planted-one" },
      dependabot: { TOKEN: "planted-two" },
      webhooks: { chat: "planted-four" },
    },
  });
  new DeploymentEnvironment("environment", {
    account,
    repository,
    settings: environment,
    secrets: { TOKEN: "planted-three" },
  });
  await pulumi.runtime.disconnect();
  stop();
  vi.unstubAllGlobals();
  return resources;
}
