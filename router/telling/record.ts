import type { Control } from "../controls.ts";
import { Field } from "../field.ts";
import type { LeftBehind } from "../left-behind.ts";
import { slots, type Hand, type Kind, type Ledger, type Release, type Running, type Slot } from "../ledger.ts";
import { freshAfter, shareText, type Strategy } from "../rolling.ts";
import { describeSource, type Source } from "./source.ts";

/** What one version answered during a rollout, as the proxy counted it while the controller was running. */
export interface Figures {
  readonly version: string | null;
  readonly requests: number;
  readonly errors: number;
  /** Times to the answer's head in ms; null if not known. */
  readonly averageMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export interface Step {
  readonly at: string;
  readonly phase: Running["phase"];
  /** Share of the new slot, confirmed by the proxy. */
  readonly percent: number;
  /** Its replicas that have traffic; with rolling only. */
  readonly replicas?: number;
  /** Held there by a person. */
  readonly paused: boolean;
}

/** Who asked for a rollout, and the backups made before it (file names). */
export interface Origin {
  readonly by: string | null;
  readonly backup: readonly string[];
  /** Of the release that it brings. Missing where its image does not tell, and for a way back. */
  readonly source?: Source;
}

/** When the wait for an undisturbed standby began and ended, before a rollout. */
export interface Guarded {
  readonly from: string;
  readonly to: string;
}

/**
 * What each phase of a rollout took, in seconds: `drain` is the wait for the standby's last sessions, `prepare` the backups, the pull and
 * the start of the containers. Null if it was not seen.
 */
export type PhaseSeconds = Readonly<Record<Running["phase"], number> & Record<"drain" | "prepare", number | null>>;

/** `rollouts/<number>.json`: what happened in one rollout. Open while `verdict` is null. */
export interface RolloutRecord extends Origin {
  readonly schema: 1;
  readonly rollout: number;
  readonly service: string;
  readonly kind: Kind;
  /** How the traffic moves. Missing in older records: blue-green. */
  readonly strategy?: Strategy;
  readonly slot: Slot;
  /** What was live before; null at the first release. */
  readonly from: Release | null;
  readonly to: Release;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Missing while it runs, and in older records. */
  readonly seconds?: PhaseSeconds;
  /** Missing if the controller did not see it. */
  readonly guarded?: Guarded;
  readonly steps: readonly Step[];
  readonly traffic: Readonly<Record<Slot, Figures | null>>;
  readonly verdict: "promoted" | "rejected" | null;
  readonly reason: string | null;
  /** What people did by hand while it ran, and to the databases after it; missing if nothing. */
  readonly hands?: readonly HandMade[];
  /** What was found of the databases after going back: whether they changed since the backup. A line each; missing if nobody looked. */
  readonly data?: readonly string[];
}

/** A command of a person. */
export interface HandMade extends Hand {
  readonly command: "rollback" | "abort" | "restore" | "backup" | "ran" | "restart" | "close" | "open" | Control;
}

/** What the reason of a rollback begins with that is only practised: it says nothing against the release that it leaves. */
export const drillReason = "rollback drill";

/** Is told who asks for a rollout, before it starts or when it is joined. */
export interface Chronicler {
  introduce(rollout: number, origin: Origin): void;
  /** Is told what a person did to the rollout that runs, or after the last one. */
  handled?(command: HandMade["command"], hand: Hand): void;
  /** Is told when the standby was ready to be replaced for a rollout. */
  guarded?(rollout: number, guarded: Guarded): void;
  /** What the last rollout went back from; null if it did not. Never throws. */
  leftBehind?(): Promise<LeftBehind | null>;
}

export const unknownOrigin: Origin = { by: null, backup: [] };
/** Far more than a rollout has; the newest are kept. */
const maxSteps = 500;
const maxHands = 100;

/**
 * The record after a change of the ledger. Pure, and safe to repeat with the same ledger.
 *
 * @param known the record so far, of this rollout or an older one
 * @returns null if the ledger says nothing that could be recorded
 */
export function recordAfter(
  known: RolloutRecord | null,
  ledger: Ledger,
  { service, origin, guarded, at }: RecordContext,
): RolloutRecord | null {
  const { running, last } = ledger;
  if (running) {
    const record =
      known?.rollout === running.rollout
        ? known
        : { ...opened(running, ledger, service), ...(guarded === undefined ? {} : { guarded }) };
    return withStep(withOrigin({ ...record, reason: running.reason }, origin), running, at);
  }
  if (!last || known?.rollout !== last.rollout) return known;
  const ended = { ...withOrigin(known, origin), verdict: last.result, reason: last.reason, endedAt: last.endedAt };
  return { ...ended, seconds: phaseSeconds(ended, last.endedAt) };
}

interface RecordContext {
  readonly service: string;
  readonly origin: Origin;
  readonly guarded?: Guarded | undefined;
  readonly at: string;
}

function phaseSeconds({ guarded, startedAt, steps }: RolloutRecord, endedAt: string): PhaseSeconds {
  const between = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1_000;
  const inPhase = (phase: Running["phase"]) =>
    steps.reduce((sum, step, index) => {
      const more = step.phase === phase ? between(step.at, steps[index + 1]?.at ?? endedAt) : 0;
      return Math.round((sum + more) * 1_000) / 1_000;
    }, 0);
  return {
    drain: guarded ? between(guarded.from, guarded.to) : null,
    prepare: guarded ? between(guarded.to, startedAt) : null,
    gate: inPhase("gate"),
    move: inPhase("move"),
    watch: inPhase("watch"),
    return: inPhase("return"),
  };
}

function opened(running: Running, { live, slots: held }: Ledger, service: string): RolloutRecord {
  const { rollout, kind, rolling, slot, release, startedAt } = running;
  return {
    schema: 1,
    rollout,
    service,
    kind,
    strategy: rolling ? "rolling" : "blue-green",
    slot,
    from: live && held[live].release,
    to: release,
    ...unknownOrigin,
    startedAt,
    endedAt: null,
    steps: [],
    traffic: { blue: null, green: null },
    verdict: null,
    reason: null,
  };
}

/** The first one stays: whoever joins a rollout, or asks for its result, did not start it. */
const withOrigin = (record: RolloutRecord, { by, backup, source }: Origin): RolloutRecord => ({
  ...record,
  ...(record.source === undefined && source !== undefined ? { source } : {}),
  by: record.by ?? by,
  backup: record.backup.length > 0 ? record.backup : backup,
});

function withStep(record: RolloutRecord, running: Running & { readonly paused?: true }, at: string): RolloutRecord {
  const { phase, percent, paused = false, rolling, step, release } = running;
  const before = record.steps.at(-1);
  if (before?.phase === phase && before.percent === percent && before.paused === paused) return record;
  const replicas = rolling ? { replicas: freshAfter(step + 1, release) } : {};
  return { ...record, steps: [...record.steps, { at, phase, percent, ...replicas, paused }].slice(-maxSteps) };
}

export const withHand = (record: RolloutRecord, made: HandMade): RolloutRecord => ({
  ...record,
  hands: [...(record.hands ?? []), made].slice(-maxHands),
});

/** Adds what a slot answered, as measured since the controller took up the rollout, to what was known before that. */
export function withFigures(
  record: RolloutRecord,
  slot: Slot,
  since: Omit<Figures, "version">,
  base: Figures | null,
): RolloutRecord {
  const version = (slot === record.slot ? record.to : record.from)?.version ?? null;
  const figures = {
    ...since,
    version,
    requests: since.requests + (base?.requests ?? 0),
    errors: since.errors + (base?.errors ?? 0),
  };
  return { ...record, traffic: { ...record.traffic, [slot]: figures } };
}

/** @throws InvalidInput */
export function parseRecord(text: string, name: string): RolloutRecord {
  const root = Field.parse(name, text);
  root.get("schema").integer(1, 1);
  root.get("rollout").integer(1, Number.MAX_SAFE_INTEGER);
  root.get("slot").oneOf(slots);
  root.get("to").get("id").text();
  root.get("startedAt").text();
  root.get("steps").list((step) => step.get("at").text());
  root.get("traffic").get("blue");
  root.get("verdict").nullable((field) => field.oneOf(["promoted", "rejected"]));
  // Written by ourselves: what is read above tells a whole record of this schema from anything else.
  return root.value as RolloutRecord;
}

/** What a slot answered. */
export const describeAnswers = ({ requests, errors }: Pick<Figures, "requests" | "errors">): string =>
  requests === 0 ? "no requests" : `${errors} errors of ${requests} requests`;

/** What the verdict on a slot rests on: nobody may take silence for good answers. */
export const describeGround = (figures: Pick<Figures, "requests" | "errors">, unanswered = 0): string =>
  figures.requests > 0
    ? describeAnswers(figures)
    : unanswered > 0
      ? `no answer yet to ${unanswered} ${unanswered === 1 ? "request" : "requests"}`
      : `${describeAnswers(figures)}, judged by its health alone`;

/** One line of `slipway-router rollouts`. */
export function describeRecord(record: RolloutRecord): string {
  const { rollout, startedAt, kind, from, to, slot, by, verdict, reason, traffic } = record;
  const { percent = 0, replicas } = record.steps.at(-1) ?? {};
  const reached = shareText(percent, to, replicas);
  const source = describeSource(record);
  // A reason says what it rests on, and may count what was never over.
  const isSaid = (figures: Figures) => reason !== null && figures.requests === 0;
  const answered = (figures: Figures | null) => (figures && !isSaid(figures) ? `, ${describeGround(figures)}` : "");
  return (
    `${rollout}  ${startedAt}  ${kind}  ${from?.id ?? "nothing"} → ${to.id} (${slot}${source === "" ? "" : `, ${source}`})${by === null ? "" : ` by ${by}`}: ` +
    `${verdict ?? `at ${reached}`}${reason === null ? "" : `, ${reason}`}${answered(traffic[slot])}`
  );
}
