import { alwaysCounted, Clients } from "./clients.ts";
import type { ControllerConfig } from "./controller-config.ts";
import { SlotEvidence } from "./evidence.ts";
import { otherSlot, type Ledger, type Release, type Running, type Slot } from "./ledger.ts";
import { probe, Prober, type ProbeTarget } from "./probe.ts";
import type { ServerState } from "./proxy-state.ts";
import type { RequestLog } from "./request-log.ts";
import { isProxyProblem, type Proxy } from "./runtime-api.ts";
import { slotOf, slotTargets } from "./traffic.ts";
import { allAnswered, Waiting, type Unanswered } from "./waiting.ts";
import { failsAlike, judge, type Bad, type Time, type Verdict } from "./verdict.ts";

/** How long a proxy may be away in the middle of a rollout. */
export const proxyAwayMs = 30_000;
export const proxyAway = `the proxy was away for more than ${proxyAwayMs / 1000} s`;
/** Longest wait for the old slot's word before a bad verdict is acted on. */
const secondOpinionMs = 500;
/** The list of what the proxy is working on is long when it has much to do. */
const lookForWaitingEveryMs = { usual: 1000, whileOwed: 100 } as const;

/** What to look at: the slot that a rollout moves the traffic to, and the one that it moves it from, if there is one. */
export interface Scene {
  readonly slot: Slot;
  readonly release: Release;
  readonly old: Release | null;
  /** Whether it had no request of this release yet when the looking began: not, where a controller carries on. */
  readonly isUnasked: boolean;
}

export const sceneOf = (
  { live, slots }: Ledger,
  { slot, release }: Pick<Running, "slot" | "release">,
  isCarriedOn: boolean,
): Scene => ({
  slot,
  release,
  isUnasked: !isCarriedOn,
  old: live && live !== slot ? slots[live].release : null,
});

/** Gathers the evidence on both slots: the proxy's counters, log and checks, and probes of our own. */
export class Observer {
  readonly #judged: () => readonly ProbeTarget[];
  readonly #config: ControllerConfig;
  readonly #proxy: Proxy;
  readonly #scene: Scene;
  readonly #evidence: Readonly<Record<Slot, SlotEvidence>>;
  readonly #prober: Prober;
  #log: RequestLog | null = null;
  #seen: ReadonlyMap<string, ServerState> = new Map();
  #proxySeenAt = performance.now();
  readonly #waiting = new Waiting((server) => this.#isOfBefore(slotOf(server)));
  readonly #beganMs = performance.now();
  readonly #clients = new Clients();
  #waitingSeenAt = -Infinity;
  /** Of the new slot. */
  #unanswered = allAnswered;
  /** A judgement waits for what the new slot has not answered. */
  #isOwed = false;

  /** @param judged the new slot's replicas that a verdict is about, now; more may come */
  constructor(config: ControllerConfig, proxy: Proxy, scene: Scene, judged: () => readonly ProbeTarget[]) {
    this.#config = config;
    this.#proxy = proxy;
    this.#scene = scene;
    this.#judged = judged;
    this.#prober = new Prober({ ...config.health, version: scene.release.version }, config.health.intervalMs);
    this.#evidence = {
      blue: new SlotEvidence(config.verdict, this.#clients),
      green: new SlotEvidence(config.verdict, this.#clients),
    };
  }

  /** What a slot did since the rollout began to move, and how long its answers took. */
  of(slot: Slot): Pick<SlotEvidence, "traffic" | "timing"> {
    return this.#evidence[slot];
  }

  /** A server as the proxy saw it at the last look, undefined if it was away. */
  seen({ name }: Pick<ProbeTarget, "name">): ServerState | undefined {
    return this.#seen.get(name);
  }

  /**
   * Whether what a slot was asked before the looking began is left out: it may hang in a release that had its servers before, which stepped
   * aside with it. Not where a controller carries on: then it was asked of the new release.
   */
  #isOfBefore(slot: Slot | null): boolean {
    return this.#scene.isUnasked || slot !== this.#scene.slot;
  }

