import type { Finding, ItemResult, Outcome } from "../model.ts";

/** How each outcome is marked, in text and in Markdown. */
export const marks: Readonly<Record<Outcome | "skipped", string>> = {
  proven: "✓",
  broken: "✗",
  "could-not-look": "?",
  skipped: "–",
};

/** Each outcome for people. */
export const words: Readonly<Record<Outcome | "skipped", string>> = {
  proven: "proven",
  broken: "broken",
  "could-not-look": "could not look",
  skipped: "skipped",
};

/** One item on one line: `✓ ssh-access: SSH access to servers verified`. */
export const headline = ({ name, title, outcome, reason }: ItemResult): string =>
  `${marks[outcome]} ${name}: ${title}${outcome === "proven" && reason === undefined ? "" : ` — ${words[outcome]}${reason === undefined ? "" : `, ${reason}`}`}`;

/** A finding on one line, with what to do. */
export const lineOf = ({ detail, fix }: Finding): string =>
  `${detail.replace(/\.$/, "")}.${fix === null ? "" : ` Fix: ${fix}`}`.replace(/\s+/g, " ");

/** `7 proven, 2 broken, 1 could not look`. */
export function tally(items: readonly ItemResult[]): string {
  const kinds = ["proven", "broken", "could-not-look", "skipped"] as const;
  return kinds
    .map((kind) => [items.filter(({ outcome }) => outcome === kind).length, words[kind]] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(", ");
}
