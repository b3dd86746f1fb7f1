import type { Octokit } from "@octokit/rest";
import { json } from "node:stream/consumers";
import { installationToken, type AppLogin } from "./app-token.ts";
import { connect } from "./octokit.ts";

interface Login {
  readonly baseUrl?: string;
  readonly app?: Omit<AppLogin, "key">;
}

/**
 * What every command on GitHub begins and ends with: JSON on standard input, a token in GITHUB_TOKEN or an App's key in GITHUB_APP_KEY, and an
 * error as one line.
 */
export async function runStep(step: (octokit: Octokit, input: unknown) => Promise<void>): Promise<void> {
  const { baseUrl, app, ...input } = (await json(process.stdin)) as Login;
  const { GITHUB_TOKEN = "", GITHUB_APP_KEY: key = "" } = process.env;
  const server = baseUrl === undefined ? {} : { baseUrl };
  try {
    const token = app ? await installationToken({ ...app, key }, server) : GITHUB_TOKEN;
    await step(connect(token, server), input);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