  /** Reads the proxy's counters and states; the first reading is where the counting begins. */
  async look(): Promise<void> {
    try {
      this.#log ??= this.#proxy.requests((answer) => {
        const slot = slotOf(answer.server);
        const isEarlier = this.#isOfBefore(slot) && performance.now() - answer.allMs < this.#beganMs;
        if (slot !== null) this.#evidence[slot].answered(answer, isEarlier);
      });
      const { pid, servers } = await this.#proxy.state();
      this.#log.follow(pid);
      this.#proxySeenAt = performance.now();
      this.#seen = servers;
      for (const slot of ["blue", "green"] as const) {
        this.#evidence[slot].read([...servers.values()].filter(({ name }) => name.startsWith(`${slot}-`)));
      }
      await this.#lookForWaiting();
    } catch (error) {
      if (!isProxyProblem(error)) throw error;
      this.#seen = new Map();
    }
  }

  async #lookForWaiting(): Promise<void> {
    const now = performance.now();
    if (now - this.#waitingSeenAt < lookForWaitingEveryMs[this.#isOwed ? "whileOwed" : "usual"]) return;
    const sessions = await this.#proxy.sessions();
    this.#waitingSeenAt = now;
    // The list shows whose connection it is: without the PROXY protocol, the load balancer's.
    const { loadBalancer } = this.#config;
    const isBounded = this.#clients.areMany && (loadBalancer === null || loadBalancer.proxyProtocol);
    const rules = { minMs: this.#config.verdict.maxResponseMs, mostOfAddress: isBounded ? alwaysCounted : Infinity };
    const found = [...this.#waiting.look(sessions, { askedMs: now, answeredMs: performance.now() }, rules)];
    for (const slot of ["blue", "green"] as const) {
      const ofSlot = found
        .filter(([server]) => slotOf(server) === slot)
        .reduce((sum, [, more]) => plus(sum, more), allAnswered);
      this.#evidence[slot].waiting(ofSlot.late);
      if (slot === this.#scene.slot) this.#unanswered = ofSlot;
    }
  }

  /** Requests that the new slot has not answered, as of the last look at them. */
  get unanswered(): number {
    return this.#unanswered.all;
  }

  /** Whether it has requests from before an instant, in ms, or all that it ever got, about which nobody can tell anything yet. */
  owesAnswers(before: number): boolean {
    const { all, since } = this.#unanswered;
    this.#isOwed = since < before || (all > 0 && !this.#hasAnswered);
    return this.#isOwed;
  }

  get #hasAnswered(): boolean {
    return this.of(this.#scene.slot).traffic.requests > 0;
  }

  /** The verdict by all that is known now. Without the proxy it is never `ok`. */
  async verdict(time: Time): Promise<Verdict> {
    const { verdict } = this.#config;
    const { slot } = this.#scene;
    const judged = this.#judged();
    this.#prober.add(judged);
    await this.look();
    const servers = judged.flatMap((target) => this.seen(target) ?? []);
    if (performance.now() - this.#proxySeenAt > proxyAwayMs) return { is: "bad", fault: "health", reason: proxyAway };
    // Out for a single lost connection: the next check, within a fifth of the interval, says whether it is down.
    const down = servers.filter(({ status, check }) => status === "down" && check !== "HANA");
    const { errors, slow } = this.#evidence[slot];
    const inVain = this.#hasAnswered ? 0 : this.#unanswered.late;
    const found = judge({ errors, slow, inVain, probes: this.#prober.tallies, down }, verdict, time);
    return found.is === "ok" && servers.length < judged.length ? { is: "undecided" } : found;
  }

  /** Whether the old slot has the same trouble right now. */
  async isShared(bad: Bad): Promise<boolean> {
    const { slot, old } = this.#scene;
    if (!old) return false;
    const { timeoutMs } = this.#config.health;
    const rules = { timeoutMs: Math.min(timeoutMs, secondOpinionMs), version: old.version };
    const answers = await Promise.all(
      slotTargets(this.#config, otherSlot(slot), old).map((target) => probe(target, rules)),
    );
    const isHealthy = answers.some(({ healthy }) => healthy);
    return failsAlike(this.#evidence[otherSlot(slot)], isHealthy, bad);
  }

  /** Trouble that was shared is not held against the new slot. */
  forgive(): void {
    this.#evidence[this.#scene.slot].forgive();
  }

  stop(): void {
    this.#prober.stop();
    this.#log?.stop();
  }
}

const plus = (a: Unanswered, b: Unanswered): Unanswered => ({
  all: a.all + b.all,
  late: a.late + b.late,
  since: Math.min(a.since, b.since),
});
