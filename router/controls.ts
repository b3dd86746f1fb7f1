import { Refusal, type Ledger, type Running } from "./ledger.ts";

/**
 * What a person may tell a running rollout. Pure, and kept in the journal, so that a restarted controller obeys too.
 *
 * What must never happen here: a control spares a rollout its verdict. Each step is judged, paused or hurried.
 */

/** Holds the share, and goes on judging, until `resume`. Safe to repeat. */
export const pause = (ledger: Ledger): Ledger => ({
  ...ledger,
  running: { ...underway(ledger, "pause"), paused: true },
});

/** Goes on. Safe to repeat. */
export const resume = (ledger: Ledger): Ledger => ({ ...ledger, running: unpaused(underway(ledger, "resume")) });

/**
 * Skips what is left of pauses and steps: 100 % after the next good verdict, then the watch. With rolling the replicas still come one by
 * one, each after its gate and a good verdict, so that never more than one is on trial.
 */
export const promoteNow = (ledger: Ledger): Ledger => ({
  ...ledger,
  running: { ...unpaused(underway(ledger, "promote-now")), hurried: true },
});

/** @throws Refusal without a rollout that could still be promoted */
export function underway({ running }: Ledger, command: string): Running {
  if (running && running.phase !== "return") return running;
  if (!running) throw noRollout(command);
  const got = `rollout ${running.rollout}, which is on its way back`;
  throw new Refusal(`${command}: needs a running rollout, got ${got}. Fix: slipway rollout watch shows its end`);
}

/** It was asked for too early, or too late. The words are those that an update prints first. */
export function noRollout(command: string): Refusal {
  const late = {
    abort: "; slipway rollback takes back one that is over",
    watch: "; slipway rollout list shows earlier ones",
  };
  const tail = command in late ? late[command as keyof typeof late] : "";
  return new Refusal(
    `${command}: needs a running rollout, got none. Fix: the same again once pulumi up prints "waiting for health"${tail}`,
  );
}

function unpaused(running: Running): Running {
  const { paused, ...rest } = running;
  return paused ? rest : running;
}

/** By the command's name. */
export const controls = {
  pause: { apply: pause, said: "paused, still judged; slipway rollout resume goes on" },
  resume: { apply: resume, said: "resumed" },
  "promote-now": { apply: promoteNow, said: "goes to 100 % without further pauses, still judged" },
} as const;
export type Control = keyof typeof controls;
