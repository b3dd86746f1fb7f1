import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { lastOutput, resourceNamed, resourcesInState } from "../lib/own-state.ts";
import { formatProblems } from "../lib/problem.ts";
import { hidden } from "../lib/schema-parts.ts";
import { askForSecrets, type AskedSecrets, type ReferencesArgs } from "./ask-for-secrets.ts";
import type { SecretValues } from "./read-configuration.ts";

/** Values of the secrets that `slipway:secretReferences` names, from the tool that a team keeps them in. */

/**
 * Looks all of them up, before anything is touched.
 *
 * A preview that can't, such as one of a pull request, where nobody is logged in to the store, goes on with what the last update had and says so.
 *
 * @throws pulumi.RunError in an update, with every secret that could not be had
 */
export async function lookUpSecrets(args: ReferencesArgs): Promise<SecretValues> {
  const { values, missing } = await askForSecrets(args);
  if (missing.length === 0) return values;
  if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(formatProblems(missing.map(({ problem }) => problem)));
  return { ...values, ...(await fromLastUpdate(missing)) };
}

const written = z.object({ outputs: z.object({ stdin: z.string() }) });
const texts = z.record(z.string(), z.string());

/** What the slot that is live got with the last update; a text that no secret is where it got none. */
async function fromLastUpdate(missing: AskedSecrets["missing"]): Promise<SecretValues> {
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
