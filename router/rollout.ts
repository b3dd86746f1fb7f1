import { setTimeout as sleep } from "node:timers/promises";
import type { ControllerConfig } from "./controller-config.ts";
import { passHealthGate, sightMs, unseenByProxy } from "./health-gate.ts";
import { Judgement, SharedWaits, type Circumstances } from "./judgement.ts";
import type { Hand, Ledger, Running, Slot } from "./ledger.ts";
import { Observer, proxyAway, proxyAwayMs, sceneOf } from "./observer.ts";
import type { ProbeTarget } from "./probe.ts";
import { isServing, oldSlotServes } from "./retreat.ts";
import { describeShare, freshAfter, rollingShares } from "./rolling.ts";
import { isProxyProblem } from "./runtime-api.ts";
import type { Switchboard } from "./switchboard.ts";
import type { RolloutEvidence } from "./telling/report.ts";
import { slotTargets } from "./traffic.ts";
import { admit, promoted, rejected, watch } from "./transitions.ts";

/** A wait that is longer is said, in ms. */
const patientMs = 2_000;
const lookEveryMs = 100;
/** Longest watch after 100 % for what was warm already, and for the first release of all, which has nothing to go back to. */
const returnWatchSeconds = 1;
const firstWatchSeconds = 2;

/** What a judgement waits for. */
interface Waiting extends Pick<Circumstances, "awaited" | "stopped"> {
  /** Its result is not worth a line. */
  readonly isBrief: boolean;
}

/** The shape of one rollout: what was warm already, and the first release of all, take no steps; rolling takes one a replica. */
export function profileOf(
  { profile }: Pick<ControllerConfig, "profile">,
  { kind, rolling, release }: Running,
  { live, slots }: Pick<Ledger, "live" | "slots">,
): ControllerConfig["profile"] {
  const old = live && slots[live].release;
  if (kind === "release" && old) return rolling ? { ...profile, steps: rollingShares(release, old) } : profile;
  const longest = kind === "release" ? firstWatchSeconds : returnWatchSeconds;
  return { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: Math.min(longest, profile.watchSeconds) };
}

/**
 * Carries the journal's running rollout to its end, from whatever phase it is in: after a crash this is all that is needed.
 *
 * What must never happen here: a share goes up without a good verdict on the share before; with rolling, a replica gets traffic before
 * it has passed its own gate, or those that have traffic are not judged while the next one is waited for.
 */
export class Rollout {
  readonly #config: ControllerConfig;
  readonly #board: Switchboard;
  readonly #say: (line: string) => void;
  readonly #running: Running;
  readonly #observer: Observer;
  readonly #waits: SharedWaits;
  /** All replicas of the new slot. */
  readonly #targets: readonly ProbeTarget[];
  readonly #startsUntil: number;
  #stopReason: string | null = null;
  #stoppedBy: Hand | undefined;

  /** @param isCarriedOn whether a controller before this one began it */
  constructor(
    config: ControllerConfig,
    board: Switchboard,
    running: Running,
    { say, isCarriedOn }: { readonly say: (line: string) => void; readonly isCarriedOn: boolean },
  ) {
    this.#config = config;
    this.#startsUntil = isCarriedOn ? performance.now() + config.health.gateSeconds * 1000 : 0;
    this.#board = board;
    this.#running = running;
    this.#say = say;
    this.#waits = new SharedWaits(config.verdict.sharedSeconds);
    this.#targets = slotTargets(config, running.slot, running.release);
    const scene = sceneOf(board.ledger, running, isCarriedOn);
    this.#observer = new Observer(config, board.proxy, scene, () => this.#begun);
  }

