import { setTimeout as sleep } from "node:timers/promises";
import { send } from "./notice-channels.ts";
import type { Channel, NoticesConfig } from "./notice-config.ts";
import { isRouted, noticesOf, stuckNotice, type PhaseLimits } from "./notice-events.ts";
import type { Outcome } from "./notice-http.ts";
import { Outbox, type Entry } from "./notice-outbox.ts";
import type { Notice } from "./notice-text.ts";
import type { RolloutRecord } from "./record.ts";

/** Bounds of sending. */
export interface Patience {
  /** First pause; each next one is twice as long, less up to half by chance. @default 1000 */
  readonly firstPauseMs: number;
  /** @default 300_000 */
  readonly longestPauseMs: number;
  /** @default 20 */
  readonly maxTries: number;
  /** Older notices are given up. @default 3_600_000 */
  readonly maxAgeMs: number;
  /** For one try. @default 15_000 */
  readonly limitMs: number;
}

const usualPatience: Patience = {
  firstPauseMs: 1000,
  longestPauseMs: 300_000,
  maxTries: 20,
  maxAgeMs: 3_600_000,
  limitMs: 15_000,
};
const lookForStuckMs = 1000;

export interface NoticesOptions {
  readonly notices: NoticesConfig;
  readonly config: PhaseLimits;
  readonly stateFolder: string;
  readonly secretsFolder: string;
  readonly log: (line: string) => void;
  readonly patience?: Partial<Patience>;
}

/**
 * Tells people what became of rollouts. It only looks on, in queues of its own: nothing here can throw into, or delay, whoever moves
 * traffic. Each event of a rollout is told once; a try that was cut off is repeated with the same id.
 */
export class Notices {
  readonly #options: NoticesOptions;
  readonly #patience: Patience;
  readonly #outbox: Outbox;
  readonly #draining = new Set<Channel["name"]>();
  /** Channels whose trouble was said already. */
  readonly #ailing = new Set<Channel["name"]>();
  readonly #ended = new AbortController();
  #record: RolloutRecord | null = null;

  private constructor(options: NoticesOptions, outbox: Outbox) {
    this.#options = options;
    this.#patience = { ...usualPatience, ...options.patience };
    this.#outbox = outbox;
    const timer = setInterval(() => {
      this.lookForStuck(new Date());
    }, lookForStuckMs);
    timer.unref();
    this.#ended.signal.addEventListener("abort", () => {
      clearInterval(timer);
    });
  }

  /**
   * Takes up what was on its way. Never throws.
   *
   * @param record of the rollout that is running or ended last: where nothing was ever told, an old end is no news
   */
  static async open(options: NoticesOptions, record: RolloutRecord | null): Promise<Notices> {
    const { outbox, isNew } = await Outbox.open(options.stateFolder, options.notices.channels, options.log);
    const notices = new Notices(options, outbox);
    const told = isNew && record?.verdict ? noticesOf(record, options.notices.environment) : [];
    for (const { id } of told) outbox.remember(id);
    if (record) notices.saw(record);
    for (const channel of options.notices.channels) void notices.#drain(channel);
    return notices;
  }

  /** A record's present state, or the same again. */
  saw(record: RolloutRecord): void {
    this.#record = record;
    this.#guarded(() => noticesOf(record, this.#options.notices.environment));
  }

  /** Asked every second by itself. */
  lookForStuck(now: Date): void {
    const record = this.#record;
    if (record) {
      this.#guarded(() => {
        const stuck = stuckNotice(record, this.#options.notices, this.#options.config, now);
        return stuck === null ? [] : [stuck];
      });
    }
  }

  /** Notices on their way, all channels together. */
  get waiting(): number {
    return this.#outbox.waiting;
  }

  /** Sends nothing more; what waits stays on disk. */
  close(): void {
    this.#ended.abort();
  }

  #guarded(due: () => readonly Notice[]): void {
    try {
      for (const notice of due()) if (!this.#outbox.isKnown(notice.id)) void this.#post(notice);
    } catch (error) {
      this.#options.log(
        `notices: got ${error instanceof Error ? error.name : "an error"}; rollouts go on without them`,
      );
    }
  }

  async #post(notice: Notice): Promise<void> {
    const { notices } = this.#options;
    const now = Date.now();
    const channels = notices.channels.filter((channel) => isRouted(notice, channel, notices));
    this.#outbox.remember(notice.id);
    for (const { name } of channels) {
      const lost = this.#outbox.add({ channel: name, notice, since: now, tries: 0, notBefore: 0 });
      if (lost) this.#lost(lost, "too many are waiting", "see why the earlier ones are not taken");
    }
    await this.#outbox.save();
    for (const channel of channels) void this.#drain(channel);
  }

  get #isClosed(): boolean {
    return this.#ended.signal.aborted;
  }

  async #drain(channel: Channel): Promise<void> {
    if (this.#draining.has(channel.name)) return;
    this.#draining.add(channel.name);
    const { signal } = this.#ended;
    try {
      for (let entry = this.#outbox.first(channel.name); entry; entry = this.#outbox.first(channel.name)) {
        // A clock that was set back must not make it wait for ever.
        const pauseMs = Math.min(Math.max(0, entry.notBefore - Date.now()), this.#patience.maxAgeMs);
        if (pauseMs > 0) await sleep(pauseMs, undefined, { ref: false, signal });
        const outcome = await send(entry.notice, channel, { ...this.#options, limitMs: this.#patience.limitMs });
        if (this.#isClosed) return;
        this.#settle(entry, outcome);
        await this.#outbox.save();
      }
    } catch (error) {
      if (!this.#isClosed) this.#options.log(`notices: ${channel.name} stops, got ${(error as Error).name}`);
    } finally {
      this.#draining.delete(channel.name);
    }
  }

  #settle(entry: Entry, outcome: Outcome): void {
    const { channel, tries, since } = entry;
    const { firstPauseMs, longestPauseMs, maxTries, maxAgeMs } = this.#patience;
    if (outcome.is === "sent") {
      this.#ailing.delete(channel);
      this.#outbox.remove(entry);
      return;
    }
    const now = Date.now();
    const backoffMs = Math.min(longestPauseMs, firstPauseMs * 2 ** tries) * (0.5 + Math.random() / 2);
    const pauseMs = outcome.is === "later" ? Math.max(backoffMs, outcome.afterMs) : Infinity;
    if (tries + 1 >= maxTries || now + pauseMs > since + maxAgeMs) {
      this.#outbox.remove(entry);
      this.#lost(entry, outcome.problem, outcome.fix);
      return;
    }
    this.#outbox.replace(entry, { ...entry, tries: tries + 1, notBefore: now + pauseMs });
    if (!this.#ailing.has(channel)) {
      const minutes = Math.ceil(maxAgeMs / 60_000);
      this.#say(entry, `${outcome.problem}, trying again for up to ${minutes} min`, outcome.fix);
    }
    this.#ailing.add(channel);
  }

  #lost(entry: Entry, problem: string, fix: string): void {
    this.#say(entry, `not sent, ${problem}; the rollout is not touched by it`, fix);
  }

  #say({ notice: { event, rollout }, channel }: Entry, problem: string, fix: string): void {
    this.#options.log(`notice ${event} of rollout ${rollout} to ${channel}: ${problem}. Fix: ${fix}`);
  }
}
