import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { databaseKinds, type DatabaseKind } from "../lib/databases/schema.ts";
import { isClone, toolchainCommand } from "../lib/folders.ts";
import { connectionTo } from "../lib/hosts/host-connection.ts";
import { lookAt } from "../lib/hosts/look.ts";
import { formatProblem, formatProblems, type Problem } from "../lib/problem.ts";
import { settingsFor, undecided } from "../lib/project/assumptions.ts";
import { lookAtBuild, lookAtImage, type Seen } from "../lib/project/look-at-source.ts";
import { newProjectProblems } from "../lib/project/new-project-problems.ts";
import {
  exampleHealth,
  exampleService,
  ignoredByBuild,
  ignoredByGit,
  projectFiles,
  projectManifest,
  type Files,
} from "../lib/project/project-files.ts";
import { freeSubnet } from "../lib/releases/room-on-host.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { printJson, teller } from "./print.ts";

/** What `slipway init` takes. */
export interface InitOptions {
  readonly name?: string;
  readonly build?: string;
  readonly image?: string;
  readonly port?: string;
  readonly health?: string;
  readonly databases?: string;
  readonly json?: true;
}

/** Ports that the service may be reached at, in the order in which they are proposed. */
const proposed = [8080, ...Array.from({ length: 19 }, (_, index) => 8081 + index)];

/** Makes a project of the working folder: looks first, writes only files that are not there, and says what it assumed. */
export async function init(options: InitOptions): Promise<void> {
  if (isClone)
    throw new Failure(
      "slipway init: this is Slipway's own clone, a project itself. Fix: npm run package, then npm install the archive that it names in a folder of your own",
      exitCodes.usage,
    );
  const folder = process.cwd();
  const tell = teller(options.json);
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8").catch(() => "{}")) as object;
  const source =
    options.image === undefined
      ? (options.build ?? (existsSync(join(folder, "Dockerfile")) ? "." : undefined))
      : undefined;
  // A folder `deploy` in a service's repository says nothing of the service.
  const name = options.name ?? nameFor(resolve(folder, source ?? "."));
  const isExample = source === undefined && options.image === undefined;
  const build = isExample ? "service" : source;
  refuse(newProjectProblems({ folder, name, build: source, image: options.image, isExample, manifest }));

  const databases = options.databases === undefined ? await askForDatabases() : databaseList(options.databases);
  const seen = await look(build, options.image, isExample);
  const settings = settingsFor({
    name,
    image: build === undefined ? imageOf(options.image ?? "") : { build },
    ...seen,
    databases,
    said: {
      port: options.port === undefined ? undefined : Number(options.port),
      health: options.health ?? (isExample ? exampleHealth : undefined),
    },
    free: await freeHere(),
  });
  const files = {
    ...(isExample ? exampleService : {}),
    ...projectFiles(name, settings),
    ...ignoreLists(folder, build),
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text, { flag: "wx" });
  }
  await writeFile(join(folder, "package.json"), projectManifest(name, manifest));

  const assumed = settings.filter(({ because }) => because !== undefined);
  tell(`✓ wrote ${Object.keys(files).join(", ")}, and completed package.json`);
  tell("Assumed; each is a line in Pulumi.local.yaml:");
  for (const { key, value, because = "" } of assumed) tell(`  slipway:${key} ${inWords(value)}: ${because}`);
  if (databases.length === 0) tell("  no database: name what it needs, with --databases or in slipway:databases");
  const open = undecided(seen);
  if (open.length > 0) tell("Not written, for it is about data; yours to add to Pulumi.local.yaml:");
  for (const line of open) tell(`  ${line}`);
  tell(`Next: ${toolchainCommand("up")}`);
  if (options.json) printJson({ name, files: Object.keys(files), settings, undecided: open });
}

/** The folder's name, as far as it may be one. */
const nameFor = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
    .slice(0, 40) || "service";

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new Failure(formatProblems(problems), exitCodes.usage);
}

/** The one question that nothing answers but a person; without a terminal the answer is none. */
async function askForDatabases(): Promise<readonly DatabaseKind[]> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return [];
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(
    `Databases that Slipway runs beside the service (${databaseKinds.join(", ")}) [none]: `,
  );
  terminal.close();
  return databaseList(answer);
}

/** @throws Failure for a word that is none */
function databaseList(text: string): readonly DatabaseKind[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== "" && word !== "none");
  const kinds = databaseKinds.filter((kind) => words.includes(kind));
  if (kinds.length === new Set(words).size) return kinds;
  const allowed = databaseKinds.join(", ");
  const problem = { path: "databases", problem: "is no list of them", got: text, allowed, fix: "name some of these" };
  throw new Failure(formatProblem(problem), exitCodes.usage);
}

async function look(build: string | undefined, image: string | undefined, isExample: boolean): Promise<Seen> {
  if (build === undefined) return lookAtImage(image ?? "");
  if (!isExample) return lookAtBuild(build);
  const { readDockerfile } = await import("../lib/project/image-facts.ts");
  const { facts } = readDockerfile(exampleService["service/Dockerfile"] ?? "");
  return { facts, userNumber: undefined, source: "its Dockerfile" };
}

function imageOf(reference: string): { name: string; tag: string } {
  const [, name = reference, tag = "latest"] = /^(.*?)(?::([\w.-]+))?$/.exec(reference) ?? [];
  return { name, tag };
}

async function freeHere(): Promise<{ port: number; subnet: string }> {
  const found = await lookAt(connectionTo({ kind: "local" }), {
    prefix: "slipway-init",
    ports: proposed.map((port) => ({ port })),
    data: [],
  });
  const taken = new Set(found?.listeners.map(({ port }) => port));
  return {
    port: proposed.find((port) => !taken.has(port)) ?? 8080,
    subnet: freeSubnet(found?.networks ?? new Map()) ?? "10.213.0.0/24",
  };
}

/** Lists for git and for the build, where there are none yet. @param build the build's folder */
function ignoreLists(folder: string, build: string | undefined): Files {
  const text = (lines: readonly string[]) => `${lines.join("\n")}\n`;
  const files: Record<string, string> = {};
  if (!existsSync(join(folder, ".gitignore"))) files[".gitignore"] = text(ignoredByGit);
  if (build === undefined) return files;
  const inside = relative(join(folder, build), folder);
  const list = join(build, ".dockerignore");
  if (inside.startsWith("..") || existsSync(join(folder, list))) return files;
  files[list] = text(inside === "" ? ignoredByBuild : [inside, ".git"]);
  return files;
}

const inWords = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
