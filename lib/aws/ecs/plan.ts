import { z } from "zod";
import { frozenToday } from "../../releases/freeze.ts";
import type { Problem } from "../../problem.ts";
import type { Release } from "../../releases/release.ts";
import type { ReleasesSettings } from "../../releases/schema.ts";

/** What the last update that ended well has left in the stack's outputs. */
const outputs = z.object({
  live: z.object({ version: z.string(), release: z.string() }),
  served: z.array(z.string()).default([]),
});

/** What is known before an update: what was live when the last one ended well, and what had been before. */
export interface Known {
  readonly live: { readonly version: string; readonly release: string } | undefined;
  /** Versions, oldest first. */
  readonly served: readonly string[];
}

/** @param found the stack's outputs of those names */
export function knownFrom(found: { readonly live: unknown; readonly served: unknown }): Known {
  const read = outputs.safeParse(found);
  return read.success ? read.data : { live: undefined, served: [] };
}

/** As many as a stack's outputs name. */
const kept = 50;

/** Versions that have been live once the release is. Pure. */
export const servedWith = ({ served }: Known, { version }: Pick<Release, "version">): readonly string[] =>
  [...served.filter((each) => each !== version), version].slice(-kept);

/** Whether an update brings another release than the one that is known to be live. Pure. */
export const brings = ({ live }: Known, { id }: Pick<Release, "id">): boolean => live?.release !== id;

/** Whether it goes back to a version that was live before: nothing holds that up. Pure. */
export const isBack = ({ live, served }: Known, { version }: Pick<Release, "version">): boolean =>
  version !== live?.version && served.includes(version);

/** Why the release may not go out now; undefined if it may, if it is the first one or a way back, or none. Pure. */
export function freezeOf(
  known: Known,
  release: Pick<Release, "id" | "version">,
  settings: Pick<ReleasesSettings, "freeze" | "critical">,
  now: Date,
): Problem | undefined {
  if (known.live === undefined || !brings(known, release) || isBack(known, release)) return undefined;
  return frozenToday(release.version, settings, now);
}
