import { setTimeout as sleep } from "node:timers/promises";
import { askForAnswer, type Answer } from "./answer.ts";
import type { ControllerConfig } from "./controller-config.ts";
import { refuseLocked } from "./lock.ts";
import { controls, noRollout, underway, type Control } from "./controls.ts";
import { drained } from "./drain.ts";
import { guardProxy, handOver } from "./handover.ts";
import { FallbackWatch, refuseToReplace, serves, type Fallback } from "./fallback.ts";
import { Orders } from "./orders.ts";
import { Restarts } from "./restarts.ts";
import { refuseRestarting, type Replica } from "./restart.ts";
import { Hold } from "./hold.ts";
import {
  describeHand,
  isSame,
  otherSlot,
  Refusal,
  type Ended,
  type Hand,
  type Ledger,
  type Running,
  type Serving,
  type Slot,
  type Wish,
} from "./ledger.ts";
import { describeEnd, describeLeft, describeStart, downOf, weightsOf, type Status } from "./telling/report.ts";
import { describeShare } from "./rolling.ts";
import { refuseElsewhere, refuseGone } from "./retreat.ts";
import { Rollout } from "./rollout.ts";
import { Run, type Progress } from "./run.ts";
import { isProxyProblem, nullIfAway } from "./runtime-api.ts";
import type { RecordKeeper } from "./telling/record-keeper.ts";
import { unknownOrigin, type Chronicler } from "./telling/record.ts";
import type { Switchboard } from "./switchboard.ts";
import { healthQuestion, slotTargets } from "./traffic.ts";
import { condemn, dropLifeline, guard, start } from "./transitions.ts";
import type { Promotion } from "./wire.ts";

export type { Progress };

/** The commands, without their transport. Owns the rollout: whoever asked for it may go away. */
export class Controller {
  readonly #config: ControllerConfig;
  readonly #board: Switchboard;
  readonly #log: (line: string) => void;
  /** What stays until a person takes it back. */
  readonly orders: Orders;
  readonly #hold = new Hold();
  readonly #restarts: Restarts;
  readonly #fallback: FallbackWatch;
  readonly #chronicle: Chronicler & Partial<Pick<RecordKeeper, "timed">>;
  #run: Run | null = null;
  /** Settles when the rollout that the journal just got has its run: who wants to end or join it must not come in between. */
  #starting: Promise<void> = Promise.resolve();

  constructor(
    config: ControllerConfig,
    board: Switchboard,
    log: (line: string) => void,
    chronicle: Chronicler & Partial<Pick<RecordKeeper, "timed">> = { introduce: () => undefined },
  ) {
    this.#chronicle = chronicle;
    this.#fallback = new FallbackWatch(log);
    this.#config = config;
    this.#board = board;
    this.#log = log;
    this.orders = new Orders(board, log, chronicle);
    this.#restarts = new Restarts(config, board, log, chronicle);
  }

  get ledger(): Ledger {
    return this.#board.ledger;
  }

  /** Who answers in live's place, null while live answers. */
  get fallback(): Fallback | null {
    return this.#fallback.now;
  }

  /** One deploy at a time. @returns what gives the host back @throws Refusal that names who has it */
  hold(by: string): () => void {
    refuseRestarting(this.ledger, "host");
    return this.#hold.take(by);
  }

  /** Takes a replica of live out of the proxy, so that it may be restarted. @throws Refusal, ProxyProblem */
  async *rest(replica: Replica, seconds: number, hand: Hand): AsyncGenerator<Progress> {
    await this.#started();
    this.#hold.refuseHeld();
    yield* this.#restarts.rest(replica, seconds, hand);
  }

  /** Whether a role of live may be restarted just now, for the record. @throws Refusal */
  async restartRole(hand: Hand): Promise<void> {
    await this.#started();
    this.#hold.refuseHeld();
    this.#restarts.role(hand);
  }

  /** Brings it back once it is healthy. @throws Refusal where it is not out */
  back(replica: Replica): AsyncGenerator<Progress> {
    return this.#restarts.back(replica);
  }

  /** Takes up the rollout that the journal says is running, if there is one. */
  carryOn(): void {
    const { running } = this.ledger;
    if (!running) return;
    const headline = `rollout ${running.rollout}: carried on, ${running.phase} at ${describeShare(running)}`;
    this.#follow(running, headline, true);
  }

