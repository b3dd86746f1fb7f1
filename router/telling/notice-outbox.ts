import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Field } from "../field.ts";
import type { Channel } from "./notice-config.ts";
import type { Notice } from "./notice-text.ts";
import { Scribe } from "./scribe.ts";

/** One notice on its way to one channel. Times in ms since 1970. */
export interface Entry {
  readonly channel: Channel["name"];
  readonly notice: Notice;
  readonly since: number;
  /** Tries so far, all in vain. */
  readonly tries: number;
  readonly notBefore: number;
}

/** Far more than are ever on their way: a few events a rollout. */
export const maxWaiting = 50;
/** Notices that are remembered so as not to be sent again. */
const maxKnown = 400;

const channelNames = ["webhook", "slack", "email", "pagerduty"] as const;

/**
 * The notices that are due, on disk before they are sent: after a crash none is missing and none is made again. Each channel is a queue
 * of its own and keeps its order, so that a late alarm can't overtake the all-clear.
 */
export class Outbox {
  readonly #path: string;
  readonly #scribe: Scribe;
  #known: string[] = [];
  #waiting: Entry[] = [];

  private constructor(path: string, log: (line: string) => void) {
    this.#path = path;
    this.#scribe = new Scribe(log);
  }

  /** Never throws: a damaged file is left behind as if it were missing. @returns `isNew` if nothing was known */
  static async open(
    stateFolder: string,
    channels: readonly Channel[],
    log: (line: string) => void,
  ): Promise<{ outbox: Outbox; isNew: boolean }> {
    const path = join(stateFolder, "notices.json");
    const outbox = new Outbox(path, log);
    try {
      const root = Field.parse(path, await readFile(path, "utf8"));
      root.get("schema").integer(1, 1);
      outbox.#known = root.get("known").list((item) => item.text());
      const waiting = root.get("waiting").list(parseEntry);
      // A channel that is no longer configured has nothing to wait for.
      outbox.#waiting = waiting.filter((entry) => channels.some(({ name }) => name === entry.channel));
      return { outbox, isNew: false };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") log(`${path}: can't be read; notices start anew`);
      return { outbox, isNew: true };
    }
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  isKnown(id: string): boolean {
    return this.#known.includes(id);
  }

  /** Never to be sent, or never again. */
  remember(id: string): void {
    this.#known = [...this.#known, id].slice(-maxKnown);
  }

  /** @returns what had to go because the channel's queue is full: its oldest */
  add(entry: Entry): Entry | null {
    this.#waiting.push(entry);
    const own = this.#waiting.filter(({ channel }) => channel === entry.channel);
    const [oldest] = own;
    if (!oldest || own.length <= maxWaiting) return null;
    this.remove(oldest);
    return oldest;
  }

  first(channel: Channel["name"]): Entry | null {
    return this.#waiting.find((entry) => entry.channel === channel) ?? null;
  }

  remove(entry: Entry): void {
    this.#waiting = this.#waiting.filter((other) => other !== entry);
  }

  replace(entry: Entry, next: Entry): void {
    this.#waiting = this.#waiting.map((other) => (other === entry ? next : other));
  }

  /** Never throws; see `Scribe`. */
  save(): Promise<void> {
    return this.#scribe.write(
      this.#path,
      `${JSON.stringify({ schema: 1, known: this.#known, waiting: this.#waiting })}\n`,
    );
  }
}

function parseEntry(field: Field): Entry {
  const time = (key: string) => field.get(key).number(0, Number.MAX_SAFE_INTEGER);
  const notice = field.get("notice");
  for (const key of ["id", "title", "service", "at"]) notice.get(key).text();
  return {
    channel: field.get("channel").oneOf(channelNames),
    // Written by ourselves, as a whole or not at all.
    notice: notice.value as Notice,
    since: time("since"),
    tries: field.get("tries").integer(0, 1_000_000),
    notBefore: time("notBefore"),
  };
}
