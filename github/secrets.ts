import type { Problem } from "../lib/problem.ts";
import { secretUses, type SecretStore, type SecretUse } from "../workflows/secret-uses.ts";

/** Names that a stack gives values for, in one store. */
export interface DeclaredSecrets {
  readonly store: SecretStore;
  /** Where the stack names them: `slipway:environmentSecrets`. */
  readonly path: string;
  readonly names: readonly string[];
  /** Names that workflows outside Slipway read. */
  readonly usedElsewhere: readonly string[];
}

/** Secrets that a workflow reads and nobody declares, and the other way round: a run would find out only when it matters. */
export function secretProblems(
  { store, path, names, usedElsewhere }: DeclaredSecrets,
  uses: readonly SecretUse[] = secretUses,
): Problem[] {
  const used = uses.filter((each) => each.store === store);
  const known = new Set([...used.map(({ secret }) => secret), ...usedElsewhere]);
  const missing = [...known]
    .filter((secret) => !names.includes(secret))
    .map((secret) => {
      const by = used.filter((each) => each.secret === secret).map((each) => each.by);
      return {
        path: `${path}.${secret}`,
        problem: `is missing, and ${by.length === 0 ? "is said to be used elsewhere" : `${by.join(" and ")} reads it`}`,
        fix: `pulumi config set --secret --path '${path}.${secret}' <value>`,
      };
    });
  const unused = names
    .filter((name) => !known.has(name))
    .map((name) => ({
      path: `${path}.${name}`,
      problem: "is read by no workflow",
      allowed: known.size === 0 ? "no secret here" : [...known].join(", "),
      fix: `pulumi config rm --path '${path}.${name}', or name it under usedElsewhere`,
    }));
  return [...missing, ...unused];
}

/** Days since a secret's value was last written. */
export function ageInDays(updatedAt: string, now: Date): number {
  return Math.floor((now.getTime() - parseTime(updatedAt)) / 86_400_000);
}

/** GitHub's own form, or the one that the provider makes of it: `2026-01-02 03:04:05 +0000 UTC`. */
function parseTime(text: string): number {
  return Date.parse(text.replace(/^(\S+) (\S+) \+0000 UTC$/, "$1T$2Z"));
}

/**
 * When the stack wrote each secret, by store and name, out of `pulumi stack export`; ISO 8601.
 *
 * @param state JSON text; nothing secret of it is looked at
 */
export function writtenSecrets(state: string): Record<string, string> {
  const { deployment } = JSON.parse(state) as {
    deployment: { resources?: { type: string; outputs?: Record<string, unknown> }[] };
  };
  const stores: Readonly<Record<string, string>> = { ActionsSecret: "repository", DependabotSecret: "dependabot" };
  const written = (deployment.resources ?? []).flatMap(({ type, outputs = {} }) => {
    const kind = /^github:index\/\w+:(ActionsSecret|DependabotSecret|ActionsEnvironmentSecret)$/.exec(type)?.[1];
    const { secretName, environment, updatedAt } = outputs;
    if (kind === undefined || typeof secretName !== "string" || typeof updatedAt !== "string") return [];
    const time = parseTime(updatedAt);
    return Number.isNaN(time)
      ? []
      : [[`${stores[kind] ?? String(environment)}/${secretName}`, new Date(time).toISOString()] as const];
  });
  return Object.fromEntries(written);
}

/** What to say of a secret that should have been changed by now; undefined if it need not be. */
export function rotationNotice(
  name: string,
  updatedAt: string,
  rotateAfterDays: number,
  now: Date,
): string | undefined {
  const age = ageInDays(updatedAt, now);
  if (!(age > rotateAfterDays)) return undefined;
  return `secret ${name} is ${age} days old; it should be changed every ${rotateAfterDays} days`;
}
