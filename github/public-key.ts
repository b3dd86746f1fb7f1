import { placeOf } from "./kinds/secret.ts";
import type { Octokit } from "@octokit/rest";
import type { SecretStore } from "../workflows/secret-uses.ts";

/** The key to seal a store's secrets with. */
export interface StoreKey {
  readonly id: string;
  /** Base64, 32 bytes. */
  readonly key: string;
}

/** Asks GitHub for a store's public key; an environment's is there once the environment is. */
export async function askPublicKey(
  octokit: Octokit,
  owner: string,
  repo: string,
  store: SecretStore,
): Promise<StoreKey> {
  const { data } = await ask(octokit, owner, repo, store);
  return { id: data.key_id, key: data.key };
}

function ask({ rest }: Octokit, owner: string, repo: string, store: SecretStore) {
  if (store === "repository") return rest.actions.getRepoPublicKey({ owner, repo });
  if (store === "dependabot") return rest.dependabot.getRepoPublicKey({ owner, repo });
  const environment_name = placeOf(store);
  return rest.actions.getEnvironmentPublicKey({ owner, repo, environment_name });
}
