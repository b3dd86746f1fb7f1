import { otherSlot, slots, type Slot } from "../hosts/naming.ts";
import type { Release } from "./release.ts";
import type { Ledger } from "./ledger.ts";
import type { ReleasesSettings } from "./schema.ts";
import type { Problem } from "../problem.ts";
import { describeHand, otherRow, type Row } from "../../router/ledger.ts";

/** What one slot's containers are to be. */
export interface SlotPlan {
  /** What the slot holds when the plan is carried out. */
  readonly release: Release;
  /** A frozen slot is not touched by this plan, whatever else changes (invariant I2). */
  readonly frozen: boolean;
}

/** What one `pulumi up` does about releases. */
export interface Plan {
  /**
   * `none`: the wanted release has all traffic. `return`: the standby holds it already, only weights move. `release`: it goes into the
   * standby slot, then traffic moves. `first`: no slot has traffic yet, both get it.
   */
  readonly action: "none" | "return" | "release" | "first";
  /** The slot that has all traffic afterwards. */
  readonly target: Slot;
  /** Number of the rollout that this plan runs, joins or, for `none`, has behind it. */
  readonly rollout: number;
  readonly slots: Readonly<Record<Slot, SlotPlan>>;
}

/** The wanted release can't be planned now; the message says why and what to do. */
export class PlanRefused extends Error {}

/**
 * Decides what happens to the two slots. Pure: the same ledger and wish give the same plan.
 *
 * @param ledger what the host's rollout controller knows
 * @param wanted the release that is to have all traffic
 * @param revival what brings back the rollout controller; undefined where it is there
 * @throws PlanRefused while a rollout of another release is running
 */
export function planSlots(ledger: Ledger, wanted: Release, revival?: string): Plan {
  const { live, running } = ledger;
  if (running !== null) {
    if (running.release.id !== wanted.id) {
      const [without, fix] =
        revival === undefined
          ? ["", "wait for it (slipway status), or end it (slipway rollback)"]
          : [", and without its controller it stays there", `${revival}; then slipway rollback ends it`];
      throw new PlanRefused(
        `rollout ${String(running.rollout)} of ${running.release.id} is running, at ${String(running.percent)} %${without}; ` +
          `allowed one at a time. Fix: ${fix}`,
      );
    }
    return { action: "return", target: running.slot, rollout: running.rollout, slots: frozenSlots(ledger, wanted) };
  }
  if (live === null) {
    const slot = { release: wanted, frozen: false };
    return { action: "first", target: "blue", rollout: ledger.rollout + 1, slots: { blue: slot, green: slot } };
  }
  if (ledger.slots[live].release?.id === wanted.id) {
    return { action: "none", target: live, rollout: ledger.promoted, slots: frozenSlots(ledger, wanted) };
  }
  const standby = otherSlot(live);
  const held = ledger.slots[standby];
  if (held.state === "holds" && held.release?.id === wanted.id) {
    return { action: "return", target: standby, rollout: ledger.rollout + 1, slots: frozenSlots(ledger, wanted) };
  }
  return {
    action: "release",
    target: standby,
    rollout: ledger.rollout + 1,
    slots: {
      ...frozenSlots(ledger, wanted),
      [standby]: { release: { ...wanted, row: nextRow(held, wanted, ledger) }, frozen: false },
    },
  };
}

/**
 * What comes new gets the other row of addresses, so that it waits for nothing that an earlier one has not answered yet: that one's
 * clients may have hung up long ago. What was begun and has not come to a verdict goes on where it is.
 */
function nextRow({ release }: Ledger["slots"][Slot], wanted: Release, { rollout, released }: Ledger): Row {
  if (release === null) return 1;
  const isBegun = release.id === wanted.id && (released ?? Infinity) > rollout;
  return isBegun ? (release.row ?? 1) : otherRow(release.row);
}

/**
 * Why the wanted release may not go out here: a person took it back, and nobody has lifted that (decision D2). Undefined if it may.
 *
 * @param path where the host stands in the settings
 */
export function withdrawalProblem({ action, target, slots }: Plan, ledger: Ledger, path: string): Problem | undefined {
  const { id } = slots[target].release;
  const found = ledger.withdrawn?.find(({ release }) => release === id);
  if (found === undefined || action === "none") return undefined;
  return {
    path: "slipway:version",
    problem: `release ${id} was withdrawn on ${path}`,
    got: `that it was taken back ${describeHand(found)}`,
    allowed: "any other release",
    fix: `set the version that is to be live, or lift it with \`slipway allow ${id}\``,
  };
}

function frozenSlots(ledger: Ledger, fallback: Release): Record<Slot, SlotPlan> {
  const [blue, green] = slots.map((slot) => ({ release: ledger.slots[slot].release ?? fallback, frozen: true }));
  return { blue, green } as Record<Slot, SlotPlan>;
}

/**
 * The plan as a reviewer reads it, a sentence a line.
 *
 * @param how what the plan itself does not say: how traffic moves, whether there are databases to back up, which ones leave, and whether
 *   something that somebody changed by hand is mended before: what is live may just now not have the traffic
 */
export function describePlan(
  plan: Plan,
  ledger: Ledger,
  how: {
    readonly strategy: ReleasesSettings["strategy"];
    readonly hasDatabases: boolean;
    /** Whether there are volumes to back up. @default none */
    readonly hasVolumes?: boolean;
    /** Databases that leave once the traffic has moved, in words; empty: none. */
    readonly loses: string;
    readonly isMended: boolean;
  },
): string {
  const wanted = plan.slots[plan.target].release;
  const standby = otherSlot(plan.target);
  const held = ledger.slots[plan.target].release;
  const kept = plan.slots[standby].release;
  const isReleased = plan.action === "release" || how.loses !== "";
  const saved = [
    ...(how.loses !== "" || (how.hasDatabases && isReleased) ? ["databases"] : []),
    ...(how.hasVolumes === true && isReleased ? ["volumes"] : []),
  ];
  const backup = saved.length > 0 ? `; ${saved.join(" and ")} are backed up first` : "";
  const end =
    how.loses === ""
      ? `${standby} stays warm with ${kept.id}.`
      : `without ${how.loses}, whose data stay, nobody can go back to ${kept.id} then.`;
  const touched = how.isMended ? "only what was changed by hand is made good" : "no container is touched";
  switch (plan.action) {
    case "none":
      return how.isMended
        ? `Release ${wanted.id} is live in slot ${plan.target}. What was changed by hand is mended, then it has to answer.`
        : `Release ${wanted.id} has all traffic in slot ${plan.target}: nothing moves.`;
    case "first":
      return `First release: ${wanted.id} goes into both slots. Traffic starts on ${plan.target}; ${standby} stays warm.`;
    case "return":
      if (ledger.running !== null) {
        const { rollout, release, percent } = ledger.running;
        return `Rollout ${String(rollout)} of ${release.id} is running, at ${String(percent)} %: it is joined, and ${touched}.`;
      }
      return (
        `Slot ${plan.target} still holds ${wanted.id}: ${touched}. ` +
        `Traffic moves ${standby} → ${plan.target} at once${backup}; ${end}`
      );
    case "release": {
      const pace = how.strategy === "rolling" ? "replica by replica" : "step by step";
      return (
        `Release ${wanted.id} goes into slot ${plan.target} (standby, ${held ? `now ${held.id}` : "now empty"})${backup}. ` +
        `Then traffic moves ${standby} → ${plan.target} ${pace} (slipway rollout watch shows it); ${end}`
      );
    }
  }
}
