import type { DatabaseKind, DatabasesSettings } from "../databases/schema.ts";
import type { Problem } from "../problem.ts";
import { suggest } from "../suggest.ts";
import type { ReleasesSettings } from "./schema.ts";

/** The variable that the secret `some-name` itself is, where one is wanted: SOME_NAME. */
export const plainVariable = (secret: string): string => secret.toUpperCase().replaceAll("-", "_");

/** Each secret `some-name` is announced as SOME_NAME_FILE, the convention of the public database images. */
export const secretVariable = (secret: string): string => `${plainVariable(secret)}_FILE`;

/** Secrets that databases beside the service bring. */
const urlOf = {
  postgres: "database-url",
  redis: "redis-url",
  neo4j: "neo4j-url",
} as const satisfies Record<DatabaseKind, string>;

/** The name of the secret that a database's address is. */
export const databaseSecret = (kind: DatabaseKind): string => urlOf[kind];

/** The variable by which a release that uses a database knows where its address is. */
export const databaseVariable = (kind: DatabaseKind): string => secretVariable(urlOf[kind]);

/** Variables of `slipway:env` that would take the place of a secret's, and secrets for variables that are none. */
export function variableProblems({
  env,
  secrets,
  databases,
  container,
}: Pick<ReleasesSettings, "env" | "secrets" | "container"> & Pick<DatabasesSettings, "databases">): Problem[] {
  const kinds = (["postgres", "redis", "neo4j"] as const).filter((kind) => databases[kind] !== undefined);
  const announced = new Map([
    ...kinds.map((kind) => [secretVariable(urlOf[kind]), `slipway:databases.${kind}`] as const),
    ...Object.keys(secrets).map((secret) => [secretVariable(secret), `slipway:secrets.${secret}`] as const),
  ]);
  const given = new Map((container.secretVariables ?? []).map((name, index) => [name, index]));
  const listed = (index: number) => `slipway:container.secretVariables[${String(index)}]`;
  const unknown = [...given].flatMap(([name, index]): Problem[] => {
    if (announced.has(`${name}_FILE`)) return [];
    const known = [...announced.keys()].map((file) => file.replace(/_FILE$/, ""));
    const meant = suggest(name, known);
    return [
      {
        path: listed(index),
        problem: "names no secret of this stack",
        got: name,
        allowed: known.join(", ") || "none, as there are neither slipway:secrets nor slipway:databases",
        fix:
          meant === undefined
            ? `pulumi config rm --path '${listed(index)}'`
            : `pulumi config set --path '${listed(index)}' ${meant}`,
      },
    ];
  });
  const taken = Object.keys(env).flatMap((name): Problem[] => {
    const by = announced.get(name);
    const path = `slipway:env.${name}`;
    const fix = `pulumi config rm --path '${path}'`;
    if (by !== undefined)
      return [{ path, problem: `is set by ${by} to the file that holds it`, allowed: "another name", fix }];
    const index = given.get(name);
    if (index === undefined) return [];
    return [{ path, problem: `is set by ${listed(index)} to a secret`, allowed: "another name", fix }];
  });
  return [...unknown, ...taken];
}
