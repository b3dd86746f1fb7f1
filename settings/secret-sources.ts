import { databaseKinds } from "../lib/databases/schema.ts";
import { databaseSecret } from "../lib/releases/variables.ts";
import type { Entry } from "./read-configuration.ts";
import { secretMaps, secretTexts } from "./secret-keys.ts";

/** Where each secret of the service comes from, by its name: a setting, a reference, or the host that made it. Never a value. */
export type SecretSources = Readonly<Record<string, string>>;

/** @param entries of a stack file as it lies there: nothing is decrypted, and what is wrong elsewhere does not matter */
export function serviceSecrets(entries: readonly Entry[]): SecretSources {
  const references = mapIn(entries, "secretReferences");
  const databases = mapIn(entries, "databases");
  return Object.fromEntries([
    ...Object.keys(mapIn(entries, "secrets")).map((name) => [name, "slipway:secrets"] as const),
    ...Object.entries(references).map(([name, reference]) => [name, `reference ${String(reference)}`] as const),
    ...databaseKinds
      .filter((kind) => databases[kind] !== undefined)
      .map((kind) => [databaseSecret(kind), `slipway:databases.${kind}`] as const),
  ]);
}

/** Those of everything else, by the setting that holds each. */
export function otherSecrets(entries: readonly Entry[]): readonly string[] {
  const maps = secretMaps.filter((key) => key !== "secrets");
  return [
    ...secretTexts.filter((key) => entries.some((entry) => entry.key === `slipway:${key}` && entry.value !== "")),
    ...maps.flatMap((key) => Object.keys(mapIn(entries, key)).map((name) => `${key}.${name}`)),
  ].map((path) => `slipway:${path}`);
}

function mapIn(entries: readonly Entry[], key: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(entries.find((entry) => entry.key === `slipway:${key}`)?.value ?? "{}");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
