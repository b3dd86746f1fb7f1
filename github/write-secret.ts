import { randomBytes } from "node:crypto";
import { formatProblem } from "../lib/problem.ts";
import type { SecretStore } from "../workflows/secret-uses.ts";
import { placeOf } from "./kinds/secret.ts";
import { unasked } from "./plan/within-account.ts";
import { askPublicKey } from "./public-key.ts";
import { readerOf } from "./read/reader.ts";
import type { GitHubSettings } from "./schema.ts";
import { seal } from "./seal.ts";

/** A value on its way to GitHub, which alone can open it. */
export interface NewSecret {
  readonly store: SecretStore;
  readonly name: string;
  readonly value: string;
}

/** @throws Error that says what to mend, without the value */
export async function writeSecret(github: GitHubSettings, token: string, secret: NewSecret): Promise<void> {
  const { owner, repository: repo } = github;
  try {
    const { octokit } = readerOf(github, token);
    const key = await askPublicKey(octokit, owner, repo, secret.store);
    const encrypted_value = await seal(secret.name, secret.value, key, randomBytes(32).toString("hex"));
    const box = { owner, repo, secret_name: secret.name, encrypted_value, key_id: key.id };
    const { actions, dependabot } = octokit.rest;
    if (secret.store === "repository") await actions.createOrUpdateRepoSecret(box);
    else if (secret.store === "dependabot") await dependabot.createOrUpdateRepoSecret(box);
    else await actions.createOrUpdateEnvironmentSecret({ ...box, environment_name: placeOf(secret.store) });
  } catch (error) {
    throw new Error(formatProblem(unasked(error)), { cause: error });
  }
}
