/** From so many addresses on, one of them can't decide; below, everybody counts, as a test or an office may be all there is. */
const many = 10;
/** Largest share of a slot's answers that one address has in the verdict, in percent. */
const maxPercent = 10;
/** So many answers of an address always count. */
export const alwaysCounted = 1;
/** Longest list of addresses that is kept. */
const mostKnown = 20_000;

/** Who was seen in a rollout, in both slots together. */
export class Clients {
  readonly #seen = new Set<string>();

  saw(address: string): void {
    if (this.#seen.size < mostKnown) this.#seen.add(address);
  }

  /** Whether one address's weight is bounded. */
  get areMany(): boolean {
    return this.#seen.size >= many;
  }
}

/** Bounds what one address weighs in the verdict on a slot, so that nobody outside can veto a release alone. */
export class ClientWeights {
  readonly #clients: Clients;
  readonly #counted = new Map<string, number>();
  #total = 0;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  get areBounded(): boolean {
    return this.#clients.areMany;
  }

  /** Whether another answer to this address counts. */
  counts(address: string): boolean {
    this.#clients.saw(address);
    const had = this.#counted.get(address) ?? 0;
    const allowed = Math.max(alwaysCounted, (this.#total * maxPercent) / 100);
    if (this.areBounded && had + 1 > allowed) return false;
    if (had > 0 || this.#counted.size < mostKnown) this.#counted.set(address, had + 1);
    this.#total++;
    return true;
  }
}
