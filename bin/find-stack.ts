import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { projectFolder, toolchainCommand } from "../lib/folders.ts";
import { suggest } from "../lib/suggest.ts";
import type { Entry } from "../settings/read-configuration.ts";
import { selectedStack } from "../settings/selected-stack.ts";
import { openProject, type Project } from "../settings/stack-files.ts";
import type { CommonOptions } from "./command.ts";
import { exitCodes, Failure } from "./exit-codes.ts";

/** A stack. */
export interface FoundStack {
  readonly name: string;
  /** Its file, and what that says. */
  readonly file: string;
  readonly entries: readonly Entry[];
  readonly project: Project;
}

type Section = "slipway:host" | "slipway:github";

/** What a command asks of a stack. */
interface Wanted {
  /** Section that it has to declare; of several, any. */
  readonly section: Section | readonly Section[];
  /** The command changes something: then the stack that happens to be selected is not good enough. */
  readonly changes: boolean;
}

/**
 * The stack that a command is for: the one that is named; else the only one that can be meant; else, where the command only looks, the one
 * that is selected; else the person at the terminal is asked.
 *
 * @throws Failure with exit code 2 when it can't be told
 */
export async function findStack(
  { stack, configFile }: CommonOptions,
  wanted: Wanted,
  folder = projectFolder,
): Promise<FoundStack> {
  const project = openProject(folder);
  if (stack !== undefined) {
    // `<organisation>/<project>/<stack>` is how Pulumi Cloud names it.
    const name = stack.split("/").at(-1) ?? stack;
    if (configFile === undefined && !project.stacks.includes(name)) throw unknownStack(name, project.stacks);
    const file = configFile ?? project.fileOf(name);
    return { name, file, entries: project.read(name, file), project };
  }
  if (configFile !== undefined) throw new Failure("--config-file needs --stack <name>", exitCodes.usage);
  const name = await chooseStack(project, wanted);
  return { name, file: project.fileOf(name), entries: project.read(name), project };
}

async function chooseStack(project: Project, { section: wanted, changes }: Wanted): Promise<string> {
  const sections: readonly string[] = [wanted].flat();
  const section = sections.join(" or ");
  const candidates = project.stacks.filter((name) =>
    project.read(name).some(({ key, value }) => sections.includes(key) && value !== "{}"),
  );
  const [only, ...others] = candidates;
  if (only === undefined) throw new Failure(`no stack file has ${section}. Fix: add it to one`);
  if (others.length === 0) return only;
  const selected = changes ? undefined : selectedStack(project, engineHome());
  if (selected !== undefined && candidates.includes(selected)) return selected;
  const names = candidates.join(", ");
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Failure(`no stack is named, and several have ${section}: ${names}. Fix: --stack <name>`, exitCodes.usage);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Several stacks have ${section}: ${names}\nType the name of one: `);
  terminal.close();
  const name = answer.trim();
  if (!candidates.includes(name)) throw unknownStack(name, candidates);
  return name;
}

/** The command that brings a stack up. */
export const makeUp = (stack: string) => toolchainCommand("up", { stack: stack === "local" ? undefined : stack });

function unknownStack(name: string, known: readonly string[]): Failure {
  const meant = suggest(name, known);
  const near = meant === undefined ? "" : `; did you mean ${meant}`;
  return new Failure(
    `${name || "nothing"} is no stack with a file${near}; allowed ${known.join(", ")}. Fix: --stack <name>`,
    exitCodes.usage,
  );
}

const engineHome = () => process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
