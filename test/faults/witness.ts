import { readFileSync, watch, type FSWatcher } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { Ledger } from "../../router/ledger.ts";
import type { Status } from "../../router/telling/report.ts";
import type { TraceEntry } from "../router/support/replay.ts";

/** Notes what the journal of a real host held, each time that it was replaced, and what its proxy was seen to do. */
export class Witness {
  readonly trace: TraceEntry[] = [];
  readonly #journal: string;
  readonly #watcher: FSWatcher;

  /** @param folder the one on this machine that the journal is in; `journal` is its path */
  constructor(folder: string, journal: string) {
    this.#journal = journal;
    this.#watcher = watch(folder, (_, name) => {
      if (name === "journal.json") this.#look();
    });
    this.#look();
  }

  /** The controller's own word on both at one moment, which may have passed; none if that moment was missed. */
  saw({ ledger, weights }: Status): void {
    const known = this.trace.findLastIndex((entry) => "ledger" in entry && isDeepStrictEqual(entry.ledger, ledger));
    if (known >= 0 && weights) this.trace.splice(known + 1, 0, { weights });
  }

  stop(): void {
    this.#watcher.close();
  }

  #look(): void {
    this.trace.push({ ledger: JSON.parse(readFileSync(this.#journal, "utf8")) as Ledger });
  }
}
