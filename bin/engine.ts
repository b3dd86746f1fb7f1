import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { installationToken } from "../github/app-token.ts";
import { unasked } from "../github/plan/within-account.ts";
import { allSections, type Sections } from "../github/sections.ts";
import { formatProblem, formatProblems } from "../lib/problem.ts";
import { readConfiguration, type Configuration, type Entry } from "../settings/read-configuration.ts";
import { saidByProject } from "../settings/stack-files.ts";
import type { CommonOptions } from "./command.ts";
import { Failure } from "./exit-codes.ts";
import { makeUp, type FoundStack } from "./find-stack.ts";
import { environmentCommand, isClone, projectFolder } from "../lib/folders.ts";

/** Longest that one run of the engine may take here, in ms. */
const engineMs = 10 * 60_000;

/**
 * Runs `pulumi` on this project.
 *
 * @param env variables beside those that are there
 * @param input what it reads from standard input
 * @returns its standard output
 * @throws Failure with what the engine has to say
 */
export async function runEngine(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  limitMs = engineMs,
  input?: string,
): Promise<string> {
  // In a project npx puts the vendor's launcher on the path, which would get an engine of its own.
  if (!isClone && process.env.PULUMI_HOME === undefined)
    throw new Failure(`the engine is not on the PATH. Fix: ${environmentCommand}, then the same again without npx`);
  const all = ["--non-interactive", "--color", "never", "--cwd", projectFolder, ...args];
  try {
    const running = promisify(execFile)("pulumi", all, {
      timeout: limitMs,
      maxBuffer: 256 << 20,
      env: { ...process.env, ...env },
    });
    // An engine that does not read it to its end says why by itself.
    running.child.stdin?.on("error", () => undefined).end(input);
    return (await running).stdout;
  } catch (error) {
    const { stdout = "", stderr = "", code } = error as { stdout?: string; stderr?: string; code?: string | number };
    if (code === "ENOENT") throw new Failure(`pulumi is not on the PATH. Fix: ${environmentCommand}`);
    throw new Failure(errorsIn(stdout) || stderr.trim() || `pulumi ${args[0] ?? ""} ended with ${String(code)}`);
  }
}

/** Stacks that have a state, by the names that their files have; Pulumi Cloud puts an organisation in front. */
export async function knownStacks(args: readonly string[] = []): Promise<ReadonlySet<string>> {
  const known = JSON.parse(await runEngine(["stack", "ls", "--json", ...args])) as { name: string }[];
  return new Set(known.map(({ name }) => name.split("/").at(-1) ?? name));
}

interface Diagnostic {
  readonly severity: string;
  readonly message: string;
}

/** Messages of the errors in what `pulumi preview --json` or `pulumi up --json` prints, the engine's own words about them left out. */
function errorsIn(json: string): string {
  const errors = diagnosticsIn(json).filter(({ severity }) => severity === "error");
  return errors.map(({ message }) => message.replace(/^error: /, "").trim()).join("\n");
}

/** A preview prints one document, an update an event a line. */
function diagnosticsIn(json: string): Diagnostic[] {
  try {
    return (JSON.parse(json) as { diagnostics?: Diagnostic[] }).diagnostics ?? [];
  } catch {
    return json.split("\n").flatMap((line) => {
      try {
        return (JSON.parse(line) as { diagnosticEvent?: Diagnostic }).diagnosticEvent ?? [];
      } catch {
        return [];
      }
    });
  }
}

/** A stack, read and checked as `pulumi up` would. */
export interface ReadStack extends FoundStack, Configuration {
  /** What GitHub is asked with; empty if there is none. */
  readonly token: string;
  /** Arguments that name the stack to `pulumi`. */
  readonly args: readonly string[];
}

/** One with a section on GitHub. */
export interface GovernedStack extends ReadStack {
  /** What it says of each of its repositories. */
  readonly sections: readonly Sections[];
}

/** @throws Failure if it has no such section */
export function governed(stack: ReadStack): GovernedStack {
  if (stack.settings.github === undefined) {
    throw new Failure(`stack ${stack.name} has no slipway:github. Fix: name one that has, with --stack`);
  }
  return { ...stack, sections: allSections(stack.settings) };
}

/** @throws Failure with every problem of the configuration */
export async function readStack(stack: FoundStack, options: CommonOptions): Promise<ReadStack> {
  const { configFile } = options;
  const args = [
    "--stack",
    options.stack ?? stack.name,
    ...(configFile === undefined ? [] : ["--config-file", configFile]),
  ];
  const question = runEngine(["config", "--json", "--show-secrets", ...args]);
  const shown = JSON.parse(await question.catch(whichNeverWas(stack.name))) as Record<
    string,
    { value?: string; secret?: boolean }
  >;
  const entries = Object.entries(shown).flatMap(([key, { value, secret = false }]): Entry[] =>
    value === undefined ? [] : [{ key, value, isSecret: secret }],
  );
  const read = readConfiguration(saidByProject(entries, stack.project.folder));
  if ("problems" in read) throw new Failure(formatProblems(read.problems));
  return { ...stack, ...read, token: await tokenFor(read, shown["github:token"]?.value), args };
}

/** Says of a stack without a state what that means; every other error is what it is. */
const whichNeverWas = (stack: string) => (error: unknown) => {
  if (!(error instanceof Failure && /no stack named|unable to open bucket .*no such file/.test(error.message)))
    throw error;
  throw new Failure(
    `stack ${stack} has no state: it was never brought up from here. Fix: ${makeUp(stack)}; if its state is lost, slipway adopt --stack ${stack}`,
  );
};

/** @param configured the stack's own token */
async function tokenFor(
  { settings: { github }, secrets }: Configuration,
  configured: string | undefined,
): Promise<string> {
  if (github?.app === undefined) return configured ?? process.env.GITHUB_TOKEN ?? "";
  try {
    return await installationToken({ ...github.app, key: secrets.githubAppKey }, github);
  } catch (error) {
    throw new Failure(formatProblem(unasked(error)));
  }
}
