/** Whoever waits: events of an owner that died never come. */
export type Owner = string;

interface Event {
  readonly at: number;
  readonly order: number;
  readonly owner: Owner;
  readonly work: () => void;
}

// Before anybody puts a simulated one in its place.
const turn = globalThis.setImmediate;

/** Virtual time in ms. One event at a time, and between two of them every promise that can go on has gone on. */
export class SimulatedClock {
  now = 0;
  #order = 0;
  readonly #events: Event[] = [];

  /** @returns undoes it */
  after(ms: number, owner: Owner, work: () => void): () => void {
    const event: Event = { at: this.now + ms, order: this.#order++, owner, work };
    let index = this.#events.length;
    while (index > 0 && (this.#events[index - 1]?.at ?? 0) > event.at) index--;
    this.#events.splice(index, 0, event);
    return () => {
      const found = this.#events.indexOf(event);
      if (found >= 0) this.#events.splice(found, 1);
    };
  }

  /** Takes away everything that the owner waits for. */
  drop(owner: Owner): void {
    for (let index = this.#events.length - 1; index >= 0; index--) {
      if (this.#events[index]?.owner === owner) this.#events.splice(index, 1);
    }
  }

  /** Lets all promises settle, then runs the next event. @returns whether there was one */
  async step(): Promise<boolean> {
    await new Promise((resolve) => turn(resolve));
    const event = this.#events.shift();
    if (!event) return false;
    this.now = event.at;
    event.work();
    return true;
  }
}
