import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";
import type { GitHubSettings } from "./schema.ts";

/** Longest that one request may take, in ms. */
const timeoutMs = 15_000;

/** Address of the REST API; an Enterprise Server has it under its own. */
export function apiUrl(baseUrl: string | undefined): string {
  return baseUrl === undefined ? "https://api.github.com" : `${baseUrl}api/v3`;
}

/** A client that asks again when GitHub is busy. */
export function connect(token: string, { baseUrl }: Pick<GitHubSettings, "baseUrl">): Octokit {
  const Client = Octokit.plugin(retry);
  return new Client({
    auth: token,
    baseUrl: apiUrl(baseUrl),
    userAgent: "slipway",
    // It would print every refusal, also those that are an answer: 404 says that something is not there.
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    request: {
      fetch: (url: string, options: RequestInit) => fetch(url, { ...options, signal: AbortSignal.timeout(timeoutMs) }),
    },
  });
}

const quiet = () => undefined;
