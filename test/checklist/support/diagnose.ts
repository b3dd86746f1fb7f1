import type { Finding, Item } from "../../../checklist/model.ts";
import { runChecklist } from "../../../checklist/run-checklist.ts";

/** What an item comes to: its outcome, and all findings that are not proven as `detail → fix`. */
export async function diagnose(...items: readonly Item[]): Promise<{ outcome: string; says: string }> {
  const results = await runChecklist(items);
  const findings = results.flatMap(({ evidence }) => evidence.flatMap((each) => each.findings));
  const told = findings.filter(({ outcome }) => outcome !== "proven").map(words);
  return { outcome: results.map(({ outcome }) => outcome).join(), says: told.join("\n") };
}

const words = ({ detail, fix }: Finding): string => `${detail} → ${fix ?? ""}`;
