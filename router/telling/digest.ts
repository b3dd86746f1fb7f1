import { mkdir, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Field } from "../field.ts";
import { kinds, type Kind } from "../ledger.ts";
import { strategies, type Strategy } from "../rolling.ts";
import { drillReason, type RolloutRecord } from "./record.ts";

/** One rollout that is over, for figures over any time. */
export interface Digested {
  readonly rollout: number;
  readonly kind: Kind;
  readonly strategy: Strategy;
  readonly version: string;
  /** Id of the release. */
  readonly release: string;
  /** Id of what was live before; null at the first release. */
  readonly from: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly verdict: "promoted" | "rejected";
  /** Largest share of the traffic that it had, in percent. */
  readonly reachedPercent: number;
  /** Whether a backup was made for it. */
  readonly backedUp: boolean;
  /** The rollback was only practised. @default it was meant */
  readonly drill?: true;
}

const fileOf = (stateFolder: string): string => join(stateFolder, "rollouts.jsonl");
const keyOf = ({ rollout, startedAt }: Pick<Digested, "rollout" | "startedAt">): string => `${rollout} ${startedAt}`;

/** @returns null while the rollout runs */
export function digested(record: RolloutRecord): Digested | null {
  const { rollout, kind, strategy = "blue-green", to, from, startedAt, endedAt, verdict, steps, backup } = record;
  if (verdict === null || endedAt === null) return null;
  const reachedPercent = Math.max(0, ...steps.map(({ percent }) => percent));
  const release = { version: to.version, release: to.id, from: from?.id ?? null };
  return {
    rollout,
    kind,
    strategy,
    ...release,
    startedAt,
    endedAt,
    verdict,
    reachedPercent,
    backedUp: backup.length > 0,
    ...(isDrill(record) ? { drill: true } : {}),
  };
}

const isDrill = ({ kind, hands = [] }: RolloutRecord): boolean =>
  kind === "rollback" && hands.some(({ command, reason }) => command === "rollback" && reason?.startsWith(drillReason));

/** What the file holds, the oldest first. A last line that is cut off was never written; a damaged one is left out. */
export async function readDigest(stateFolder: string): Promise<Digested[]> {
  return parseDigest(await readFile(fileOf(stateFolder), "utf8").catch(emptyIfMissing));
}

/** @see readDigest */
export const parseDigest = (text: string): Digested[] =>
  text.split("\n").flatMap((line) => {
    try {
      return [parseLine(line)];
    } catch {
      return [];
    }
  });

function parseLine(line: string): Digested {
  const root = Field.parse("rollouts.jsonl", line);
  const time = (key: string) => root.get(key).text(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  return {
    rollout: root.get("rollout").integer(1, Number.MAX_SAFE_INTEGER),
    kind: root.get("kind").oneOf(kinds),
    strategy: root.get("strategy").oneOf(strategies),
    version: root.get("version").text(),
    release: root.get("release").text(),
    from: root.get("from").nullable((field) => field.text()),
    startedAt: time("startedAt"),
    endedAt: time("endedAt"),
    verdict: root.get("verdict").oneOf(["promoted", "rejected"]),
    reachedPercent: root.get("reachedPercent").number(0, 100),
    backedUp: root.get("backedUp").value === true,
    ...(root.get("drill").value === true ? { drill: true } : {}),
  };
}

const emptyIfMissing = (error: unknown): string => {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
  throw error;
};

/**
 * A line for each rollout that is over, in a file that only grows: records go after a hundred rollouts, a line of 300 bytes never. It
 * only looks on: nothing here can throw into, or delay, whoever moves traffic.
 */
export class Digest {
  readonly #path: string;
  readonly #log: (line: string) => void;
  readonly #known = new Set<string>();
  #rollouts: Digested[];
  /** Lines that are not on the disk yet. */
  #pending: string[] = [];
  #work: Promise<void> = Promise.resolve();
  #isFailing = false;

  private constructor(path: string, rollouts: Digested[], log: (line: string) => void) {
    this.#path = path;
    this.#log = log;
    this.#rollouts = rollouts;
    for (const each of rollouts) this.#known.add(keyOf(each));
  }

  /** @param records those that are kept, in any order: what ended unseen is added. Never throws. */
  static async open(
    stateFolder: string,
    records: readonly RolloutRecord[],
    log: (line: string) => void,
  ): Promise<Digest> {
    const rollouts = await readDigest(stateFolder).catch(() => []);
    const digest = new Digest(fileOf(stateFolder), rollouts, log);
    for (const record of records.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt))) digest.saw(record);
    return digest;
  }

  /** Every rollout that is over, in the order in which they were seen. */
  get rollouts(): readonly Digested[] {
    return this.#rollouts;
  }

  /** A record's present state, or the same again. */
  saw(record: RolloutRecord): void {
    const line = digested(record);
    if (line === null || this.#known.has(keyOf(line))) return;
    this.#known.add(keyOf(line));
    this.#rollouts = [...this.#rollouts, line];
    this.#pending.push(JSON.stringify(line));
    this.#work = this.#work.then(() => this.#write());
  }

  /** When all that was seen is on the disk, or could not be written. */
  get written(): Promise<void> {
    return this.#work;
  }

  async #write(): Promise<void> {
    const lines = this.#pending;
    if (lines.length === 0) return;
    try {
      await append(this.#path, lines);
      this.#pending = this.#pending.slice(lines.length);
      this.#isFailing = false;
    } catch (error) {
      const got = (error as NodeJS.ErrnoException).code ?? "an error";
      if (!this.#isFailing)
        this.#log(
          `${this.#path}: can't be written, got ${got}; rollouts go on without it. Fix: make room on the host's disk`,
        );
      this.#isFailing = true;
    }
  }
}

async function append(path: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "a+", 0o640);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: Math.max(0, size - 1) });
    // What a power cut has left of a line stays one of its own.
    const isCut = size > 0 && buffer.toString() !== "\n";
    await file.appendFile(`${isCut ? "\n" : ""}${lines.join("\n")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
