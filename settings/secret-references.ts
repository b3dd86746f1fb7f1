import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { redactor, secretsIn } from "../checklist/redact.ts";
import { lastOutput, resourceNamed, resourcesInState } from "../lib/own-state.ts";
import { formatProblems, type Problem } from "../lib/problem.ts";
import { askStore, wordsFor, type StoreFailure } from "../lib/secrets/ask-store.ts";
import type { SecretsSettings } from "../lib/secrets/schema.ts";
import { hidden } from "../lib/schema-parts.ts";
import type { SecretValues } from "./read-configuration.ts";
import { shorten } from "./schema-problems.ts";

/** Values of the secrets that `slipway:secretReferences` names, from the tool that a team keeps them in. */

/** What is looked up, and what may not be shown when that fails. */
export interface ReferencesArgs extends SecretsSettings {
  /** That of Pulumi.yaml. */
  readonly folder: string;
  /** Secrets that are known already. */
  readonly known: readonly string[];
}

/**
 * Looks all of them up, before anything is touched.
 *
 * A preview that can't, such as one of a pull request, where nobody is logged in to the store, goes on with what the last update had and says so.
 *
 * @throws pulumi.RunError in an update, with every secret that could not be had
 */
export async function lookUpSecrets(args: ReferencesArgs): Promise<SecretValues> {
  const { secretCommand: command, secretReferences: references, folder } = args;
  if (Object.keys(references).length === 0) return {};
  const answers = await askStore({ command, folder }, Object.values(references));
  const found = Object.entries(references).flatMap(([name, reference]) => {
    const answer = answers.get(reference);
    return answer === undefined ? [] : [{ name, reference, answer }];
  });
  const values: Record<string, string> = {};
  for (const { name, answer } of found) if ("value" in answer) values[name] = answer.value;
  const clean = redactor([
    ...args.known,
    ...secretsIn(process.env),
    // A tool may repeat a part of what it printed.
    ...[...answers.values()].flatMap((answer) => {
      const text = "value" in answer ? answer.value : answer.printed;
      return [text, ...text.split(/\s+/)];
    }),
  ]);
  const missing = found.flatMap(({ name, reference, answer }) =>
    "value" in answer ? [] : [{ name, problem: problemOf({ name, reference, answer, command, clean }) }],
  );
  if (missing.length === 0) return values;
  if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(formatProblems(missing.map(({ problem }) => problem)));
  return { ...values, ...(await fromLastUpdate(missing)) };
}

/** How much of what a tool says is shown: where it is long, it says first what is wrong, and last why. */
const shownChars = 300;
const shorter = (lines: readonly string[]) => [...lines.slice(0, 1), ...lines.slice(1).slice(-2)];

function problemOf(failed: {
  readonly name: string;
  readonly reference: string;
  readonly answer: StoreFailure;
  readonly command: readonly string[];
  readonly clean: (text: string) => string;
}): Problem {
  const { name, reference, answer, command, clean } = failed;
  const [program = "", ...rest] = wordsFor(command, reference);
  const lines = clean(answer.said)
    .replace(/\p{Cc}/gu, (control) => (control === "\n" ? "\n" : " "))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const said = shorter(lines).join(" / ").slice(0, shownChars);
  return {
    path: `slipway:secretReferences.${name}`,
    problem: `could not be looked up as ${shorten(reference)}`,
    got: `${program} ${answer.why}${said === "" ? "" : `: ${said}`}`,
    fix: `run \`${[program, ...rest].join(" ")}\` in the folder of Pulumi.yaml until it prints the secret`,
  };
}

const written = z.object({ outputs: z.object({ stdin: z.string() }) });
const texts = z.record(z.string(), z.string());

/** What the slot that is live got with the last update; a text that no secret is where it got none. */
async function fromLastUpdate(
  missing: readonly { readonly name: string; readonly problem: Problem }[],
): Promise<SecretValues> {
  const live = z.object({ slot: z.string() }).safeParse(await lastOutput("live"));
  const kept = live.success ? await writtenInto(live.data.slot) : {};
  const names = missing.map(({ name }) => name);
  const known = names.filter((name) => name in kept);
  const unknown = names.filter((name) => !(name in kept));
  const taken = [
    ...(known.length === 0 ? [] : [`${known.join(", ")} as if it had not changed since the last update`]),
    ...(unknown.length === 0
      ? []
      : [`${unknown.join(", ")} as new, so the release gets another name than the one shown`]),
  ];
  const problems = formatProblems(missing.map(({ problem }) => problem));
  await pulumi.log.warn(
    `Secrets that this preview could not see: it takes ${taken.join(", and ")}. pulumi up here would be refused.\n${problems}`,
  );
  return Object.fromEntries(names.map((name) => [name, kept[name] ?? hidden]));
}

async function writtenInto(slot: string): Promise<SecretValues> {
  const command = written.safeParse(resourceNamed(await resourcesInState(), `api-${slot}-secrets-write`));
  if (!command.success) return {};
  return texts.catch({}).parse(JSON.parse(command.data.outputs.stdin));
}
