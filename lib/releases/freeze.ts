import { slots as slotNames } from "../hosts/naming.ts";
import type { Ledger } from "./ledger.ts";
import type { Problem } from "../problem.ts";
import type { ReleasesSettings } from "./schema.ts";
import type { Plan } from "./slot-plan.ts";

/**
 * Why the release that is wanted can't wait, or empty. A reason is given for one version and ends with it: last March's must not open
 * every Friday since.
 */
export function criticalReason({
  critical,
  version,
}: Pick<ReleasesSettings, "critical"> & { version: string }): string {
  const [, forVersion, reason = ""] = /^([\w.+-]+): ?(.+)$/u.exec(critical) ?? [];
  return forVersion === version ? reason : "";
}

/**
 * Why a release may not go out now; undefined if it may.
 *
 * The guide's "don't deploy on Fridays (unless critical)". Going back is always allowed: to what the standby holds, and to any
 * version that was live here before. So is the first release, which nobody depends on yet.
 *
 * @param now the moment to judge
 */
export function freezeProblem(
  { action, target, slots }: Plan,
  { live, slots: held, served }: Ledger,
  { freeze, critical }: Pick<ReleasesSettings, "freeze" | "critical">,
  now: Date,
): Problem | undefined {
  const { version } = slots[target].release;
  const running = live === null ? undefined : held[live].release?.version;
  // Journals from before `served` know no more than their slots do.
  const known = [
    ...served,
    ...slotNames.flatMap((slot) => (held[slot].state === "holds" ? held[slot].release?.version : [])),
  ];
  const goesBack = version !== running && known.includes(version);
  return action !== "release" || goesBack ? undefined : frozenToday(version, { freeze, critical }, now);
}

/** Why a release of that version, which is no way back, may not go out now; undefined if it may. Pure. @param now the moment to judge */
export function frozenToday(
  version: string,
  { freeze, critical }: Pick<ReleasesSettings, "freeze" | "critical">,
  now: Date,
): Problem | undefined {
  if (criticalReason({ critical, version }) !== "") return undefined;
  const today = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: freeze.timeZone }).format(now).toLowerCase();
  if (!freeze.weekdays.some((day) => day === today)) return undefined;
  return {
    path: "slipway:freeze",
    problem: "no release goes out today",
    got: `${today} (${freeze.timeZone})`,
    allowed: "another day, a rollback, or a critical release",
    fix: `wait, or say why it can't wait: pulumi config set slipway:critical '${version}: <reason>'`,
  };
}
