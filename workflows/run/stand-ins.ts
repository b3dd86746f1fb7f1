import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, cp, mkdir, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, matchesGlob } from "node:path";
import { promisify } from "node:util";
import { actionReference, actions, type ActionName } from "../actions.ts";

const run = promisify(execFile);

/** One use of an action. */
export interface Use {
  readonly inputs: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly env: Readonly<Record<string, string>>;
  /** The job's token, which actions take unless they are given another. */
  readonly token: string;
  readonly tell: (line: string) => void;
}

/** A step that cannot run on this machine, which says nothing about the code. Its message says why. */
export class NotHere extends Error {}

/** What an action leaves to the steps after it. */
export interface Used {
  readonly outputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Folders that come first on their PATH. */
  readonly path?: readonly string[];
  /** What no log may show from then on. */
  readonly masks?: readonly string[];
}

/** Does on this machine what an action does on GitHub. */
export type StandIn = (use: Use) => Promise<Used>;

export interface Folders {
  /** Clone that jobs check out. */
  readonly source: string;
  readonly artifacts: string;
  /** Kept from run to run. */
  readonly cache: string;
}

/** Every action of the lock: what stands in for it here, or why nothing can. */
export function localStandIns(folders: Folders): Readonly<Record<ActionName, StandIn | string>> {
  return {
    "actions/checkout": checkout(folders),
    "actions/setup-python": setUpPython(folders),
    "actions/upload-artifact": upload(folders),
    "actions/download-artifact": download(folders),
    "actions/create-github-app-token": "logs in to GitHub as an App",
    "actions/attest": "signs in the name of a workflow on GitHub",
    "github/codeql-action/upload-sarif": "sends findings to GitHub's code scanning",
    "codecov/codecov-action": "sends coverage to Codecov",
  };
}

/** The action of the lock that `uses` says, at its commit; undefined for anything else. */
export const lockedAction = (uses: string): ActionName | undefined =>
  (Object.keys(actions) as ActionName[]).find((name) => actionReference(name) === uses);

function checkout({ source }: Folders): StandIn {
  return async ({ workspace, inputs }) => {
    if (inputs.ref !== undefined || inputs.repository !== undefined) throw new NotHere("only this clone is here");
    await run("git", ["clone", "--quiet", "--no-hardlinks", source, workspace]);
    return {};
  };
}

/** A virtual environment of that Python, kept for the next run with the same lock. */
function setUpPython({ cache }: Folders): StandIn {
  return async ({ inputs, workspace, env }) => {
    const version = inputs["python-version"] ?? "3";
    const lock = inputs["cache-dependency-path"];
    const python = await findPython(version, env);
    const key = createHash("sha256")
      .update(JSON.stringify([python, lock === undefined ? "" : await readFile(join(workspace, lock), "utf8")]))
      .digest("hex")
      .slice(0, 16);
    const venv = join(cache, `python-${version}-${key}`);
    if (!(await exists(join(venv, "bin", "pip")))) {
      await mkdir(cache, { recursive: true });
      await run(python, ["-m", "venv", "--clear", venv], { env });
    }
    return { path: [join(venv, "bin")], env: { VIRTUAL_ENV: venv }, outputs: { "python-version": version } };
  };
}

/** @throws Error if no such Python is here */
async function findPython(version: string, env: Readonly<Record<string, string>>): Promise<string> {
  const pyenv = join(env.PYENV_ROOT ?? join(env.HOME ?? "/", ".pyenv"), "versions");
  const kept = await readdir(pyenv).catch((): string[] => []);
  const mine = kept.filter((each) => each.startsWith(`${version}.`)).map((each) => join(pyenv, each, "bin", "python"));
  for (const python of [...mine, `python${version}`, "python3"]) {
    const script = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)";
    const { stdout } = await run(python, ["-c", script], { env }).catch(() => ({ stdout: "" }));
    const [found, executable = python] = stdout.trim().split(" ");
    if (found === version || (version === "3" && found !== "")) return executable;
  }
  throw new NotHere(
    `Python ${version} is not on this machine. Fix: pyenv install ${version}, or uv python install ${version}`,
  );
}

function upload({ artifacts }: Folders): StandIn {
  return async ({ inputs, workspace }) => {
    const { name = "artifact", path = "" } = inputs;
    const from = join(workspace, path);
    if (!(await exists(from))) throw new Error(`${path} is not there to be kept`);
    const to = join(artifacts, name);
    await mkdir(to, { recursive: true });
    const isFolder = (await readdir(from).catch(() => undefined)) !== undefined;
    await cp(from, isFolder ? to : join(to, basename(path)), { recursive: true });
    return { outputs: { "artifact-id": name } };
  };
}

function download({ artifacts }: Folders): StandIn {
  return async ({ inputs, workspace }) => {
    const { name, pattern = "*", path = "." } = inputs;
    const there = await readdir(artifacts).catch((): string[] => []);
    const wanted = name === undefined ? there.filter((each) => matchesGlob(each, pattern)) : [name];
    for (const each of wanted) {
      if (!there.includes(each)) throw new Error(`no job has kept ${each}; kept are ${there.join(", ") || "none"}`);
      const to = name === undefined ? join(workspace, path, each) : join(workspace, path);
      await mkdir(dirname(to), { recursive: true });
      await cp(join(artifacts, each), to, { recursive: true });
    }
    return {};
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
