import { readFileSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { isProduction } from "../checklist/drill.ts";
import { checklistItems } from "../checklist/items.ts";
import { outcomeOf, type Checklist, type ItemName, type ItemResult, type Outcome } from "../checklist/model.ts";
import { earlierProofs } from "../checklist/resume.ts";
import { redactor, secretsIn, withoutSecrets } from "../checklist/redact.ts";
import { junitOf } from "../checklist/render/junit.ts";
import { headline } from "../checklist/render/lines.ts";
import { markdownOf } from "../checklist/render/markdown.ts";
import { sarifOf } from "../checklist/render/sarif.ts";
import { textOf } from "../checklist/render/text.ts";
import { runChecklist } from "../checklist/run-checklist.ts";
import { allSections } from "../github/sections.ts";
import { formatProblems } from "../lib/problem.ts";
import { deployer } from "../lib/releases/deployer.ts";
import { readFile } from "../settings/read-configuration.ts";
import { environmentsElsewhere } from "./census.ts";
import type { Format, Skip } from "./checklist-options.ts";
import type { CommonOptions } from "./command.ts";
import { exitCodes, Failure, type ExitCode } from "./exit-codes.ts";
import { findStack, makeUp, type FoundStack } from "./find-stack.ts";
import { hostsIn } from "./hosts.ts";
import { version } from "./version.ts";

export interface ChecklistOptions extends CommonOptions {
  /** @default text */
  readonly format?: Format;
  /** @default all */
  readonly only?: readonly ItemName[];
  /** @default none */
  readonly skip?: readonly Skip[];
  /** Stack that declares the repository. @default the stack itself, else the only other one that does */
  readonly governance?: string;
  /** @default the working directory */
  readonly clone?: string;
  readonly fix?: true;
  readonly testNotices?: true;
  readonly testPush?: true;
  readonly drill?: true;
  /** File that an earlier run has printed with `--json`. */
  readonly resume?: string;
}

/** Ends as the worst outcome does; what could not be looked at is like a host that could not be reached. */
const codes: Readonly<Record<Outcome, ExitCode>> = {
  proven: exitCodes.done,
  broken: exitCodes.failed,
  "could-not-look": exitCodes.unreachable,
};

/** `slipway checklist`: proves each item of the guide's bootstrap checklist, or says why not and what to do. */
export async function checklist(options: ChecklistOptions): Promise<void> {
  const stack = await findStack(options, { section: "slipway:host", changes: options.drill === true });
  if (options.drill && isProduction(stack.name)) {
    const allowed = "a stack on which nobody depends, such as staging";
    throw new Failure(
      `--drill: moves the traffic of ${stack.name}; allowed ${allowed}. Fix: --stack staging`,
      exitCodes.usage,
    );
  }
  const skipped = new Map(options.skip);
  const settings = settingsOf(stack);
  const { hosts } = hostsIn(stack);
  const governance = governanceOf(stack, options.governance);
  const clean = redactor(secretsIn(process.env));
  const tell = (line: string) => process.stderr.write(clean(`${line}\n`));
  const all = checklistItems({
    stack: stack.name,
    settings,
    hosts,
    governance,
    token: process.env.GITHUB_TOKEN ?? "",
    clone: resolve(options.clone ?? "."),
    by: deployer(""),
    tests: {
      notices: options.testNotices === true,
      push: options.testPush === true,
      drill: options.drill === true,
    },
    makeUp: makeUp(stack.name),
    today: new Date(),
  });
  const items = all.filter(({ name }) => options.only?.includes(name) ?? true);
  const earlier = earlierOf(options, stack.name);
  const format = options.json ? "json" : (options.format ?? "text");
  const how = options.drill ? "the drill takes as long as two rollbacks" : "some seconds, at most 1 min";
  tell(`Looking at ${items.length} items of stack ${stack.name} (${how}) …`);
  const results = await runChecklist(items, {
    skipped,
    earlier,
    isMending: options.fix === true,
    onDone: (result) => {
      if (format !== "text" || process.stderr.isTTY) tell(headline(result));
    },
  });
  const found: Checklist = { stack: stack.name, at: new Date().toISOString(), items: results };
  const list = withoutSecrets(found, clean);
  process.exitCode = codes[outcomeOf(found)];
  const { exitCode } = process;
  // What was too slow may go on for a while, and nobody waits for it.
  process.stdout.write(clean(render(list, format, stack)), () => process.exit(exitCode));
}

/** A push is tried anew: an earlier look has the same probe without it. @throws Failure with exit code 2 */
function earlierOf({ resume, testPush }: ChecklistOptions, stack: string): ReadonlyMap<ItemName, ItemResult> {
  if (resume === undefined) return new Map();
  try {
    const proofs = [...earlierProofs(readFileSync(resume, "utf8"), stack, new Date())];
    return new Map(proofs.filter(([name]) => !(testPush && name === "branch-rules")));
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `--resume: ${resume} ${got}. Fix: slipway checklist --stack ${stack} --json > ${resume}`,
      exitCodes.usage,
    );
  }
}

function render(list: Checklist, format: Format, { file }: FoundStack): string {
  switch (format) {
    case "text":
      return textOf(list);
    case "markdown":
      return markdownOf(list);
    case "json":
      return `${JSON.stringify({ ...list, outcome: outcomeOf(list) }, null, 2)}\n`;
    case "junit":
      return junitOf(list);
    case "sarif": {
      const path = relative(process.cwd(), file);
      return sarifOf(
        list,
        { path: path.startsWith("..") ? basename(file) : path, text: readFileSync(file, "utf8") },
        version,
      );
    }
  }
}

/** The file as it lies there: no secret of the stack comes into this process. @throws Failure with all that is wrong with it */
function settingsOf({ entries }: Pick<FoundStack, "entries">) {
  const read = readFile(entries);
  if ("problems" in read) throw new Failure(formatProblems(read.problems));
  return read.settings;
}

/** @throws Failure */
function governanceOf({ name, entries, project }: FoundStack, wanted: string | undefined) {
  const declares = (all: FoundStack["entries"]) =>
    all.some(({ key, value }) => key === "slipway:github" && value !== "{}");
  const others = project.stacks.filter((each) => each !== name && declares(project.read(each)));
  const own = wanted === undefined && declares(entries) ? name : undefined;
  const chosen = own ?? wanted ?? (others.length === 1 ? others[0] : undefined);
  if (chosen === undefined && others.length > 1)
    throw new Failure(
      `several stacks have slipway:github: ${others.join(", ")}. Fix: --governance <name>`,
      exitCodes.usage,
    );
  if (chosen === undefined) return undefined;
  if (chosen !== name && !others.includes(chosen))
    throw new Failure(
      `${chosen} is no stack with slipway:github; allowed ${others.join(", ") || "none"}. Fix: --governance <name>`,
      exitCodes.usage,
    );
  const settings = settingsOf({ entries: chosen === name ? entries : project.read(chosen) });
  const repositories = allSections(settings).map((sections) => ({
    sections,
    environmentsElsewhere: environmentsElsewhere(project, sections.github),
  }));
  return { stack: chosen, repositories };
}
