import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { projectFolder, toolchainCommand } from "../lib/folders.ts";
import { describeUp, type SlotOutput } from "../lib/releases/ledger.ts";
import { backendFolder, hasState } from "../settings/state-files.ts";
import { run, show } from "./command.ts";
import { heal } from "./heal.ts";
import { stateDirectory } from "./paths.ts";
import { projectName, stackNeeds } from "./settings.ts";
import { SetupFailed } from "./setup-failed.ts";
import { say } from "./step.ts";
import { enginePrograms } from "./versions.ts";

/** Longest quick question to the engine, in milliseconds. */
const questionMs = 60_000;
const pulumiBinary = join(enginePrograms, "pulumi");

/** Makes the stack the selected one, and makes it if there is none. */
export async function selectStack(stack: string, env: NodeJS.ProcessEnv): Promise<void> {
  await mkdir(stateDirectory, { recursive: true });
  await pulumi(["stack", "select", "--create", stack, "--non-interactive"], env);
}

/**
 * Makes the stack where its state is kept in this folder and it is not there yet, so that `pulumi config set` works before the first update.
 * One whose states are elsewhere is made by whoever may write there.
 */
export async function makeOwnStack(stack: string, env: NodeJS.ProcessEnv): Promise<void> {
  if (backendOf(env, projectFolder) !== stateDirectory || (await isMade(stack, env))) return;
  await selectStack(stack, env);
}

/**
 * Whether there is such a stack.
 *
 * @throws CommandFailed where the back-end can't be asked
 */
export async function isMade(stack: string, env: NodeJS.ProcessEnv, folder = projectFolder): Promise<boolean> {
  const backend = backendOf(env, folder);
  if (backend !== undefined) return hasState(backend, projectName(folder), stack);
  // For all of them: a question about one fails just the same when the back-end can't be reached.
  const made = JSON.parse(await pulumi(["stack", "ls", "--json"], env, { folder })) as readonly { name: string }[];
  // Pulumi Cloud puts an organisation in front.
  return made.some(({ name }) => name.split("/").at(-1) === stack);
}

const backendOf = (env: NodeJS.ProcessEnv, folder: string) =>
  backendFolder(env.PULUMI_BACKEND_URL ?? process.env.PULUMI_BACKEND_URL, folder);

/** What a question to the engine may need beside its words. */
interface Question {
  /** Folder of Pulumi.yaml. @default this clone */
  readonly folder?: string;
  /** Standard input. @default nothing */
  readonly input?: string;
}

/**
 * Asks the engine something quick.
 *
 * @returns what it printed
 * @throws CommandFailed
 */
export function pulumi(args: string[], env: NodeJS.ProcessEnv, question: Question = {}): Promise<string> {
  const { folder = projectFolder, input = "" } = question;
  return run(pulumiBinary, args, { limit: questionMs, cwd: folder, env, input });
}

/** Runs the engine for the person at the terminal. Resolves with its exit code. */
export function showPulumi(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return show(pulumiBinary, args, env, projectFolder);
}

/**
 * Only file back-ends: every other one has its own way of ending dead runs.
 *
 * @returns what came of it, a sentence
 */
export async function healStack(stack: string, env: NodeJS.ProcessEnv): Promise<string> {
  const backend = backendFolder(process.env.PULUMI_BACKEND_URL, projectFolder);
  if (backend === undefined)
    return `• stack ${stack} is in a back-end that ends dead runs itself: pulumi cancel --stack ${stack}`;
  let told = 0;
  await heal({
    backend,
    project: projectName(),
    stack,
    pulumi: (args, input = "") => pulumi([...args, "--stack", stack], env, { input }),
    report: (line) => {
      told++;
      say(line);
    },
  });
  return healed(stack, told);
}

/** @param told how many things were said to be mended, or left alone */
export const healed = (stack: string, told: number): string =>
  told === 0
    ? `✓ stack ${stack}: no killed update left anything behind`
    : `✓ stack ${stack}: all that a killed update left behind is looked after, see above; the next update goes on`;

/**
 * A stack on other machines than this one has its name typed before it goes down.
 *
 * @param confirm what was given for it on the command line
 * @throws SetupFailed when it was not typed
 */
export async function mustBeMeant(stack: string, confirm: string, folder = projectFolder): Promise<void> {
  if (confirm === stack || (confirm === "" && !stackNeeds(stack, folder).serves)) return;
  const what = `${toolchainCommand("down")} ends stack ${stack} for everybody whom it serves`;
  if (confirm === "" && process.stdin.isTTY && process.stderr.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const typed = await terminal.question(`${what}; data and backups stay. Type its name to go on: `);
    terminal.close();
    if (typed.trim() === stack) return;
    throw new SetupFailed(
      `${what}, got ${typed.trim() || "nothing"} for its name; nothing was touched`,
      `type ${stack}`,
    );
  }
  throw new SetupFailed(
    `${what}, got ${confirm || "no name"}; allowed its name, typed once more`,
    toolchainCommand("down", { stack, confirm: stack }),
  );
}

/** What a person wants to know after `up`. */
export async function summary(stack: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { url, live, standby } = JSON.parse(await pulumi(["stack", "output", "--json", "--stack", stack], env)) as {
    url?: string;
    live?: SlotOutput;
    standby?: SlotOutput | null;
  };
  if (url === undefined) return `✓ stack ${stack} is up; it declares no service`;
  return live === undefined ? `✓ ${url} is up: live unknown` : describeUp(url, live, standby);
}
