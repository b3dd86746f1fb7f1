import { join as joinWords } from "shlex";
import { redactor, secretsIn } from "../checklist/redact.ts";
import type { Problem } from "../lib/problem.ts";
import { askStore, wordsFor, type StoreFailure } from "../lib/secrets/ask-store.ts";
import type { SecretsSettings } from "../lib/secrets/schema.ts";
import type { SecretValues } from "./read-configuration.ts";
import { shorten } from "./schema-problems.ts";

/** Asks for the secrets that `slipway:secretReferences` names. */

/** What is looked up, and what may not be shown when that fails. */
export interface ReferencesArgs extends SecretsSettings {
  /** That of Pulumi.yaml. */
  readonly folder: string;
  /** Secrets that are known already. */
  readonly known: readonly string[];
}

/** What came of it. */
export interface AskedSecrets {
  readonly values: SecretValues;
  /** Those that could not be had. */
  readonly missing: readonly { readonly name: string; readonly problem: Problem }[];
}

/** A tool that printed more than so many characters is not quoted: nobody could tell what of it is a secret. */
const isLong = (printed: string) => printed.length > 65_536;
const wordsOf = (text: string) => (isLong(text) ? [] : text.split(/\s+/));

export async function askForSecrets(args: ReferencesArgs): Promise<AskedSecrets> {
  const { secretCommand: command, secretReferences: references, folder } = args;
  if (Object.keys(references).length === 0) return { values: {}, missing: [] };
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
      if ("value" in answer) return [answer.value, ...wordsOf(answer.value)];
      return isLong(answer.printed) ? [] : [answer.printed, ...wordsOf(answer.printed)];
    }),
  ]);
  const missing = found.flatMap(({ name, reference, answer }) =>
    "value" in answer ? [] : [{ name, problem: problemOf({ name, reference, answer, command, clean }) }],
  );
  return { values, missing };
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
  const words = wordsFor(command, reference);
  const lines = (isLong(answer.printed) ? "" : clean(answer.said))
    .replace(/\p{Cc}/gu, (control) => (control === "\n" ? "\n" : " "))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const said = shorter(lines).join(" / ").slice(0, shownChars);
  return {
    path: `slipway:secretReferences.${name}`,
    problem: `could not be looked up as ${shorten(reference)}`,
    got: `${words[0] ?? ""} ${answer.why}${said === "" ? "" : `: ${said}`}`,
    fix: `run \`${joinWords(words)}\` in the folder of Pulumi.yaml until it prints the secret`,
  };
}
