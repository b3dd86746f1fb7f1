/** What this needs to know of a rollout's record. */
interface Rollout {
  readonly rollout: number;
  readonly kind: string;
  readonly verdict: string | null;
  readonly from: { readonly id: string } | null;
  readonly to: { readonly id: string };
  readonly backup: readonly string[];
}

/** A release that a rollout went back from, and the backup that was made before it came. */
export interface LeftBehind {
  /** The rollout that went back. */
  readonly rollout: number;
  /** Id of the release that was left. */
  readonly release: string;
  /** The rollout that brought it, and so the one whose record names the backup. */
  readonly broughtBy: number;
  /** Files of the backup on the host. */
  readonly backup: readonly string[];
}

/**
 * Whether a rollout went back, and from what. Pure.
 *
 * Only who goes to an older release may want older data: a return to the newer one is none.
 *
 * @param last the rollout
 * @param records those before it, newest first
 */
export function leftBehind(last: Rollout, records: readonly Rollout[]): LeftBehind | null {
  const found = last.kind === "release" ? refused(last) : left(last, records);
  if (!found || found.backup.length === 0) return null;
  return { rollout: last.rollout, release: found.to.id, broughtBy: found.rollout, backup: found.backup };
}

const refused = (last: Rollout) => (last.verdict === "rejected" ? last : null);

function left({ verdict, from, to, rollout }: Rollout, records: readonly Rollout[]): Rollout | null {
  if (verdict !== "promoted" || from === null) return null;
  const bringing = (id: string) =>
    records.find(
      (record) =>
        record.rollout < rollout && record.kind === "release" && record.verdict === "promoted" && record.to.id === id,
    );
  const brought = bringing(from.id);
  return brought && brought.rollout > (bringing(to.id)?.rollout ?? 0) ? brought : null;
}
