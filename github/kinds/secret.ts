import type { Problem } from "../../lib/problem.ts";
import { secretUses, type SecretStore, type SecretUse } from "../../workflows/secret-uses.ts";
import type { At, Reader } from "../read/reader.ts";
import { placesWithin } from "./environment.ts";
import { readingOf, together, type Declared, type Kind, type Thing } from "./kind.ts";

/** Names of secrets by store: `repository`, `dependabot`, or the name of an environment. */
export type SecretNames = Readonly<Record<string, readonly string[]>>;

/** One store, and what a stack says of it. */
export interface DeclaredSecrets {
  readonly store: SecretStore;
  /** Where the stack gives values: `slipway:environmentSecrets`. @default nowhere: they are written by those who hold them */
  readonly path?: string;
  /** Names that have a value there. */
  readonly names: readonly string[];
  /** Names that workflows outside Slipway read. */
  readonly usedElsewhere: readonly string[];
  /** What the repository's workflows read. @default those that Slipway renders */
  readonly uses?: readonly SecretUse[];
}

/** Where GitHub keeps them, as in {@link Thing.of}. */
export const placeOf = (store: SecretStore): string => store.replace(/^environment:/, "");

/** Every secret that a workflow reads from a store. */
export function neededSecrets({
  store,
  usedElsewhere,
  uses = secretUses,
}: Omit<DeclaredSecrets, "path" | "names">): readonly string[] {
  const used = uses.filter((each) => each.store === store).map(({ secret }) => secret);
  return [...new Set([...used, ...usedElsewhere])];
}

/** Values that no workflow reads: of another name than it should be, or left over. */
export function secretProblems(declared: DeclaredSecrets): Problem[] {
  const { path = "", names } = declared;
  const known = neededSecrets(declared);
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: `${path}.${name}`,
      problem: "is read by no workflow",
      allowed: known.length === 0 ? "no secret here" : known.join(", "),
      fix: `pulumi config rm --path '${path}.${name}', or name it under secretsUsedElsewhere`,
    }));
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

/** The repository itself, as in {@link Thing.of}. */
export const repositoryStore = "repository";

/** Stores that are no environments. */
const stores: Readonly<Record<string, string>> = { repository: "the repository", dependabot: "Dependabot" };
export const storeTitle = (of = "") => stores[of] ?? `environment ${of}`;

interface ApiSecret {
  readonly name: string;
  readonly updated_at: string;
}

function askSecrets(reader: Reader, of: string) {
  const page = (at: At) => ({ ...at, per_page: 100 });
  return reader.ask<ApiSecret[]>(`secrets of ${storeTitle(of)}`, ({ paginate, rest }, at) => {
    if (of === "repository") return paginate(rest.actions.listRepoSecrets, page(at));
    if (of === "dependabot") return paginate(rest.dependabot.listRepoSecrets, page(at));
    return paginate(rest.actions.listEnvironmentSecrets, { ...page(at), environment_name: of });
  });
}

function secretThings({ written }: Declared, of: string, names: readonly string[] = []): Thing[] {
  return names.map((name) => {
    const writtenAt = written?.[`${of}/${name}`];
    return { kind: "secret", name, of, fields: writtenAt === undefined ? {} : { writtenAt } };
  });
}

/** Secrets of workflows: GitHub tells their names and when they were written, never their values. */
export const secret: Kind = {
  title: ({ name, of }) => `secret ${name} of ${storeTitle(of)}`,
  declare: (declared) =>
    [
      ...(declared.environments ?? []).map(({ name }) => name),
      ...(declared.repository ? ["repository", "dependabot"] : []),
    ].flatMap((of) => secretThings(declared, of, declared.secrets?.[of])),
  async read(reader, scope) {
    const places = await placesWithin(reader, scope, "secret", Object.keys(stores));
    return together(
      await Promise.all(
        places.map(async (of) =>
          readingOf(
            "secret",
            await askSecrets(reader, of),
            (secrets) =>
              secrets.map(({ name, updated_at: at }) => {
                return { kind: "secret", name, of, fields: { writtenAt: new Date(at).toISOString() } };
              }),
            of,
          ),
        ),
      ),
    );
  },
  words: {
    writtenAt: {
      changed: (declared, actual) =>
        `somebody else wrote it at ${String(actual)}; this stack wrote it last at ${String(declared)}`,
    },
  },
};
