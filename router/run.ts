import { EventEmitter, once } from "node:events";
import type { Rollout } from "./rollout.ts";

/** What `promote` and `rollback` stream: lines, then one end. */
export type Progress = { readonly line: string } | { readonly end: "ok" | "failed"; readonly message: string };

/** A rollout in this process, with its lines so far for those who join later. */
export class Run {
  readonly rollout: Rollout;
  readonly number: number;
  readonly lines: string[] = [];
  readonly changed = new EventEmitter();
  isOver = false;
  readonly #log: (line: string) => void;

  constructor(number: number, rollout: (say: (line: string) => void) => Rollout, log: (line: string) => void) {
    this.number = number;
    this.#log = log;
    this.rollout = rollout((line) => {
      this.say(line);
    });
    this.changed.setMaxListeners(0);
  }

  add(line: string): void {
    this.lines.push(line);
    this.changed.emit("change");
  }

  /** For those who follow and for the log. */
  say(line: string): void {
    this.add(line);
    this.#log(line);
  }

  close(): void {
    this.isOver = true;
    this.changed.emit("change");
  }

  /** All lines from the first on, until the rollout is over. */
  async *follow(): AsyncGenerator<Progress> {
    for (let next = 0; ;) {
      while (next < this.lines.length) yield { line: this.lines[next++] ?? "" };
      if (this.isOver) return;
      await once(this.changed, "change");
    }
  }
}
