import type { Checklist } from "../model.ts";
import { headline, lineOf, tally } from "./lines.ts";

/** For a person at a terminal. */
export function textOf({ stack, items }: Checklist): string {
  const lines = items.flatMap((item) => [
    headline(item),
    ...item.evidence.flatMap(({ findings }) => findings.map((finding) => `    ${lineOf(finding)}`)),
  ]);
  return [...lines, `stack ${stack}: ${tally(items)}`].map((line) => `${line}\n`).join("");
}
