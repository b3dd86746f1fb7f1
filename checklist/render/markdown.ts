import type { Checklist, Evidence } from "../model.ts";
import { lineOf, marks, tally, words } from "./lines.ts";

/** For an issue: boxes as the guide has them, ticked only where an item is proven. */
export function markdownOf({ stack, at, items }: Checklist): string {
  const lines = items.flatMap(({ name, title, outcome, reason, evidence }) => [
    `- [${outcome === "proven" ? "x" : " "}] **${title}** (\`${name}\`): ${marks[outcome]} ${words[outcome]}${reason === undefined ? "" : `, ${plain(reason)}`}`,
    ...evidence.flatMap(linesOf),
  ]);
  return [`## Bootstrap checklist of \`${stack}\``, "", `${tally(items)}, at ${at}.`, "", ...lines, ""].join("\n");
}

const linesOf = ({ probe, at, digest, findings }: Evidence): string[] =>
  findings.map((finding) => `  - ${plain(probe)}: ${plain(lineOf(finding))} <sub>${at}, ${digest.slice(0, 12)}</sub>`);

/** Nothing that was found becomes markup, a mention or a link. */
const plain = (text: string): string =>
  text
    .replace(/[\\`*_[\]<>|~#]/g, "\\$&")
    .replace(/@(?=\w)/g, "@\u200b")
    .replace(/:\/\//g, ":\u200b//");
