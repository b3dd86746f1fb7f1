import { defineCommand } from "citty";
import type { Census } from "../github/take-census.ts";
import { census } from "./census.ts";
import { configArguments, readConfiguration } from "./stack.ts";

/** Exit code when GitHub is not as declared: 1 is an error, as in every command. */
const driftCode = 2;

export const drift = defineCommand({
  meta: {
    name: "drift",
    description:
      "Say in plain words where GitHub is not as declared; exit code 2 if it is not, 1 if that can't be told",
  },
  args: { ...configArguments, json: { type: "boolean", description: "Print JSON" } },
  run: async ({ args }) => {
    const configuration = readConfiguration(args);
    const { github } = configuration;
    const name = `${github.owner}/${github.repository}`;
    process.stderr.write(`Asking GitHub about ${name} (some seconds, at most 2 min) …\n`);
    const found = await census(configuration);
    process.stdout.write(args.json ? `${JSON.stringify(found, null, 2)}\n` : report(name, found));
    if (found.findings.length > 0) process.exitCode = driftCode;
  },
});

function report(name: string, { findings, weakened, hidden }: Census): string {
  const unseen =
    hidden.length === 0
      ? ""
      : `Hidden from this token, so not compared:\n${hidden.map((part) => `- ${part}\n`).join("")}`;
  if (findings.length === 0) return `${name} is as declared${unseen && ", as far as this token can see"}.\n${unseen}`;
  const counts = (["changed", "missing", "undeclared"] as const)
    .map((is) => [findings.filter((finding) => finding.is === is).length, is] as const)
    .filter(([count]) => count > 0)
    .map(([count, is]) => `${count} ${is}`);
  const lines = findings.map(({ sentence }) => `- ${sentence}.\n`);
  const weaker =
    weakened.length === 0 ? "" : `Weaker than declared:\n${weakened.map(({ sentence }) => `- ${sentence}\n`).join("")}`;
  return `${name} is not as declared (${counts.join(", ")}):\n${lines.join("")}${weaker}${unseen}pulumi up --refresh mends what is changed or missing. What is undeclared is yours to declare or to remove; files change by pull request.\n`;
}
