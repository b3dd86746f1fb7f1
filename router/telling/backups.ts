import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Field } from "../field.ts";
import { writeDurably } from "../journal.ts";

/** What is made to save data: on the host, or elsewhere. */
export const saved = ["backup", "copy"] as const;
export type Saved = (typeof saved)[number];

/** What became of the last ones of a kind. Times are ISO 8601. */
export interface Savings {
  /** The last one that is there, by the backup's name. @default none was told of */
  readonly last?: { readonly name: string; readonly at: string };
  /** The last attempt, if it failed. */
  readonly failed?: { readonly name: string; readonly at: string; readonly problem: string };
}
export type Backups = Readonly<Record<Saved, Savings>>;

/** What a script on the host tells of one. */
export interface Outcome {
  readonly kind: Saved;
  readonly name: string;
  /** Why there is none; null: there is. */
  readonly problem: string | null;
}

const pathOf = (stateFolder: string) => join(stateFolder, "backups.json");
const none: Backups = { backup: {}, copy: {} };

/** @throws InvalidInput */
function parse(text: string): Backups {
  const root = Field.parse("backups.json", text);
  const one = (kind: Saved): Savings => {
    const event = (field: Field) => ({ name: field.get("name").text(), at: field.get("at").text() });
    const last = root.get(kind).get("last").optional(event);
    const failed = root
      .get(kind)
      .get("failed")
      .optional((field) => ({ ...event(field), problem: field.get("problem").text() }));
    return { ...(last === null ? {} : { last }), ...(failed === null ? {} : { failed }) };
  };
  return { backup: one("backup"), copy: one("copy") };
}

/** What is known then. A failure leaves what is there; one that is there ends the failure. */
export const after = (before: Backups, { kind, name, problem }: Outcome, at: string): Backups => ({
  ...before,
  [kind]:
    problem === null
      ? { last: { name, at } }
      : { ...(before[kind].last ? { last: before[kind].last } : {}), failed: { name, at, problem } },
});

/** What the controller was told of backups and their copies, over its restarts. It only looks on: no backup waits for it. */
export class BackupBook {
  readonly #stateFolder: string;
  #known: Backups;
  #written: Promise<void> = Promise.resolve();

  private constructor(stateFolder: string, known: Backups) {
    this.#stateFolder = stateFolder;
    this.#known = known;
  }

  /** Never throws: what can't be read is told anew with the next backup. */
  static async open(stateFolder: string, log: (line: string) => void): Promise<BackupBook> {
    const known = await readFile(pathOf(stateFolder), "utf8")
      .then(parse)
      .catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT")
          log(`backups: what was known of them can't be read, got ${String(error)}; it begins anew`);
        return none;
      });
    return new BackupBook(stateFolder, known);
  }

  get known(): Backups {
    return this.#known;
  }

  /** @throws if it can't be written */
  tell(outcome: Outcome): Promise<void> {
    this.#known = after(this.#known, outcome, new Date().toISOString());
    const text = `${JSON.stringify(this.#known)}\n`;
    this.#written = this.#written.catch(() => undefined).then(() => writeDurably(pathOf(this.#stateFolder), text));
    return this.#written;
  }
}
