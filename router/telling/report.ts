import type { ServedCertificate } from "../certificates/certificate.ts";
import type { ControllerConfig } from "../controller-config.ts";
import type { Fallback } from "../fallback.ts";
import type { LeftBehind } from "../left-behind.ts";
import {
  describeHand,
  otherSlot,
  type Ended,
  type Held,
  type Ledger,
  type Release,
  type Running,
  type Slot,
} from "../ledger.ts";
import { describeLock, lockAt } from "../lock.ts";
import { describeMaintenance } from "../maintenance.ts";
import type { ProxyState } from "../proxy-state.ts";
import { describeRestart } from "../restart.ts";
import { describeShare } from "../rolling.ts";
import type { Figures, RolloutRecord } from "./record.ts";
import { describeRuns, type KnownRuns } from "./role-runs.ts";

/** What `status --json` prints. */
export interface Status {
  readonly ledger: Ledger;
  /** Weight by server as the proxy has it, null if it does not answer. */
  readonly weights: Readonly<Record<string, number>> | null;
  /** Servers among these that the proxy passes over, whatever their weight: stopped, or unhealthy. */
  readonly down: readonly string[];
  /** Who answers in live's place, null while live answers. */
  readonly fallback: Fallback | null;
  /** What HTTPS is served with, and why its renewal fails; null without HTTPS. */
  readonly certificate: (ServedCertificate & { readonly problem: string | null }) | null;
  /** Why the proxy does not run what was written for it, null if it does. @default the controller is an older one */
  readonly outdated?: string | null;
  /** What became of roles that run by the clock. @default the controller is an older one */
  readonly runs?: KnownRuns;
  /** What the running rollout has to go by; null without one. @default the controller is an older one */
  readonly evidence?: RolloutEvidence | null;
  /** The newest rollouts, the newest first; also one that runs. @default the controller is an older one */
  readonly recent?: readonly RecentRollout[];
}

/** What both slots have answered since this controller took up the rollout, and what is too much. */
export interface RolloutEvidence extends Readonly<Record<Slot, Omit<Figures, "version">>> {
  readonly allowed: Pick<ControllerConfig["verdict"], "maxErrorRatePercent" | "maxResponseMs">;
}

/** Of a rollout's record, what fits into a line. */
export type RecentRollout = Pick<
  RolloutRecord,
  "rollout" | "kind" | "slot" | "from" | "to" | "by" | "startedAt" | "endedAt" | "verdict" | "reason"
>;

/** How many rollouts `status` tells of. */
export const recentRollouts = 5;

/** @see RecentRollout */
export const recentOf = (record: RolloutRecord): RecentRollout => {
  const { rollout, kind, slot, from, to, by, startedAt, endedAt, verdict, reason } = record;
  return { rollout, kind, slot, from, to, by, startedAt, endedAt, verdict, reason };
};

/** From here on somebody should look why a certificate was not renewed, in days. */
const endsSoonDays = 14;
const shownWithdrawals = 3;

export const weightsOf = ({ servers }: ProxyState): Record<string, number> =>
  Object.fromEntries(
    [...servers.values()].filter(({ status }) => status !== "maintenance").map(({ name, weight }) => [name, weight]),
  );

export const downOf = ({ servers }: ProxyState): string[] =>
  [...servers.values()].filter(({ status }) => status === "down").map(({ name }) => name);

/** What helps a proxy that goes on with the configuration before. */
export const notLoadedFix =
  "Fix: free the port if another program has it, or put back the settings that were changed, and run pulumi up again; slipway logs --part proxy says more";

/** First line of a rollout. */
export const describeStart = ({ rollout, release, slot, rolling }: Running): string =>
  `rollout ${rollout}: ${release.id} → ${slot}${rolling ? ", replica by replica" : ""}`;

/** The last line of a rollout: what came of it and, if it went wrong, what to do. */
export function describeEnd(ended: Ended, { live, slots, withdrawn }: Ledger): string {
  const isWithdrawn = (release: Release | null): release is Release =>
    withdrawn.some((each) => each.release === release?.id);
  if (ended.result === "promoted") {
    const standby = otherSlot(ended.slot);
    const held = slots[standby];
    const warm = held.state === "holds" ? `, ${standby} stays warm${named(held)}` : describeLost(held);
    const away = isWithdrawn(held.release) ? `. ${staysAway(held.release.id)}` : "";
    return `promoted: ${ended.slot} is live (${ended.release.id})${warm}${away}`;
  }
  const kept = live ? `live stays ${live}${named(slots[live])}` : "nothing is live yet";
  const next = isWithdrawn(ended.release)
    ? staysAway(ended.release.id)
    : `Fix: slipway logs --slot ${ended.slot} says more; correct the release and run pulumi up again`;
  return `release ${ended.release.id}: rejected, ${ended.reason ?? "unknown"}; ${kept}. ${next}`;
}

