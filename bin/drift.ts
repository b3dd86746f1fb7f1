import type { Census } from "../github/take-census.ts";
import { idleEntries } from "../github/ignored-drift.ts";
import { censusesOf, censusJson, type Taken } from "./census.ts";
import type { CommonOptions } from "./command.ts";
import { changedByHand, describeChanges, type ChangedByHand } from "./changed-by-hand.ts";
import { governed, readStack, type GovernedStack } from "./engine.ts";
import { findStack, type FoundStack } from "./find-stack.ts";
import { hostsIn } from "./hosts.ts";
import { exitCodes } from "./exit-codes.ts";
import { printJson, teller } from "./print.ts";

/** `slipway drift`: says in plain words where hosts and GitHub are not as declared. */
export async function drift(options: CommonOptions): Promise<void> {
  const section = ["slipway:host", "slipway:github"] as const;
  const found = await findStack(options, { section, changes: false });
  const stack = await readStack(found, options);
  const hosts = stack.settings.host === undefined ? [] : await lookAtHosts(found);
  for (const { name, changed } of hosts) for (const line of describeHost(name, changed)) teller(options.json)(line);
  const taken = stack.settings.github === undefined ? [] : await lookAtRepositories(governed(stack), options);
  if (options.json) {
    const byName = Object.fromEntries(hosts.map(({ name, changed }) => [name, changed ?? null]));
    printJson({
      ...censusJson(taken, told),
      ...(hosts.length === 0 ? {} : { hosts: byName }),
    });
  }
  const isUnknown = hosts.some(({ changed }) => changed === undefined);
  const isChanged = hosts.some(({ changed }) => changed && describeChanges(changed).length > 0);
  if (isChanged || taken.some(({ census }) => census.findings.length > 0)) process.exitCode = exitCodes.drifted;
  else if (isUnknown) process.exitCode = exitCodes.unreachable;
}

/** What a census says of drift: what becomes of a branch's rules is for who adopts. */
function told({ census }: Taken): object {
  const { findings, ignored, weakened, hidden, waiting, changes } = census;
  return { findings, ignored, weakened, hidden, waiting, changes };
}

/** Side by side: one that can't be reached holds up no other. */
async function lookAtHosts(found: FoundStack) {
  const { hosts } = hostsIn(found);
  teller(true)(`Asking ${hosts.map(({ connection }) => connection.name).join(", ")} (some seconds, at most 1 min) …`);
  return Promise.all(
    hosts.map(async (host) => ({
      name: host.connection.name,
      changed: await changedByHand(host),
    })),
  );
}

function describeHost(name: string, changed: ChangedByHand | undefined): string[] {
  if (changed === undefined) return [`${name} can't be asked; slipway status says why.`];
  const lines = describeChanges(changed);
  if (lines.length === 0) return [`${name} is as the last update left it.`];
  return [`${name} is not as the last update left it:`, ...lines.map((line) => `- ${line}`)];
}

async function lookAtRepositories(stack: GovernedStack, { json }: CommonOptions): Promise<readonly Taken[]> {
  const { sections, settings } = stack;
  const names = sections.map(({ github }) => `${github.owner}/${github.repository}`);
  const [which = "", howLong] =
    names.length === 1
      ? [names[0], "some seconds, at most 2 min"]
      : [`${names.length} repositories`, "about a second for each"];
  teller(true)(`Asking GitHub about ${which} (${howLong}) …`);
  const taken = await censusesOf(stack);
  if (json) return taken;
  taken.forEach(({ census }, index) => {
    for (const line of report(names[index] ?? "", census)) teller(false)(line);
  });
  const ignored = taken.flatMap(({ census }) => census.ignored);
  for (const line of idleEntries(settings.github?.ignoredDrift ?? [], ignored)) teller(false)(line);
  if (taken.some(({ census }) => census.findings.length > 0)) teller(false)(whatToDo);
  return taken;
}

const whatToDo =
  "pulumi up mends what is changed or missing; a branch or a secret that is missing needs pulumi up --refresh, and a secret that no stack holds slipway secrets set. What is undeclared is yours to declare, to remove, or to name with a reason under slipway:github.ignoredDrift; files change by pull request.";

function report(name: string, { findings, ignored, weakened, hidden, waiting }: Census): string[] {
  const unseen = [
    ...(hidden.length === 0 ? [] : ["Hidden from this token, so not compared:", ...hidden.map((part) => `- ${part}`)]),
    ...(ignored.length === 0
      ? []
      : [
          "Beside the declaration, for a reason:",
          ...ignored.map(({ sentence, reason }) => `- ${sentence}: ${reason}`),
        ]),
    ...(waiting.length === 0 ? [] : ["Waiting:", ...waiting.map((part) => `- ${part}.`)]),
  ];
  const asFar = hidden.length === 0 ? "" : ", as far as this token can see";
  if (findings.length === 0) return [`${name} is as declared${asFar}.`, ...unseen];
  const counts = (["changed", "missing", "undeclared"] as const)
    .map((is) => [findings.filter((finding) => finding.is === is).length, is] as const)
    .filter(([count]) => count > 0)
    .map(([count, is]) => `${count} ${is}`);
  return [
    `${name} is not as declared (${counts.join(", ")}):`,
    ...findings.map(({ sentence }) => `- ${sentence}.`),
    ...(weakened.length === 0 ? [] : ["Weaker than declared:", ...weakened.map(({ sentence }) => `- ${sentence}`)]),
    ...unseen,
  ];
}
