import { Field } from "./field.ts";
import { Refusal } from "./ledger.ts";

/** Who deploys to this host. */
export interface Holder {
  /** The person and machine, and the process where that is known. */
  readonly by: string;
  readonly since: string;
}

/** What `hold` reads as its first line on stdin. @throws InvalidInput */
export function parseHolder(text: string): { readonly by: string; readonly silenceMs: number } {
  const root = Field.parse("stdin", text);
  return {
    by: root.get("by").text(/^[^\p{Cc}]{1,200}$/u),
    silenceMs: root.get("silenceMs").integer(100, 3_600_000),
  };
}

/**
 * One deploy at a time, from wherever and with whatever state. It lives as long as the connection that asked for it, so nothing is left
 * behind by whoever dies; what a person does on the host (`rollback`, `abort`) needs none.
 */
export class Hold {
  #holder: Holder | null = null;

  /** @returns what gives it back @throws Refusal that names the holder */
  take(by: string): () => void {
    const holder = { by, since: new Date().toISOString() };
    if (this.#holder) {
      throw new Refusal(
        `host: ${this.#holder.by} deploys to it since ${this.#holder.since}; allowed one at a time. Fix: wait until that is over`,
      );
    }
    this.#holder = holder;
    return () => {
      if (this.#holder === holder) this.#holder = null;
    };
  }
}
