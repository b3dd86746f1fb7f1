import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { run, show } from "./command.ts";
import { heal } from "./heal.ts";
import { repository, stateDirectory } from "./paths.ts";
import { projectName } from "./settings.ts";
import { enginePrograms } from "./versions.ts";

/** Longest quick question to the engine, in milliseconds. */
const questionMs = 60_000;
const pulumiBinary = join(enginePrograms, "pulumi");

/** Makes the stack the selected one, and makes it if there is none. */
export async function selectStack(stack: string, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(stateDirectory, { recursive: true });
  await pulumi(["stack", "select", "--create", stack, "--non-interactive"], env);
}

/** Makes the stack if there is none, and leaves the selected one selected: a look changes nothing for the next command. */
export async function ensureStack(stack: string, env: NodeJS.ProcessEnv, folder = repository): Promise<void> {
  await mkdir(stateDirectory, { recursive: true });
  const options = { limit: questionMs, cwd: folder, env };
  const isThere = await run(
    pulumiBinary,
    ["stack", "--stack", stack, "--show-name", "--non-interactive"],
    options,
  ).then(
    () => true,
    () => false,
  );
  if (!isThere) await run(pulumiBinary, ["stack", "init", stack, "--no-select", "--non-interactive"], options);
}

/**
 * Asks the engine something quick.
 *
 * @returns what it printed
 * @throws CommandFailed
 */
export function pulumi(args: string[], env: NodeJS.ProcessEnv, input?: string): Promise<string> {
  return run(pulumiBinary, args, { limit: questionMs, cwd: repository, env, ...(input !== undefined && { input }) });
}

/** Runs the engine for the person at the terminal. Resolves with its exit code. */
export function showPulumi(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return show(pulumiBinary, args, env, repository);
}

/** Only file back-ends: every other one has its own way of ending dead runs. */
export async function healStack(stack: string, env: NodeJS.ProcessEnv): Promise<void> {
  const backend = backendFolder(process.env.PULUMI_BACKEND_URL);
  if (backend !== undefined)
    await heal({
      backend,
      project: projectName(),
      stack,
      pulumi: (args, input) => pulumi([...args, "--stack", stack], env, input),
    });
}

/** @param url as in PULUMI_BACKEND_URL, where `~` is the user's home and anything relative counts from the clone. */
export function backendFolder(url: string | undefined): string | undefined {
  if (url === undefined || url === "") return stateDirectory;
  if (!url.startsWith("file://")) return undefined;
  return resolve(repository, expandHome(url.slice("file://".length)));
}

/** What a person wants to know after `up`. */
export async function summary(stack: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { url, live, standby } = JSON.parse(await pulumi(["stack", "output", "--json", "--stack", stack], env)) as {
    url?: string;
    live?: Held;
    standby?: Held;
  };
  if (url === undefined) return `✓ stack ${stack} is up; it declares no service`;
  return `✓ ${url} is up: live ${held(live)}, standby ${held(standby)}`;
}

interface Held {
  readonly slot: string;
  readonly version: string;
}

function held(slot: Held | undefined): string {
  return slot === undefined ? "unknown" : `${slot.slot} ${slot.version}`;
}

/** Where the stack's backups went that are still there. They outlive the stack, so somebody has to say where they are. */
export async function backupFolders(stack: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { deployment } = JSON.parse(await pulumi(["stack", "export", "--stack", stack], env)) as {
    deployment: { resources?: { inputs?: { environment?: { BACKUPS?: string } } }[] };
  };
  const folders = (deployment.resources ?? []).flatMap(({ inputs }) => inputs?.environment?.BACKUPS ?? []);
  return [...new Set(folders.map(expandHome))].filter((folder) => existsSync(folder));
}

function expandHome(path: string): string {
  return path.replace(/^~(?=\/|$)/, homedir());
}
