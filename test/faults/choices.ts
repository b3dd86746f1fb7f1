import { otherSlot, type Ledger, type Slot } from "../../router/ledger.ts";
import type { Random } from "./random.ts";
import type { Target } from "./targets.ts";

/** What is going on when something is killed: an update that makes a release, one that goes back to the standby, or nothing. */
export type Action = "release" | "return" | "idle";
export type Moment = keyof typeof moments;

/** One kill to come. */
export interface PlannedShot {
  readonly target: Target;
  readonly moment: Moment;
  readonly delayMs: number;
}

/** Instants of an update, by the journal; each has a random delay of up to `spreadMs` on top. */
export const moments = {
  early: { spreadMs: 2_500, isThere: () => true },
  guarded: { spreadMs: 6_000, isThere: (now: Ledger, before: Ledger) => now.released > before.released },
  started: { spreadMs: 500, isThere: (now: Ledger, before: Ledger) => now.rollout > before.rollout },
  step: { spreadMs: 800, isThere: ({ running }: Ledger) => (running?.percent ?? 0) > 0 },
  watch: { spreadMs: 1_500, isThere: ({ running }: Ledger) => running?.phase === "watch" },
  ended: {
    spreadMs: 800,
    isThere: (now: Ledger, before: Ledger) => now.rollout > before.rollout && now.running === null,
  },
};

/** Everything that is left to chance. */
export class Choices {
  readonly #random: Random;
  readonly #targets: readonly Target[];
  #queue: Target[] = [];
  #patch = 0;

  constructor(random: Random, targets: readonly Target[]) {
    this.#random = random;
    this.#targets = targets;
  }

  /** Each target comes up equally often, in a random order. */
  nextTarget(): Target {
    if (this.#queue.length === 0) this.#queue = this.#random.shuffled(this.#targets);
    return this.#queue.pop() ?? "controller";
  }

  /** Releases take ten times as long as returns, so that there are fewer of them. */
  action(target: Target): Action {
    const chance = this.#random.next();
    if (chance < 0.2 && target !== "pulumi" && target !== "connection") return "idle";
    return chance < 0.6 ? "return" : "release";
  }

  wanted(action: Action, { live, slots }: Ledger): string {
    const versionOf = (slot: Slot) => slots[slot].release?.version ?? "";
    const standby = otherSlot(live ?? "green");
    if (action === "idle") return versionOf(live ?? "blue");
    if (action === "return" && slots[standby].state === "holds") return versionOf(standby);
    return `1.0.${++this.#patch}`;
  }

  shotsOf(action: Action, first: Target): PlannedShot[] {
    const order = Object.keys(moments) as Moment[];
    const usable = order.filter((moment) => action === "release" || moment !== "guarded");
    const chosen = [this.#random.pick(usable)];
    if (action === "release" && this.#random.next() < 0.5) chosen.push(this.#random.pick(usable));
    return chosen
      .sort((a, b) => order.indexOf(a) - order.indexOf(b))
      .map((moment, index) => ({
        target: index === 0 ? first : this.nextTarget(),
        moment,
        delayMs: this.#random.below(moments[moment].spreadMs),
      }));
  }
}
