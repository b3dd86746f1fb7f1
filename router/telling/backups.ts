import { Field } from "../field.ts";
import type { BookForm } from "./book.ts";

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
const after = (before: Backups, { kind, name, problem }: Outcome, at: string): Backups => ({
  ...before,
  [kind]:
    problem === null
      ? { last: { name, at } }
      : { ...(before[kind].last ? { last: before[kind].last } : {}), failed: { name, at, problem } },
});

/** What the controller was told of backups and their copies. */
export const backupBook: BookForm<Backups, Outcome> = {
  file: "backups.json",
  about: "backups: what was known of them",
  none: { backup: {}, copy: {} },
  parse,
  textOf: JSON.stringify,
  after,
};
