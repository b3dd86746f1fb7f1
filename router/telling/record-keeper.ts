import { leftBehind, type LeftBehind } from "../left-behind.ts";
import { Refusal, slots, type Hand, type Ledger, type Slot } from "../ledger.ts";
import { listRecords, pruneRecords, readRecord, recordPath } from "./record-store.ts";
import {
  recordAfter,
  unknownOrigin,
  withFigures,
  withHand,
  type Chronicler,
  type Figures,
  type Guarded,
  type HandMade,
  type Origin,
  type RolloutRecord,
} from "./record.ts";
import { Scribe } from "./scribe.ts";
import { TrafficTally } from "../slot-traffic.ts";

/** A server with its counters, as the tally reads them. */
export type CountedServer = Parameters<TrafficTally["add"]>[0][number];

export interface RecordKeeperOptions {
  readonly service: string;
  readonly stateFolder: string;
  /** Asks the proxy for its counters; may fail. */
  readonly proxyState: () => Promise<{ readonly servers: ReadonlyMap<string, CountedServer> }>;
  /** Is told every change of the record. */
  readonly onChange: (record: RolloutRecord) => void;
  readonly log: (line: string) => void;
  /** @default the wall clock */
  readonly now?: () => Date;
}

/** Times that only a better observer than the proxy's counters knows. */
export type Times = Pick<Figures, "p50Ms" | "p95Ms" | "p99Ms">;
const noTimes: Times = { p50Ms: null, p95Ms: null, p99Ms: null };

/**
 * Keeps the record of the rollout in the ledger. It only looks on: nothing here can throw into, or delay, whoever moves traffic.
 */
export class RecordKeeper implements Chronicler {
  readonly #options: RecordKeeperOptions;
  readonly #scribe: Scribe;
  #record: RolloutRecord | null = null;
  /** Figures from before this process took up the rollout. */
  #base: RolloutRecord["traffic"] = { blue: null, green: null };
  #tallies = newTallies();
  #origin: Origin & { readonly rollout: number } = { rollout: 0, ...unknownOrigin };
  #guarded: (Guarded & { readonly rollout: number }) | undefined;
  readonly #times: Record<Slot, Times> = { blue: noTimes, green: noTimes };

  private constructor(options: RecordKeeperOptions) {
    this.#options = options;
    this.#scribe = new Scribe(options.log);
  }

  /** Takes up the record of the rollout that was running or ended last. Never throws. */
  static async open(options: RecordKeeperOptions, ledger: Ledger): Promise<RecordKeeper> {
    const keeper = new RecordKeeper(options);
    const known = ledger.running?.rollout ?? ledger.last?.rollout;
    if (known !== undefined) keeper.#record = await readRecord(options.stateFolder, known).catch(() => null);
    keeper.#base = keeper.#record?.traffic ?? keeper.#base;
    keeper.saw(ledger);
    return keeper;
  }

  get record(): RolloutRecord | null {
    return this.#record;
  }

  introduce(rollout: number, origin: Origin): void {
    this.#origin = { rollout, ...origin };
  }

  guarded(rollout: number, { from, to }: Guarded): void {
    this.#guarded = { rollout, from, to };
  }

  async leftBehind(): Promise<LeftBehind | null> {
    const records = await listRecords(this.#options.stateFolder).catch(() => []);
    return this.#record && leftBehind(this.#record, records);
  }

  /** Adds to the last rollout's record what somebody found out about the databases. @throws Refusal */
  note(rollout: number, data: readonly string[]): void {
    const record = this.#record;
    if (record?.rollout !== rollout) {
      throw new Refusal(`note: got rollout ${rollout}; allowed ${record?.rollout ?? "none yet"}. Fix: leave it`);
    }
    this.#keep({ ...record, data });
  }

  handled(command: HandMade["command"], hand: Hand): void {
    if (this.#record === null) return;
    this.#keep(withHand(this.#record, { command, ...hand }));
    this.#options.onChange(this.#record);
  }

  /** Times of the slot's answers since the rollout began. */
  timed(slot: Slot, times: Times): void {
    this.#times[slot] = times;
  }

  /** A change of the ledger, or the same again. */
  saw(ledger: Ledger): void {
    try {
      const { service, now = () => new Date() } = this.#options;
      const rollout = ledger.running?.rollout ?? ledger.last?.rollout;
      const origin = this.#origin.rollout === rollout ? this.#origin : unknownOrigin;
      const guarded = this.#guarded?.rollout === rollout ? this.#guarded : undefined;
      const before = this.#record;
      const record = recordAfter(before, ledger, { service, origin, guarded, at: now().toISOString() });
      if (!record || JSON.stringify(record) === JSON.stringify(before)) return;
      if (record.rollout !== before?.rollout) this.#begin();
      this.#keep(record);
      this.#options.onChange(record);
      void this.#measure(record.rollout);
    } catch (error) {
      this.#options.log(
        `record: can't be kept, got ${error instanceof Error ? error.name : "an error"}; rollouts go on`,
      );
    }
  }

  #begin(): void {
    this.#base = { blue: null, green: null };
    this.#tallies = newTallies();
    for (const slot of slots) this.#times[slot] = noTimes;
  }

  #keep(record: RolloutRecord): void {
    const { stateFolder } = this.#options;
    this.#record = record;
    void this.#scribe
      .write(recordPath(stateFolder, record.rollout), `${JSON.stringify(record)}\n`)
      .then(() => (record.verdict === null ? undefined : pruneRecords(stateFolder)))
      .catch(() => undefined);
  }

  /** Reads the proxy's counters: at the start, at each step, and at the end. */
  async #measure(rollout: number): Promise<void> {
    const state = await this.#options.proxyState().catch(() => null);
    if (!state || this.#record?.rollout !== rollout) return;
    const servers = [...state.servers.values()];
    let record = this.#record;
    for (const slot of slots) {
      this.#tallies[slot].add(servers.filter(({ name }) => name.startsWith(`${slot}-`)));
      record = withFigures(record, slot, { ...this.#tallies[slot].traffic, ...this.#times[slot] }, this.#base[slot]);
    }
    this.#keep(record);
  }
}

const newTallies = (): Record<Slot, TrafficTally> => ({ blue: new TrafficTally(), green: new TrafficTally() });
