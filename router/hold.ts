import { Refusal } from "./ledger.ts";

/** Who deploys to this host. */
export interface Holder {
  /** The person and machine, and the process where that is known. */
  readonly by: string;
  readonly since: string;
}

/**
 * One deploy at a time, from wherever and with whatever state. It lives as long as the connection that asked for it, so nothing is left
 * behind by whoever dies; what a person does on the host (`rollback`, `abort`) needs none.
 */
export class Hold {
  #holder: Holder | null = null;

  /** @returns what gives it back @throws Refusal that names the holder */
  take(by: string): () => void {
    this.refuseHeld();
    const holder = { by, since: new Date().toISOString() };
    this.#holder = holder;
    return () => {
      if (this.#holder === holder) this.#holder = null;
    };
  }

  /** @throws Refusal that names the holder */
  refuseHeld(): void {
    if (this.#holder === null) return;
    throw new Refusal(
      `host: ${this.#holder.by} deploys to it since ${this.#holder.since}; allowed one at a time. Fix: wait until that is over`,
    );
  }
}