const staysAway = (id: string): string =>
  `No pulumi up brings ${id} again: deploy a corrected version, or lift that with slipway allow ${id}`;

/** What going back does not bring back by itself, and how to. */
export const describeLeft = ({ release, broughtBy }: LeftBehind): string =>
  `The data stay as they are; they were backed up before ${release}: slipway restore ${broughtBy} says what has changed since, and puts that backup back with --yes`;

/** What `status` prints. */
export function describeStatus(
  { ledger, weights, down, fallback, certificate, outdated, runs = { roles: {} } }: Status,
  now = Date.now(),
): string[] {
  const { live, slots, running, last, rollout, withdrawn } = ledger;
  const locked = lockAt(ledger, new Date());
  const line = (role: string, slot: Slot | null) =>
    `${role.padEnd(8)} ${slot ? `${slot}${named(slots[slot])} ${describeState(slot, ledger)}` : "none"}`;
  return [
    line("live", live),
    ...(live ? [line("standby", otherSlot(live))] : [line("slot", "blue"), line("slot", "green")]),
    `weights  ${weights === null ? "the proxy does not answer" : describeWeights(weights, down)}`,
    ...(!outdated ? [] : [`proxy    ${outdated}: it listens where it did before. ${notLoadedFix}`]),
    ...(certificate ? [`tls      ${describeCertificate(certificate, now)}`] : []),
    ...(fallback
      ? [
          `fallback ${fallback.slot} answers in live's place since ${fallback.since}, ${fallback.answers} requests so far`,
        ]
      : []),
    `running  ${running ? `rollout ${running.rollout}: ${running.release.id} → ${running.slot}, ${running.phase}, at ${describeShare(running)}${running.paused ? ", paused" : ""}` : "none"}`,
    `last     ${last ? `rollout ${last.rollout}: ${last.release.id} → ${last.slot}, ${last.result}${last.reason ? `, ${last.reason}` : ""} (${last.endedAt})` : `none of ${rollout}`}`,
    ...describeRuns(live && slots[live].release, runs, now).map((each) => `clock    ${each}`),
    ...(ledger.maintenance ? [`closed   ${describeMaintenance(ledger.maintenance)}`] : []),
    ...(ledger.restarting ? [`restart  ${describeRestart(ledger.restarting)}`] : []),
    ...(locked === null ? [] : [`locked   ${describeLock(locked)}`]),
    ...withdrawn.slice(0, shownWithdrawals).map((each) => `withdrawn ${each.release} ${describeHand(each)}`),
  ];
}

/** Shares of the traffic, among those that get any. */
function describeWeights(weights: NonNullable<Status["weights"]>, down: Status["down"]): string {
  const up = Object.entries(weights).filter(([name]) => !down.includes(name));
  const sum = up.reduce((all, [, weight]) => all + weight, 0);
  const share = (weight: number) => `${Math.round((100 * weight) / (sum || 1))} %`;
  const shown = Object.entries(weights).map(
    ([name, weight]) => `${name}=${down.includes(name) ? "down" : share(weight)}`,
  );
  return shown.join(" ") || "none";
}

function describeState(slot: Slot, { slots, running, rejected }: Ledger): string {
  const { release, state, lifeline, lost } = slots[slot];
  if (lost) return `without its ${lost}, nothing to go back to`;
  const isOver = state === "preparing" && running?.slot !== slot && !lifeline;
  if (!isOver || !rejected.some((each) => each.release.id === release?.id)) return state;
  return "rejected, nothing to go back to";
}

const describeLost = ({ release, lost }: Held): string =>
  release && lost ? `; nobody can go back to ${release.id}, without its ${lost}` : "";

const named = ({ release }: Held): string => (release ? ` (${release.id})` : "");

function describeCertificate({ names, until, problem }: NonNullable<Status["certificate"]>, now: number): string {
  const days = Math.floor((Date.parse(until) - now) / 86_400_000);
  const soon = days < endsSoonDays ? "WARNING: " : "";
  const failing = problem === null ? "" : `; renewing it fails: ${problem}`;
  return `${soon}${names.join(", ")} until ${until.slice(0, 10)} (${days} days)${failing}`;
}