  /** The replicas that have traffic, or are to be the first ones. */
  get #begun(): readonly ProbeTarget[] {
    const { running } = this.#board.ledger;
    return running?.rolling
      ? this.#targets.slice(0, freshAfter(Math.max(1, running.step + 1), running.release))
      : this.#targets;
  }

  /** What both slots did since the rollout began to move. */
  get observed(): Pick<Observer, "of"> {
    return this.#observer;
  }

  /** The same in figures, with what is too much. */
  get evidence(): RolloutEvidence {
    const of = (slot: Slot) => ({ ...this.#observer.of(slot).traffic, ...this.#observer.of(slot).timing.times });
    const { maxErrorRatePercent, maxResponseMs } = this.#config.verdict;
    return { blue: of("blue"), green: of("green"), allowed: { maxErrorRatePercent, maxResponseMs } };
  }

  /** Ends the rollout as rejected at the next opportunity, within a second or so. */
  stop(reason: string, hand: Hand): void {
    this.#stopReason ??= reason;
    this.#stoppedBy ??= hand;
  }

  /** Resolves when the journal holds the end; whatever goes wrong on the way is a reason to go back. */
  async run(): Promise<void> {
    try {
      for (let now = this.#board.ledger.running; now; now = this.#board.ledger.running) {
        const problem = await this.#advance(now).catch((error: unknown) => `got an error: ${messageOf(error)}`);
        if (problem !== null) await this.#board.retreat(problem, this.#stoppedBy);
      }
    } finally {
      this.#observer.stop();
    }
  }

  /** One phase or step. @returns why the rollout can't go on, or null */
  async #advance(now: Running): Promise<string | null> {
    const profile = profileOf(this.#config, now, this.#board.ledger);
    const next = profile.steps.find((percent) => percent > now.percent);
    switch (now.phase) {
      case "gate":
        this.#say(
          `waiting for health of ${this.#begun.map(({ name }) => name).join(", ")} (at most ${this.#config.health.gateSeconds} s by slipway:health.gateSeconds)`,
        );
        return (await this.#gate(this.#begun)) ?? this.#settle(admit);
      case "move": {
        if (next === undefined) return this.#settle(watch);
        if (now.step === -1) {
          const unseen = await this.#seenByProxy();
          if (unseen !== null) return unseen;
        }
        const isNew = now.step === -1;
        // Nobody but testers has seen it yet: there is something to wait for only if they are to, or if it was paused.
        const isAwaited = !isNew || profile.previewSeconds > 0 || now.paused;
        const fresh = now.rolling && !isNew ? this.#targets[now.step + 1] : undefined;
        const problem = fresh
          ? await this.#ready(fresh, profile.pauseSeconds)
          : isAwaited
            ? await this.#judged(isNew ? profile.previewSeconds : profile.pauseSeconds)
            : null;
        return problem ?? this.#shift(!now.rolling && this.#board.ledger.running?.hurried ? 100 : next);
      }
      case "watch":
        return (await this.#judged(profile.watchSeconds)) ?? this.#settle((ledger) => promoted(ledger, timestamp()));
      case "return":
        // If this fails, the daemon goes on trying; the journal and the proxy's file are right already.
        await this.#untilProxyAnswers(() => this.#board.reconcile()).catch(() => null);
        return this.#end(!(await oldSlotServes(this.#config, this.#board.proxy, this.#board.ledger, this.#say)));
    }
  }

  #gate(targets: readonly ProbeTarget[], stopped = () => this.#stopReason): Promise<string | null> {
    return passHealthGate(targets, this.#config.health, this.#running.release.version, stopped);
  }

  /** Judges those that have traffic for a pause, and on until the next replica has passed its gate and the proxy sees it well. */
  async #ready(next: ProbeTarget, pauseSeconds: number): Promise<string | null> {
    const gate: { problem: string | null; isOver: boolean } = { problem: null, isOver: false };
    const gated = this.#gate([next], () => this.#stopReason ?? (gate.isOver ? "the step is over" : null));
    void gated.then((problem) => Object.assign(gate, { problem, isOver: true }));
    const problem = await this.#judged(pauseSeconds, {
      awaited: () => (gate.isOver ? null : `waiting for health of ${next.name}`),
      stopped: () => gate.problem,
    }).finally(() => (gate.isOver = true));
    if (problem !== null) return problem;
    const { rolling, step } = this.#board.ledger.running ?? this.#running;
    if (rolling && rolling.gated < step + 2) await this.#settle(admit);

    const deadline = performance.now() + sightMs(this.#config.health);
    const isSeen = () => isServing(this.#observer.seen(next));
    return this.#judged(0, {
      awaited: () => (isSeen() ? null : `waiting for the proxy to see ${next.name}`),
      stopped: () => (isSeen() || performance.now() <= deadline ? null : this.#unseen(next)),
      isBrief: true,
    });
  }

  #unseen({ name }: ProbeTarget): string {
    return unseenByProxy(name, this.#observer.seen({ name })?.check);
  }

  /** Waits until the proxy's own checks agree with the gate: a server that leaves maintenance is `up` unchecked at first. */
  async #seenByProxy(): Promise<string | null> {
    const began = performance.now();
    const deadline = began + sightMs(this.#config.health);
    for (let isSaid = false; ;) {
      await this.#observer.look();
      const missing = this.#begun.find((target) => !isServing(this.#observer.seen(target)));
      if (!missing) return null;
      if (this.#stopReason !== null) return this.#stopReason;
      if (performance.now() > deadline) return this.#unseen(missing);
      if (!isSaid && performance.now() - began > patientMs) {
        const seconds = Math.ceil(sightMs(this.#config.health) / 1000);
        this.#say(
          `waiting for the proxy's own check of ${missing.name} (at most ${seconds} s, by slipway:health.intervalMs)`,
        );
        isSaid = true;
      }
      await sleep(lookEveryMs);
    }
  }

  async #shift(percent: number): Promise<string | null> {
    const problem = await this.#untilProxyAnswers(() => this.#board.shift(percent));
    const { running } = this.#board.ledger;
    if (problem === null && running) this.#say(`${describeShare(running)} → ${running.slot}`);
    return problem;
  }

  /** @returns the reason of a bad verdict */
  #judged(
    seconds: number,
    { awaited = () => null, stopped = () => null, isBrief = false }: Partial<Waiting> = {},
  ): Promise<string | null> {
    const circumstances = {
      config: this.#config,
      observer: this.#observer,
      waits: this.#waits,
      say: this.#say,
      running: () => this.#board.ledger.running,
      stopped: () => this.#stopReason ?? stopped(),
      awaited,
      startsUntil: this.#startsUntil,
    };
    return new Judgement(circumstances, seconds).run(!isBrief);
  }

  /** The proxy may be restarting: tries again for a while. */
  async #untilProxyAnswers(work: () => Promise<void>): Promise<string | null> {
    const deadline = performance.now() + proxyAwayMs;
    for (;;) {
      try {
        await work();
        return null;
      } catch (error) {
        if (!isProxyProblem(error)) throw error;
        if (performance.now() > deadline) return proxyAway;
        await sleep(lookEveryMs);
      }
    }
  }

  /** A change that needs no proxy at this moment: `reconcile` brings it along. */
  async #settle(transition: (ledger: Ledger) => Ledger): Promise<null> {
    await this.#board.change(transition).catch((error: unknown) => {
      if (!isProxyProblem(error)) throw error;
    });
    return null;
  }

  /** The end has to be recorded, however long the disk is full. */
  async #end(onlyCopy: boolean): Promise<null> {
    for (;;) {
      try {
        return await this.#settle((ledger) => rejected(ledger, timestamp(), onlyCopy));
      } catch (error) {
        this.#say(`waiting for the journal to be writable again: ${messageOf(error)}`);
        await sleep(1000);
      }
    }
  }
}

const timestamp = (): string => new Date().toISOString();
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
