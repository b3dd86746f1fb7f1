import { createAppAuth } from "@octokit/auth-app";
import { request } from "@octokit/request";
import { apiUrl } from "./octokit.ts";
import type { GitHubSettings } from "./schema.ts";

/** A GitHub App where it is installed. */
export interface AppLogin extends NonNullable<GitHubSettings["app"]> {
  /** Private key in PEM form. */
  readonly key: string;
}

/**
 * A token that stands for the installation for an hour: what the App was granted, and nothing of a person's.
 *
 * @throws Error when GitHub refuses the key, or knows no such installation
 */
export async function installationToken(
  { id, installation, key }: AppLogin,
  { baseUrl }: Pick<GitHubSettings, "baseUrl">,
): Promise<string> {
  const auth = createAppAuth({
    appId: id,
    privateKey: key,
    installationId: installation,
    request: request.defaults({ baseUrl: apiUrl(baseUrl) }),
  });
  return (await auth({ type: "installation" })).token;
}
