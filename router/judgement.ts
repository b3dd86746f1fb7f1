import { setTimeout as sleep } from "node:timers/promises";
import type { ControllerConfig } from "./controller-config.ts";
import { otherSlot, type Running } from "./ledger.ts";
import { proxyAway, proxyAwayMs, type Observer } from "./observer.ts";
import { describeShare } from "./rolling.ts";
import { describeGround } from "./telling/record.ts";
import type { Bad, Verdict } from "./verdict.ts";

/** Looking is cheap: two short lines to the proxy. */
const lookEveryMs = 100;
const reportEveryMs = 10_000;
/** How much longer than planned a step, or the watch, waits for a small sample to become clear. */
const doubtMs = { move: 10_000, watch: 30_000 } as const;
/** Shared trouble is over when both slots were well for so long. */
const clearMs = 2_000;

/** How long a rollout may wait for faults that both slots have, all its steps together; what is spent does not come back. */
export class SharedWaits {
  readonly #limitMs: number;
  readonly #seconds: number;
  #spentMs = 0;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#limitMs = seconds * 1000;
  }

  /** As it was set, in seconds. */
  get seconds(): number {
    return this.#seconds;
  }

  /** What is left of it, in whole seconds. */
  get leftSeconds(): number {
    return Math.max(0, Math.ceil((this.#limitMs - this.#spentMs) / 1000));
  }

  /** Whether a wait of so many ms is more than is left. */
  isSpentBy(ms: number): boolean {
    return this.#spentMs + ms > this.#limitMs;
  }

  spend(ms: number): void {
    this.#spentMs += ms;
  }
}

export interface Circumstances {
  readonly config: ControllerConfig;
  readonly observer: Observer;
  readonly waits: SharedWaits;
  readonly say: (line: string) => void;
  /** The rollout as the journal has it now: a person may pause or hurry it at any time. */
  readonly running: () => Running | null;
  /** Why it is to end at once, or null. */
  readonly stopped: () => string | null;
  /** What it has to wait for, or null; it goes on judging meanwhile. */
  readonly awaited: () => string | null;
  /** Until when the new slot may be starting, as `performance.now` counts: a controller that carries on may have started with the host. */
  readonly startsUntil: number;
}

/**
 * Judges one step, or the watch: for so many seconds, while it is paused or something is awaited, and on until there is a verdict. A
 * service that hangs answers nothing, and a step may be shorter than an answer is allowed to take: so it ends when what was asked in it is
 * answered, or too late, as long as a small sample is waited for.
 *
 * A fault that the old slot shows too is not the release's: the share is held, neither up nor back, until both are well or the rollout
 * has waited for `sharedSeconds` in all; then it is rejected, and the reason says that it was shared. Where both were down, or the new slot is
 * down as a controller begins, `gateSeconds` count from then on before the new slot's health alone is held against it.
 */
export class Judgement {
  readonly #with: Circumstances;
  /** When it ends if all is well. */
  #end: number;
  #trouble: { readonly since: number; last: number; bad: Bad; readonly isShared: boolean } | null = null;
  #pausedUntil = 0;
  #saysOwedAt: number | null = null;
  readonly #seconds: number;

  constructor(circumstances: Circumstances, seconds: number) {
    this.#with = circumstances;
    this.#seconds = seconds;
    this.#end = performance.now() + seconds * 1000;
  }

  /**
   * @param report whether its result is worth a line
   * @returns why the rollout has to go back, or null
   */
  async run(report = true): Promise<string | null> {
    const { config, observer, running, stopped, awaited } = this.#with;
    const tickMs = Math.min(config.health.intervalMs, lookEveryMs);
    let reportAt = performance.now() + reportEveryMs;
    for (;;) {
      const now = performance.now();
      const { paused, hurried, phase } = running() ?? {};
      const isHeld = paused === true || awaited() !== null;
      if (isHeld) this.#pausedUntil = now;
      if (hurried && phase === "move") this.#end = Math.min(this.#end, now);
      const over = Math.max(this.#end, this.#pausedUntil);
      const due = over + doubtMs[phase === "watch" ? "watch" : "move"];
      const reason = stopped();
      if (reason !== null) return reason;

      const found = await observer.verdict(now >= due ? "due" : now >= over ? "over" : "early");
      const problem = await this.#weigh(found, now);
      if (problem !== null) return problem;
      const isOwed = !hurried && now >= this.#end && now < due && observer.owesAnswers(this.#asked(phase));
      if (isOwed) this.#sayOwed(now, due);
      const isOver = found.is === "ok" && this.#trouble === null && !isHeld && !isOwed && now >= this.#end;
      if ((isOver && report) || now >= reportAt) {
        this.#report(isOver ? 0 : this.#end - now);
        reportAt = now + reportEveryMs;
      }
      if (isOver) return null;
      if (this.#trouble === null && now > due + proxyAwayMs) return "no verdict in time, got too few answers";
      const leftMs = this.#end - performance.now();
      await sleep(Math.max(1, leftMs > 0 ? Math.min(tickMs, leftMs) : tickMs));
    }
  }

  /** @returns the reason to go back, null to stay */
  async #weigh(found: Verdict, now: number): Promise<string | null> {
    const { waits, observer, say } = this.#with;
    if (found.is === "bad") {
      const isShared = await observer.isShared(found);
      if (!isShared && !this.#isComingUp(found, now)) return found.reason;
      observer.forgive();
      if (this.#trouble) Object.assign(this.#trouble, { last: now, bad: found });
      else {
        this.#trouble = { since: now, last: now, bad: found, isShared };
        const [why, seconds] = isShared
          ? [`${this.#old} fails alike`, waits.leftSeconds]
          : ["it may be starting too", this.#with.config.health.gateSeconds];
        say(`${found.reason}; ${why}: holding at ${this.#share} (at most ${seconds} s)`);
      }
    }
    if (!this.#trouble) return null;
    const { since, last, bad, isShared } = this.#trouble;
    if (found.is === "ok" && now - last >= clearMs) {
      say(`${isShared ? "both slots are" : "it is"} well again: going on`);
      this.#trouble = null;
      if (isShared) waits.spend(now - since);
      this.#end += now - since;
    } else if (isShared && waits.isSpentBy(now - since)) {
      return `${bad.reason}; ${this.#old} failed alike, for more than ${waits.seconds} s in all: not the release's own fault, as far as can be told`;
    }
    return null;
  }

  /** Requests from before that instant, in ms, have to be answered: of a watch all that it saw, of steps any at all. */
  #asked(phase: Running["phase"] | undefined): number {
    return phase === "watch" && this.#seconds > 0 ? this.#end : -Infinity;
  }

  get #share(): string {
    const running = this.#with.running();
    return running ? describeShare(running) : "0 %";
  }

  /** After a reboot both slots are down, and one of them is back first, maybe before the controller: the other one gets the time of a health gate. */
  #isComingUp({ fault, reason }: Bad, now: number): boolean {
    if (fault !== "health") return false;
    const trouble = this.#trouble;
    if (trouble === null) return now < this.#with.startsUntil && reason !== proxyAway;
    return trouble.bad.fault === "health" && now - trouble.since < this.#with.config.health.gateSeconds * 1000;
  }

  get #old(): string {
    const slot = this.#with.running()?.slot;
    return slot ? otherSlot(slot) : "the old slot";
  }

  /** Once, and only if it takes longer than answers of a busy service usually do. */
  #sayOwed(now: number, due: number): void {
    this.#saysOwedAt ??= now + 1_000;
    if (now < this.#saysOwedAt) return;
    this.#saysOwedAt = Infinity;
    const { observer, say } = this.#with;
    const seconds = Math.ceil((due - now) / 1000);
    const owed = observer.unanswered === 1 ? "1 request has" : `${observer.unanswered} requests have`;
    say(`${this.#share}: ${owed} no answer yet, waiting for it (at most ${seconds} s)`);
  }

  #report(leftMs: number): void {
    const { observer, say, running, awaited } = this.#with;
    const { slot, paused } = running() ?? {};
    if (!slot) return;
    const { traffic, timing } = observer.of(slot);
    const [p50, p99] = [timing.percentile(50), timing.percentile(99)];
    const times = p50 === null ? "" : `, p50 ${p50} ms, p99 ${p99 ?? p50} ms`;
    const hold = paused ? "paused" : awaited();
    const left = hold ? ` (${hold})` : leftMs > 0 ? ` (${Math.ceil(leftMs / 1000)} s to go)` : "";
    say(`${this.#share} → ${slot}: ${describeGround(traffic, observer.unanswered)}${times}${left}`);
  }
}