  async status(): Promise<Status> {
    const state = await this.#board.proxy.state().catch(() => null);
    const [weights, down] = state === null ? [null, []] : [weightsOf(state), downOf(state)];
    const certificate = await this.#board.certificate().catch(() => null);
    const { ledger } = this;
    const evidence = this.#run?.isOver === false && ledger.running !== null ? this.#run.rollout.evidence : null;
    const outdated = state === null || ledger.running !== null ? null : this.#board.outdatedIn(state);
    return { ledger, weights, down, fallback: this.fallback, certificate, outdated, evidence };
  }

  /** Whether whoever asks the service is answered by the live release. Never throws. */
  answer(timeoutMs = this.#config.health.timeoutMs): Promise<Answer> {
    const { live, slots } = this.ledger;
    const question = healthQuestion(this.#config, live && slots[live].release);
    return askForAnswer(this.#board.answerSocket, this.ledger, { question, timeoutMs });
  }

  /** Why the proxy does not run what was written for it, for who waits until it does; null if it does. A rollout that runs comes first. Never throws. */
  async awaited(): Promise<string | null> {
    this.#board.hurry();
    return this.ledger.running === null ? this.#board.outdated().catch((error: unknown) => String(error)) : null;
  }

  /** The same as `answer`, by a proxy that runs what was written for it: how an update has to end. Never throws. */
  async finalAnswer(): Promise<Answer> {
    const outdated = await this.awaited();
    const answer = await this.answer();
    return outdated === null || answer.problem !== null ? answer : { ...answer, problem: outdated };
  }

  /**
   * What a plan is made from: the ledger, and whether the live release answers. One that just stumbles is asked again; whoever asks waits
   * 6 s at most, and 1 s while a rollout runs.
   */
  async told(): Promise<Ledger & { readonly answer: Answer }> {
    const timeoutMs = Math.min(1_000, this.#config.health.timeoutMs);
    let answer = await this.answer(timeoutMs);
    const isSettled = () => this.ledger.live !== null && this.ledger.running === null;
    for (let again = 0; again < 3 && answer.problem !== null && isSettled(); again++) {
      await sleep(500);
      answer = await this.answer(timeoutMs);
    }
    return { ...this.ledger, answer };
  }

  /** One look at the proxy between rollouts and in them; the daemon calls it again and again. @throws ProxyProblem */
  async tend(): Promise<void> {
    await this.#board.reconcile();
    const state = await this.#board.proxy.state();
    this.#fallback.look(this.ledger, state);
    await this.#restarts.tend();
    for (const slot of ["blue", "green"] as const) {
      if (this.#run && !this.#run.isOver)
        this.#chronicle.timed?.(slot, this.#run.rollout.observed.of(slot).timing.times);
    }
    const { live, slots } = this.ledger;
    if (live && slots[otherSlot(live)].lifeline && serves(state, live)) await this.#board.change(dropLifeline);
  }

  /** Healthy while the proxy answers, and before the first release, when it may not be there yet. */
  async ping(): Promise<{ ok: true }> {
    try {
      await this.#board.proxy.state();
    } catch (error) {
      if (this.ledger.live !== null) throw error;
    }
    return { ok: true };
  }

  /**
   * Takes the standby out of the proxy, so that it may be replaced. Containers whose addresses the wanted release gets have to be drained
   * before; those that keep theirs step aside with what they still have, which is the host's to watch.
   *
   * @throws Refusal, ProxyProblem
   */
  async *guard(wish: Wish): AsyncGenerator<Progress> {
    const isFirst = this.ledger.live === null;
    const from = new Date().toISOString();
    refuseLocked(this.ledger, new Date());
    guard(this.ledger, wish);
    const held = this.ledger.slots[wish.slot].release;
    const stepsAside = held !== null && (held.row ?? 1) !== (wish.release.row ?? 1);
    try {
      await this.#refuseToReplace(wish.slot);
      if (!stepsAside) {
        for await (const line of drained(this.#board.proxy, this.ledger, wish.slot, this.#config.drainSeconds))
          yield { line };
      }
      // Much may have happened while it waited.
      await this.#refuseToReplace(wish.slot);
      await this.#board.change((ledger) => guard(ledger, wish));
    } catch (error) {
      // Before the first release nothing can have traffic, and the proxy may still be on its way.
      if (!isFirst || !isProxyProblem(error)) throw error;
      await this.#board.change((ledger) => guard(ledger, wish)).catch(nullIfAway);
    }
    this.#chronicle.guarded?.(wish.rollout, { from, to: new Date().toISOString() });
    const is = stepsAside ? "out of the proxy, which lets what it has there end" : "drained and out of the proxy";
    yield { end: "ok", message: `${wish.slot}: ${is}, may be replaced` };
  }

  /** Whether the proxy in a place may be replaced. @throws Refusal */
  guardProxy(wish: Serving): { message: string } {
    guardProxy(this.ledger, wish);
    return { message: `proxy in place ${wish.place}: does not serve, may be replaced` };
  }

  /** The proxy in a place takes over from the one that serves. @throws Refusal, ProxyProblem */
  async *switchProxy(wish: Serving): AsyncGenerator<Progress> {
    for await (const line of handOver(this.#board, wish, this.#config.health.gateSeconds)) yield { line };
    yield { end: "ok", message: `proxy in place ${wish.place}: serves` };
  }

  /** A single lost connection takes live out until its next check: it gets the time for one. @throws Refusal, ProxyProblem */
  async #refuseToReplace(slot: Slot): Promise<void> {
    const { intervalMs, timeoutMs } = this.#config.health;
    const deadline = performance.now() + 2 * intervalMs + timeoutMs;
    for (;;) {
      const state = await this.#board.proxy.state();
      const { live } = this.ledger;
      if (live === null || serves(state, live) || performance.now() > deadline) {
        refuseToReplace(this.ledger, state, slot);
        return;
      }
      await sleep(100);
    }
  }

  /**
   * Starts the rollout, joins it, or reports how it ended.
   *
   * @param refusal why the release is refused before anything of it moves: it is rejected and recorded. @default null, it is not
   * @throws Refusal
   */
  async *promote(
    { holds, by, backup, loses, source, ...wish }: Required<Promotion>,
    refusal: string | null = null,
  ): AsyncGenerator<Progress> {
    this.#chronicle.introduce(wish.rollout, { by, backup, ...(source === null ? {} : { source }) });
    await this.#started();
    const { running, last } = this.ledger;
    if (!isSame(running, wish) && !isSame(last, wish)) {
      refuseLocked(this.ledger, new Date());
      const { strategy } = this.#config;
      const at = new Date().toISOString();
      await this.#start((ledger) => {
        const begun = start(ledger, wish, "plan", holds, at, strategy, undefined, loses);
        // One change of the journal: a controller that ends here must not carry on what was refused.
        return refusal === null ? begun : condemn(begun, refusal);
      });
    }
    if (this.#run?.number === wish.rollout) yield* this.#run.follow();
    const ended = this.ledger.last;
    if (!isSame(ended, wish)) throw new Refusal(`rollout ${wish.rollout}: has no result. Fix: run pulumi up again`);
    yield await this.#end(ended, "promoted");
  }

  /**
   * Back to the standby, and what was live is withdrawn; an update on its way is ended instead. Who asks while another one's rollback is
   * on its way joins it: the second of two people who see the same alarm must not undo what the first one did.
   *
   * @param to a version or a release's id: only if it leads there. @default wherever it leads
   * @throws Refusal
   */
  async *rollback(hand: Hand, to: string | null = null): AsyncGenerator<Progress> {
    await this.#started();
    if (to !== null) refuseElsewhere(this.ledger, to);
    const { running } = this.ledger;
    if (running?.kind === "rollback" || running?.kind === "undo") {
      yield* this.#watchedEnd(running.rollout, "promoted");
    } else if (running) {
      yield* this.#stop(running, "rollback", hand);
    } else {
      yield* this.#goBack("rollback", hand);
    }
  }

  /** Takes back what an update did here, and nothing else: whatever happened since stays. */
  async *undo(rollout: number): AsyncGenerator<Progress> {
    await this.#started();
    const { last, running, promoted: made } = this.ledger;
    if (running || made !== rollout || last?.rollout !== rollout) {
      yield { end: "ok", message: `undo: rollout ${rollout} is not the last thing that happened here, nothing to do` };
      return;
    }
    yield* this.#goBack("undo");
  }

  async *#goBack(kind: "rollback" | "undo", hand?: Hand): AsyncGenerator<Progress> {
    const { live, slots, rollout } = this.ledger;
    const slot = live && otherSlot(live);
    const held = slot && slots[slot];
    const release = held?.release;
    const lost = held?.lost;
    // What takes an update back comes before anything leaves the host.
    const isFit = held?.state === "holds" || held?.lifeline !== undefined || (lost !== undefined && kind === "undo");
    if (!slot || !release || !isFit) {
      const why = lost ? `without its ${lost}` : "which is not fit for traffic";
      const got = slot && release ? `${slot} with ${release.id}, ${why}` : "none";
      throw new Refusal(
        `${kind}: needs a standby that holds a healthy release, got ${got}. Fix: deploy a good version with pulumi up`,
      );
    }
    if (hand) refuseGone(await this.#board.proxy.state().catch(nullIfAway), slotTargets(this.#config, slot, release));
    const wish = { slot, release, rollout: rollout + 1 };
    this.#chronicle.introduce(wish.rollout, { ...unknownOrigin, by: hand?.by ?? null });
    await this.#start((ledger) => start(ledger, wish, kind, {}, new Date().toISOString(), "blue-green", hand));
    if (hand) this.#chronicle.handled?.("rollback", hand);
    yield* this.#watchedEnd(wish.rollout, "promoted");
  }

  /** Ends the running rollout with the way back, and withdraws the release. @throws Refusal if none is running */
  async *abort(hand: Hand): AsyncGenerator<Progress> {
    await this.#started();
    yield* this.#stop(underway(this.ledger, "abort"), "abort", hand);
  }

  async *#stop({ rollout }: Running, command: "abort" | "rollback", hand: Hand): AsyncGenerator<Progress> {
    this.#run?.rollout.stop(`it was ended ${describeHand(hand)} (${command})`, hand);
    this.#chronicle.handled?.(command, hand);
    yield* this.#watchedEnd(rollout, "rejected");
  }

  /** What a person tells the running rollout; the journal keeps it. @throws Refusal if none is running */
  async control(command: Control, hand: Hand): Promise<{ message: string }> {
    await this.#board.change(controls[command].apply).catch(nullIfAway);
    const { running } = this.ledger;
    this.#chronicle.handled?.(command, hand);
    const message = `rollout ${running?.rollout ?? 0}: ${controls[command].said} (at ${running ? describeShare(running) : "0 %"})`;
    this.#run?.say(message);
    return { message };
  }

  /** The running rollout from its first line to its end. @throws Refusal if none is running */
  async *watch(): AsyncGenerator<Progress> {
    await this.#started();
    const { running } = this.ledger;
    if (!running) throw noRollout("watch");
    yield* this.#watchedEnd(running.rollout, "promoted");
  }

  async *#watchedEnd(rollout: number, wanted: Ended["result"]): AsyncGenerator<Progress> {
    if (this.#run?.number === rollout) yield* this.#run.follow();
    const { last } = this.ledger;
    if (last?.rollout === rollout) yield await this.#end(last, wanted);
  }

  /** Of several who ask at one moment, each sees what the one before it has started. */
  async #started(): Promise<void> {
    for (let seen; seen !== this.#starting;) {
      seen = this.#starting;
      await seen;
    }
  }

  #start(transition: (ledger: Ledger) => Ledger): Promise<void> {
    const started = this.#board
      .change(transition)
      .catch(nullIfAway)
      .then(() => {
        const { running } = this.ledger;
        if (running) this.#follow(running, describeStart(running));
      });
    this.#starting = started.catch(() => undefined);
    return started;
  }

  #follow(running: Running, headline: string, isCarriedOn = false): void {
    const rollout = (say: (line: string) => void) =>
      new Rollout(this.#config, this.#board, running, { say, isCarriedOn });
    const run = new Run(running.rollout, rollout, this.#log);
    this.#run = run;
    run.add(headline);
    this.#log(headline);
    void run.rollout.run().finally(() => {
      const { last } = this.ledger;
      if (last) this.#log(describeEnd(last, this.ledger));
      run.close();
    });
  }

  async #end(ended: Ended, wanted: Ended["result"]): Promise<Progress> {
    const message = describeEnd(ended, this.ledger);
    const left = await this.#chronicle.leftBehind?.();
    const restore = left?.rollout === ended.rollout ? `. ${describeLeft(left)}` : "";
    return { end: ended.result === wanted ? "ok" : "failed", message: message + restore };
  }
}
