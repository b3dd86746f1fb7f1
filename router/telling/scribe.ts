import { setTimeout as sleep } from "node:timers/promises";
import { writeDurably } from "../journal.ts";

/** How long anybody waits for a disk that hangs. */
const longestWaitMs = 5_000;

/**
 * Writes files that nothing may wait for: one write at a time, only the newest text of each file, and a disk that is full or hangs
 * is said once, until it works again.
 */
export class Scribe {
  readonly #log: (line: string) => void;
  readonly #waiting = new Map<string, string>();
  #work: Promise<void> | null = null;
  #isFailing = false;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** Never throws. Resolves when the text, or a newer one, is on the disk, could not be written, or after 5 s. */
  async write(path: string, text: string): Promise<void> {
    this.#waiting.set(path, text);
    this.#work ??= this.#drain().finally(() => (this.#work = null));
    await Promise.race([this.#work, sleep(longestWaitMs, undefined, { ref: false })]);
  }

  async #drain(): Promise<void> {
    for (let next = this.#next(); next; next = this.#next()) {
      try {
        await writeDurably(...next);
        this.#isFailing = false;
      } catch (error) {
        const got = (error as NodeJS.ErrnoException).code ?? "an error";
        if (!this.#isFailing) {
          this.#log(
            `${next[0]}: can't be written, got ${got}; rollouts go on without it. Fix: make room on the host's disk`,
          );
        }
        this.#isFailing = true;
      }
    }
  }

  #next(): [path: string, text: string] | null {
    const [next] = this.#waiting;
    if (next) this.#waiting.delete(next[0]);
    return next ?? null;
  }
}
