import type { Octokit } from "@octokit/rest";
import { seal } from "../../github/seal.ts";

export interface EmulatedEnvironment {
  readonly owner: string;
  readonly repo: string;
  readonly environment_name: string;
  /** Patterns of branches and tags that may enter. */
  readonly branches?: readonly string[];
  readonly tags?: readonly string[];
  readonly secrets?: Readonly<Record<string, string>>;
  /** Id of the user who approves, and never what they started themselves. */
  readonly reviewer?: number;
}

/** Declares an environment by the API, secrets sealed. */
export async function declareEnvironment(
  admin: Octokit,
  { branches = [], tags = [], secrets = {}, reviewer, ...at }: EmulatedEnvironment,
): Promise<void> {
  await admin.repos.createOrUpdateEnvironment({
    ...at,
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    ...(reviewer === undefined ? {} : { prevent_self_review: true, reviewers: [{ type: "User", id: reviewer }] }),
  });
  for (const name of branches) await admin.repos.createDeploymentBranchPolicy({ ...at, name });
  for (const name of tags) await admin.repos.createDeploymentBranchPolicy({ ...at, name, type: "tag" });
  const key = (await admin.actions.getEnvironmentPublicKey(at)).data;
  for (const [secret_name, value] of Object.entries(secrets)) {
    const encrypted_value = await seal(secret_name, value, key, "a".repeat(32));
    await admin.actions.createOrUpdateEnvironmentSecret({ ...at, secret_name, encrypted_value, key_id: key.key_id });
  }
}
