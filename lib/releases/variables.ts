import type { DatabaseKind, DatabasesSettings } from "../databases/schema.ts";
import type { Problem } from "../problem.ts";
import type { ReleasesSettings } from "./schema.ts";

/** Each secret `some-name` is announced as SOME_NAME_FILE, the convention of the public database images. */
export const secretVariable = (secret: string): string => `${secret.toUpperCase().replaceAll("-", "_")}_FILE`;

/** Secrets that databases beside the service bring. */
const urlOf = {
  postgres: "database-url",
  redis: "redis-url",
  neo4j: "neo4j-url",
} as const satisfies Record<DatabaseKind, string>;

/** The variable by which a release that uses a database knows where its address is. */
export const databaseVariable = (kind: DatabaseKind): string => secretVariable(urlOf[kind]);

/** Variables of `slipway:env` that would take the place of a secret's. */
export function variableProblems({
  env,
  secrets,
  databases,
}: Pick<ReleasesSettings, "env" | "secrets"> & Pick<DatabasesSettings, "databases">): Problem[] {
  const kinds = (["postgres", "redis", "neo4j"] as const).filter((kind) => databases[kind] !== undefined);
  const announced = new Map([
    ...kinds.map((kind) => [secretVariable(urlOf[kind]), `slipway:databases.${kind}`] as const),
    ...Object.keys(secrets).map((secret) => [secretVariable(secret), `slipway:secrets.${secret}`] as const),
  ]);
  return Object.keys(env).flatMap((name) => {
    const by = announced.get(name);
    const path = `slipway:env.${name}`;
    const problem = `is set by ${by ?? ""} to the file that holds it`;
    const fix = `pulumi config rm --path '${path}'`;
    return by === undefined ? [] : [{ path, problem, allowed: "another name", fix }];
  });
}
