import type { HostLook } from "../hosts/look.ts";
import { databaseKinds, type DatabaseKind } from "../databases/schema.ts";
import type { Problem } from "../problem.ts";
import { databaseNames, heldVolumes, isOurs, type Declared } from "./declared-on-host.ts";
import type { Ledger } from "./ledger.ts";

/** Where a stack's data are, and where they are not (invariant I14). */

/** Volumes of the service that this update makes, a sentence each; one that a release has already is missed, not made. */
export const madeVolumes = (
  { volumes }: Pick<HostLook, "volumes">,
  { names, volumes: declared = [] }: Declared,
  ledger: Ledger,
): string[] =>
  declared
    .filter((name) => !heldVolumes(ledger).includes(name))
    .map((name) => names.volume(name))
    .filter((volume) => !volumes.has(volume))
    .map((volume) => `Volume ${volume} is made; it begins with what the image has in its folder.`);

/**
 * Data on a host of databases and volumes that the stack does not declare (any more), a sentence each.
 *
 * @param goes whether this update deletes the data of one
 */
export function leftData(
  { volumes }: HostLook,
  { names, databases, volumes: kept = [] }: Declared,
  goes: (kind: DatabaseKind) => boolean,
): string[] {
  const left = (volume: string, of: string, by: string) =>
    `Volume ${volume} is left of ${of}, which ${by} does not name. Named again, it takes up what is there; ` +
    `\`docker volume rm ${volume}\` on the host deletes it.`;
  const ofDatabases = databaseKinds
    .filter((kind) => !databases.includes(kind) && volumes.has(names.part(kind)))
    .map((kind) =>
      goes(kind)
        ? `${databaseNames[kind]} leaves with its data, as slipway:deleteData said: after a last backup, volume ${names.part(kind)} is deleted.`
        : left(names.part(kind), databaseNames[kind], "slipway:databases"),
    );
  const others = [...volumes].flatMap((volume) => {
    const name = names.volumeNamed(volume);
    return name === undefined || kept.includes(name) ? [] : [left(volume, name, "slipway:volumes")];
  });
  return [...ofDatabases, ...others];
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
 * Why a stack may not begin on a host: it has served elsewhere, or here before somebody emptied it. Undefined if it may. The engine takes what its
 * state has for what is there, so it would make nothing and end well.
 *
 * @param known what the stack's last update left, wherever that was
 * @param at where the host stands in the settings, and the stack's name
 */
export function movedHostProblem(
  look: HostLook | undefined,
  ledger: Ledger,
  known: Ledger,
  declared: Declared,
  at: { readonly path: string; readonly stack: string },
): Problem | undefined {
  if (ledger.live !== null || known.live === null) return undefined;
  const { path, stack } = at;
  const { names, databases, volumes = [] } = declared;
  const data = [...databases.map((kind) => names.part(kind)), ...volumes.map((name) => names.volume(name))];
  const missing = data.filter((name) => look?.volumes.has(name) !== true);
  return {
    path,
    problem: `nothing of this stack is live here, and its state says that ${known.slots[known.live].release?.id ?? "something"} is`,
    got: missing.length === 0 ? "data, and no controller's journal" : `no volume ${missing.join(", ")}`,
    allowed: "the host that the stack was on",
    fix:
      `set ${path} back; or begin anew on this one, with the data that are here or none (docs/runbook.md, "A host is lost"): ` +
      `\`pulumi stack rm --force --preserve-config ${stack}\`, \`pulumi stack init ${stack}\`, pulumi up`,
  };
}
