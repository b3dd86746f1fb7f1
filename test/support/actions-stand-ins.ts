// What stands in for the actions of the lock, against the emulated GitHub. Each wants what the real one would fail without.
import { execFile } from "node:child_process";
import { createSign } from "node:crypto";
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { actionReference, type ActionName } from "../../workflows/actions.ts";
import { localStandIns, type StandIn, type Use } from "../../workflows/run/stand-ins.ts";
import { gitEnvironment } from "../emulators/github/git.ts";
import type { GitHub } from "../emulators/github/github.ts";
import { fullName } from "../emulators/github/repository.ts";
import type { WorkflowRun } from "../emulators/github/workflow-runs.ts";

const run = promisify(execFile);

export interface RunOfActions {
  readonly sha: string;
  readonly artifacts: string;
  readonly cache: string;
  /** Over those of here. */
  readonly given: Partial<Record<ActionName, StandIn>>;
}

/** By what `uses` says. */
export function actionsStandIns(
  github: GitHub,
  { repository }: WorkflowRun,
  { sha, artifacts, cache, given }: RunOfActions,
): Readonly<Record<string, StandIn>> {
  const all: Partial<Record<ActionName, StandIn | string>> = {
    ...localStandIns({ source: "", artifacts, cache }),
    "actions/checkout": async ({ inputs, workspace, token }) => {
      const name = fullName(repository);
      const git = (...args: string[]) => run("git", ["-C", workspace, ...args], { env: gitEnvironment });
      const origin = `${github.url}/${name}.git`;
      const wanted = inputs.ref ?? sha;
      const commit =
        (await repository.git.commitOf(`refs/heads/${wanted}`)) ?? (await repository.git.commitOf(wanted)) ?? wanted;
      await git("init", "--quiet", ".");
      // Without its token, as `persist-credentials: false` leaves it.
      await git("remote", "add", "origin", origin);
      const from = `${github.url.replace("://", `://x:${token}@`)}/${name}.git`;
      // One commit, unless the step asks for more.
      const isWhole = inputs["fetch-depth"] === "0";
      await git("fetch", "--quiet", ...(isWhole ? [] : ["--depth=1", "--no-tags"]), from, commit);
      if (isWhole)
        await git("fetch", "--quiet", from, "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*");
      await git("checkout", "--quiet", "--detach", commit);
      return {};
    },
    "actions/create-github-app-token": async ({ inputs }) => {
      const token = await logIn(github, inputs);
      return { outputs: { token }, masks: [token] };
    },
    "actions/attest": async (use) => {
      await identity(use, "sigstore");
      const bundle = join(use.workspace, "..", "attestation.json");
      await writeFile(bundle, "{}\n");
      return { outputs: { "bundle-path": bundle } };
    },
    "codecov/codecov-action": async (use) => {
      await access(join(use.workspace, use.inputs.directory ?? "."));
      if (use.inputs.use_oidc === "true") await identity(use, "https://codecov.io");
      return {};
    },
    "github/codeql-action/upload-sarif": async ({ inputs, workspace, token }) => {
      await access(join(workspace, inputs.sarif_file ?? ""));
      if (github.world.scopedTokens.get(token)?.permissions["security-events"] !== "write")
        throw new Error("Resource not accessible by integration");
      repository.analyses.push({ tool: inputs.category ?? "", commit: sha });
      return {};
    },
    ...given,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, standIn]) =>
      typeof standIn === "string" ? [] : [[actionReference(name as ActionName), standIn]],
    ),
  );
}

/** The job's own token, as @actions/core asks for it. @throws Error for a job that may have none */
export async function identity({ env }: Pick<Use, "env">, audience: string): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env;
  if (url === undefined || token === undefined)
    throw new Error("Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable");
  const answer = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
    headers: { authorization: `bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`no identity: ${await answer.text()}`);
  return ((await answer.json()) as { value: string }).value;
}

/** As the action does: a signed claim of who the App is, and then a token for what was asked. */
async function logIn(github: GitHub, inputs: Readonly<Record<string, string>>): Promise<string> {
  const app = github.world.apps.find(({ id }) => String(id) === inputs["client-id"]);
  const seconds = Math.floor(Date.now() / 1_000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claim = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iss: inputs["client-id"], iat: seconds - 30, exp: seconds + 300 })}`;
  const signature = createSign("sha256")
    .update(claim)
    .sign(inputs["private-key"] ?? "", "base64url");
  const permissions = Object.entries(inputs).flatMap(([name, level]) =>
    name.startsWith("permission-") ? [[name.slice("permission-".length).replaceAll("-", "_"), level] as const] : [],
  );
  const answer = await fetch(`${github.url}/api/v3/app/installations/${app?.installation ?? 0}/access_tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${claim}.${signature}` },
    body: JSON.stringify({ permissions: Object.fromEntries(permissions) }),
  });
  if (!answer.ok) throw new Error(`the App may not log in: ${await answer.text()}`);
  const { token } = (await answer.json()) as { token: string };
  return token;
}
