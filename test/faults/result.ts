import type { Action, Moment } from "./choices.ts";
import type { Target } from "./targets.ts";

export interface Plan {
  readonly kills: number;
  readonly seed: number;
  readonly targets: readonly Target[];
  /** Whether containers outlive their engine. Without it the death of dockerd takes the service down, but for a while. */
  readonly liveRestore: boolean;
  readonly say: (line: string) => void;
}

/** One kill and what came of it; times in ms. */
export interface Shot {
  readonly target: Target;
  readonly what: string;
  readonly action: Action;
  readonly moment: Moment;
  /** From the kill until the process was there again and answered; null where nothing has to come back. */
  readonly backMs: number | null;
  /** From then until proxy and journal agreed. */
  readonly agreedMs: number;
}

/** One update with its kills. */
export interface Round {
  readonly shots: readonly Shot[];
  /** Exit code of the update, null if none ran. */
  readonly code: number | null;
  /** Whether another `up` was needed for what this one wanted. */
  readonly repeated: boolean;
  readonly mended: readonly string[];
}

export interface Result {
  readonly rounds: readonly Round[];
  /** What must not be; empty is a pass. */
  readonly problems: readonly string[];
  /** What was replayed through the model: journals, and readings of the proxy. */
  readonly replayed: { readonly ledgers: number; readonly readings: number };
  readonly requests: number;
  /** Count of failed requests by why they may fail. */
  readonly excused: Readonly<Record<string, number>>;
  readonly unexcused: readonly string[];
}
