import type { HostLook } from "../hosts/look.ts";
import { databaseKinds, type DatabaseKind } from "../databases/schema.ts";
import type { Problem } from "../problem.ts";
import { databaseNames, isOurs, type Declared } from "./declared-on-host.ts";
import type { Ledger } from "./ledger.ts";

/** Where a stack's data are, and where they are not (invariant I14). */

/**
 * Data on a host of databases that the stack does not declare (any more), a sentence each.
 *
 * @param goes whether this update deletes the data of one
 */
export function leftData(
  { volumes }: HostLook,
  { names, databases }: Declared,
  goes: (kind: DatabaseKind) => boolean,
): string[] {
  return databaseKinds
    .filter((kind) => !databases.includes(kind) && volumes.has(names.part(kind)))
    .map((kind) =>
      goes(kind)
        ? `${databaseNames[kind]} leaves with its data, as slipway:deleteData said: after a last backup, volume ${names.part(kind)} is deleted.`
        : `Volume ${names.part(kind)} is left of ${databaseNames[kind]}, which slipway:databases does not name. Named again, ` +
          `it takes up what is there; \`docker volume rm ${names.part(kind)}\` on the host deletes it.`,
    );
}

/** Databases that the stack declares no longer and that are still on the host: they leave with this update, their data stay. */
export const leavingDatabases = ({ containers }: HostLook, { names, databases }: Declared): DatabaseKind[] =>
  databaseKinds.filter((kind) => {
    const found = containers.get(names.part(kind));
    return !databases.includes(kind) && found !== undefined && isOurs(found, names);
  });

/** As people know them: `PostgreSQL and Redis`. */
export const describeDatabases = (kinds: readonly DatabaseKind[]): string =>
  kinds.map((kind) => databaseNames[kind]).join(" and ");

/**
 * Why a stack may not begin on a host: it has served elsewhere, and its data are not here. Undefined if it may.
 *
 * @param known what the stack's last update left, wherever that was
 * @param path where the host stands in the settings
 */
export function movedHostProblem(
  look: HostLook | undefined,
  ledger: Ledger,
  known: Ledger,
  declared: Declared,
  path: string,
): Problem | undefined {
  if (ledger.live !== null || known.live === null) return undefined;
  const data = declared.databases.map((kind) => declared.names.part(kind));
  const missing = data.filter((name) => look?.volumes.has(name) !== true);
  if (missing.length === 0) return undefined;
  return {
    path,
    problem: `nothing of this stack was ever live here, but it was live somewhere (${known.slots[known.live].release?.id ?? "unknown"}), with data that are not here`,
    got: `no volume ${missing.join(", ")}`,
    allowed: "the host that the stack was on, or one that its data were brought to",
    fix: `set ${path} back; or bring the volumes here under the same names; or begin with empty ones: \`${missing.map((name) => `docker volume create ${name}`).join("; ")}\` on this host`,
  };
}
