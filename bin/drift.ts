import type { Census } from "../github/take-census.ts";
import { censusOf } from "./census.ts";
import type { CommonOptions } from "./command.ts";
import { readGoverned } from "./engine.ts";
import { exitCodes } from "./exit-codes.ts";
import { printJson, teller } from "./print.ts";

/** `slipway drift`: says in plain words where GitHub is not as declared. */
export async function drift(options: CommonOptions): Promise<void> {
  const stack = await readGoverned(options, { changes: false });
  const name = `${stack.github.owner}/${stack.github.repository}`;
  teller(true)(`Asking GitHub about ${name} (some seconds, at most 2 min) …`);
  const found = await censusOf(stack);
  if (options.json) printJson(found);
  else for (const line of report(name, found)) teller(false)(line);
  if (found.findings.length > 0) process.exitCode = exitCodes.drifted;
}

function report(name: string, { findings, weakened, hidden }: Census): string[] {
  const unseen =
    hidden.length === 0 ? [] : ["Hidden from this token, so not compared:", ...hidden.map((part) => `- ${part}`)];
  const asFar = hidden.length === 0 ? "" : ", as far as this token can see";
  if (findings.length === 0) return [`${name} is as declared${asFar}.`, ...unseen];
  const counts = (["changed", "missing", "undeclared"] as const)
    .map((is) => [findings.filter((finding) => finding.is === is).length, is] as const)
    .filter(([count]) => count > 0)
    .map(([count, is]) => `${count} ${is}`);
  return [
    `${name} is not as declared (${counts.join(", ")}):`,
    ...findings.map(({ sentence }) => `- ${sentence}.`),
    ...(weakened.length === 0 ? [] : ["Weaker than declared:", ...weakened.map(({ sentence }) => `- ${sentence}`)]),
    ...unseen,
    "pulumi up mends what is changed or missing; a branch or a secret that is missing needs pulumi up --refresh. What is undeclared is yours to declare or to remove; files change by pull request.",
  ];
}
