import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adoptable, importOnly, plannedCreates, shortUrn, type ImportFile } from "../github/adopt.ts";
import { changesTable } from "../github/changes-for-people.ts";
import type { Exported } from "../github/exported.ts";
import { mendImport } from "../github/mend-import.ts";
import { askRepository } from "../github/plan/account.ts";
import { tooFewReviewers } from "../github/plan/people-access.ts";
import { refusals } from "../github/plan/within-account.ts";
import { readerOf } from "../github/read/reader.ts";
import { askHeldUp, heldUpLines, heldUpTitle } from "../github/held-up.ts";
import { listedOf } from "../github/listed.ts";
import { formatProblem } from "../lib/problem.ts";
import { sideBySide } from "../lib/side-by-side.ts";
import { atOnce, censusesOf, censusJson, type Taken } from "./census.ts";
import type { CommonOptions } from "./command.ts";
import { adoptHosts, type AdoptedHosts } from "./adopt-hosts.ts";
import { governed, knownStacks, readStack, runEngine, type GovernedStack } from "./engine.ts";
import { findStack } from "./find-stack.ts";
import { printJson, teller } from "./print.ts";

/** `slipway adopt`: takes what hosts and the repository on GitHub have already into the stack's state; changes nothing there. */
export async function adopt(options: CommonOptions): Promise<void> {
  const found = await findStack(options, { section: ["slipway:host", "slipway:github"], changes: true });
  if (options.configFile === undefined) await makeStack(found.name);
  const stack = await readStack(found, options);
  const tell = teller(options.json);
  const { host, github } = stack.settings;
  const hosts = host && (await adoptHosts(host, stack, tell));
  if (hosts) for (const line of describeHosts(hosts)) tell(line);
  const repositories = github && (await adoptRepositories(governed(stack), tell));
  if (options.json) printJson({ ...(hosts && { hosts }), ...repositories });
}

/**
 * A state that is lost altogether does not know the stack either. Not for a file elsewhere: beside it the engine would write into the file
 * that this project has under the stack's name.
 */
async function makeStack(name: string): Promise<void> {
  if (!(await knownStacks()).has(name)) await runEngine(["stack", "init", "--no-select", name]);
}

function describeHosts({ adopted, next }: AdoptedHosts): string[] {
  const changes = Object.entries(next).map(([op, names]) => `${op} ${names.join(", ")}`);
  return [
    ...(adopted.length === 0 ? ["Nothing to adopt on the hosts: the state knows what is there."] : []),
    changes.length === 0 ? "The next pulumi up has nothing to do." : `The next pulumi up: ${changes.join("; ")}`,
  ];
}

async function adoptRepositories(stack: GovernedStack, tell: (line: string) => void): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-adopt-"));
  try {
    const adopted = await importInto(stack, folder, tell);
    if (adopted.length === 0) tell("Nothing to adopt: all that is declared is in the stack's state or not on GitHub.");
    for (const { name, id } of adopted) tell(`  ${name} ${id}`);
    const taken = await censusesOf(stack);
    const looked = await Promise.all(
      taken.map(async (each) => ({ ...each, says: await whatItMeans(each, stack.token) })),
    );
    for (const { sections, says } of looked) {
      if (looked.length > 1) tell(`${sections.github.owner}/${sections.github.repository}:`);
      tellAll(tell, "Left as it is, because nobody declares it:", says.undeclared);
      tellAll(tell, "Holds here as well, and stays:", says.above);
      tellAll(tell, "What the next pulumi up changes for the people of this repository:", changesTable(says.changes));
      if (says.heldUp) tellAll(tell, heldUpTitle(says.heldUp), heldUpLines(says.heldUp));
      tellAll(tell, "Waiting:", says.waiting);
      tellAll(tell, "Mend this first:", [...says.refused, ...says.tooFew]);
    }
    tell("Nothing was changed on GitHub. Next: pulumi preview --diff");
    return { adopted, ...censusJson(looked, ({ says }) => says) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the next update comes to for those who work with a repository. */
async function whatItMeans({ sections, census }: Taken, token: string) {
  const { github, repository } = sections;
  const reader = readerOf(github, token);
  const { findings, above, changes, waiting } = census;
  const undeclared = findings.filter(({ is }) => is === "undeclared").map(({ sentence }) => sentence);
  const refused = refusals(await askRepository(reader), sections).map((each) => formatProblem(each));
  const tooFew = repository ? await tooFewReviewers(reader, repository) : [];
  const heldUp = await askHeldUp(readerOf(github, token), census.branches);
  return { undeclared, above, changes, waiting, refused, tooFew, ...(heldUp && { heldUp }) };
}

function tellAll(tell: (line: string) => void, title: string, lines: readonly string[]): void {
  if (lines.length > 0) for (const line of [title, ...lines.map((each) => `  ${each}`)]) tell(line);
}

/** @returns what was taken into the state, sorted */
async function importInto(
  { name, sections, token, args }: GovernedStack,
  folder: string,
  tell: (line: string) => void,
) {
  const file = join(folder, "import.json");
  tell("Looking at what would be created (a preview, usually under 30 s, at most 10 min) …");
  const preview = await runEngine(["preview", "--json", "--import-file", file, ...args]);
  const creates = plannedCreates(preview);
  const listed = sections.flatMap((each) => each.listed ?? []);
  const asked = await sideBySide(sections, atOnce, ({ github, ...each }) => {
    tell(`Asking ${github.owner}/${github.repository} what of it is there already …`);
    const mine = creates.filter(({ urn }) => listedOf(urn, listed) === each.listed);
    return adoptable(readerOf(github, token), mine);
  });
  const there = asked.flat();
  if (there.length === 0) return [];
  const whole = JSON.parse(readFileSync(file, "utf8")) as ImportFile;
  writeFileSync(file, JSON.stringify(importOnly(whole, there)), { mode: 0o600 });
  tell(`Taking over ${there.length} objects (at most 10 min) …`);
  const how = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"];
  await runEngine(["import", "--file", file, ...how, ...args]);
  await mendState(name, folder);
  return there
    .map(({ urn, id }) => ({ name: shortUrn(urn).replace(/^github:index\/\w+:(\w+)::.*$/, "$1"), id }))
    .sort((one, other) => (`${one.name} ${one.id}` < `${other.name} ${other.id}` ? -1 : 1));
}

async function mendState(stack: string, folder: string): Promise<void> {
  const mended = mendImport(JSON.parse(await runEngine(["stack", "export", "--stack", stack])) as Exported);
  if (mended === undefined) return;
  const file = join(folder, "state.json");
  writeFileSync(file, JSON.stringify(mended), { mode: 0o600 });
  await runEngine(["stack", "import", "--file", file, "--stack", stack]);
}
