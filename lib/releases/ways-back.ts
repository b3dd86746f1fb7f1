import { otherSlot, type Ledger, type Release } from "../../router/ledger.ts";
import { describeRecord, type RolloutRecord } from "../../router/telling/record.ts";
import { pullable } from "../images/tag.ts";

/**
 * How a person gets back to a release that served: `rollback`, the standby holds it; `update`, its image is still on the host; `source`, it
 * was built here and has to be built again.
 */
export type WayBack = "rollback" | "update" | "source";

/** The record of a rollout, and how to get back to the release that it brought. */
export type ListedRollout = RolloutRecord & { readonly wayBack: WayBack | null };

/** What `ways-back.sh` printed of a host. */
export interface KnownReleases {
  readonly ledger: Pick<Ledger, "live" | "slots" | "withdrawn" | "running">;
  /** Newest first. */
  readonly records: readonly RolloutRecord[];
  /** References of images with their digests that the host has. */
  readonly images: readonly string[];
}

/** @throws SyntaxError where it printed something else */
export function parseWaysBack([ledger = "", records = "", ...images]: readonly string[]): KnownReleases {
  return {
    ledger: JSON.parse(ledger) as KnownReleases["ledger"],
    records: JSON.parse(records) as RolloutRecord[],
    images,
  };
}

/** Every record, with the way back to what it brought beside the newest one of each release that served and is not live. */
export function listRollouts({ ledger, records, images }: KnownReleases): ListedRollout[] {
  const { live, slots, withdrawn } = ledger;
  const [current, standby] = live === null ? [null, null] : [slots[live], slots[otherSlot(live)]];
  const told = new Set<string | undefined>([
    current?.release?.id,
    // What was withdrawn comes only after somebody has allowed it.
    ...withdrawn.map(({ release }) => release),
  ]);
  return records.map((record) => {
    const { id, image } = record.to;
    if (record.verdict !== "promoted" || told.has(id)) return { ...record, wayBack: null };
    told.add(id);
    const isWarm = standby?.state === "holds" && standby.release?.id === id;
    const isPulled = image.includes("@sha256:");
    const wayBack = isWarm ? "rollback" : !isPulled ? "source" : images.includes(pullable(image)) ? "update" : null;
    return { ...record, wayBack };
  });
}

/** One line of `slipway rollout list`. */
export const listedLine = (record: ListedRollout): string => {
  const way = record.wayBack === null ? "" : ` [${wayText(record.wayBack, record.to)}]`;
  return `${describeRecord(record)}${way}`;
};

const wayText = (way: WayBack, release: Pick<Release, "version">): string => {
  const update = `pulumi up --yes --non-interactive -c slipway:version=${release.version}`;
  switch (way) {
    case "rollback":
      return "the standby holds it: slipway rollback";
    case "update":
      return `its image is on the host: ${update}`;
    case "source":
      return `it was built here: check out its source, then ${update}`;
  }
};

/**
 * Why `slipway rollback --to` can't lead to a release, with all that can be gone back to; null where the standby holds it.
 *
 * @param wanted a version, or a release's id
 * @param name of the host, as messages begin
 */
export function wayBackProblem(known: KnownReleases, wanted: string, name: string): string | null {
  const is = ({ id, version }: Pick<Release, "id" | "version">) => id === wanted || version === wanted;
  const listed = listRollouts(known);
  const ways = listed.filter(({ wayBack }) => wayBack !== null);
  if (ways.some(({ wayBack, to }) => wayBack === "rollback" && is(to))) return null;
  const { live, slots, withdrawn } = known.ledger;
  const current = live && slots[live].release;
  const standby = live && slots[otherSlot(live)].release;
  const isWithdrawn = known.records.some(({ to }) => is(to) && withdrawn.some(({ release }) => release === to.id));
  const found = ways.find(({ to }) => is(to));
  const problem =
    current && is(current)
      ? `${wanted} is live`
      : isWithdrawn && !found
        ? `${wanted} was withdrawn, and comes only after slipway allow`
        : `the standby does not hold ${wanted}`;
  const choices = ways.map(({ to, wayBack }) => `  ${to.id}: ${wayBack === null ? "" : wayText(wayBack, to)}`);
  const fix = found?.wayBack
    ? wayText(found.wayBack, found.to)
    : choices.length > 0
      ? "choose one of these"
      : "release a good version with pulumi up";
  return [
    `rollback: ${name}: ${problem}, got ${standby ? `${standby.id} there` : "no standby"}; allowed what the standby holds. Fix: ${fix}`,
    ...choices,
  ].join("\n");
}
