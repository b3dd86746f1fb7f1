import { createHash } from "node:crypto";
import type { Log, Result } from "sarif";
import type { Checklist, ItemResult } from "../model.ts";
import { lineOf } from "./lines.ts";

/** The stack file, as results point into it. */
export interface StackFile {
  /** From the repository's top, with slashes. */
  readonly path: string;
  readonly text: string;
}

/**
 * SARIF 2.1.0 for GitHub's code scanning, which refuses a whole file when one result has no place. An item that is not set stands at the
 * file's first line.
 */
export function sarifOf({ stack, items }: Checklist, file: StackFile, version: string): string {
  const rules = items.map(({ name, title }) => ({ id: name, shortDescription: { text: title } }));
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "slipway-checklist", semanticVersion: version, rules } },
        automationDetails: { id: `slipway-checklist/${stack}/` },
        results: items.flatMap((item) => resultOf(item, stack, file)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultOf({ name, title, setting, outcome, evidence }: ItemResult, stack: string, file: StackFile): Result[] {
  if (outcome === "proven" || outcome === "skipped") return [];
  const said = evidence.flatMap(({ findings }) => findings.filter((each) => each.outcome !== "proven").map(lineOf));
  const fingerprint = createHash("sha256").update(`${stack}/${name}`).digest("hex");
  return [
    {
      ruleId: name,
      level: outcome === "broken" ? "error" : "warning",
      message: { text: [`${title}:`, ...said].join("\n") },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: encodeURI(file.path) },
            region: { startLine: lineIn(file.text, setting) },
          },
        },
      ],
      partialFingerprints: { "slipwayItem/v1": fingerprint },
    },
  ];
}

/** Line of a setting, or of the section that it belongs to. */
function lineIn(text: string, setting: string): number {
  const [section = setting] = setting.split(".");
  const index = text.split("\n").findIndex((line) => line.trimStart().replace(/^"/, "").startsWith(section));
  return Math.max(0, index) + 1;
}
