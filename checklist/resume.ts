import { z } from "zod";
import { itemNames, outcomes, titles, worst, type Item, type ItemName, type ItemResult } from "./model.ts";

/** An earlier look stands for so long. */
const longestHours = 24;

const finding = z.object({ outcome: z.enum(outcomes), detail: z.string(), fix: z.string().nullable() });
const evidence = z.object({
  probe: z.string(),
  outcome: z.enum(outcomes),
  at: z.iso.datetime(),
  digest: z.string(),
  findings: z.array(finding).min(1),
});
const report = z.object({
  stack: z.string(),
  items: z.array(
    z.object({
      name: z.enum(itemNames as [ItemName, ...ItemName[]]),
      outcome: z.enum([...outcomes, "skipped"]),
      setting: z.string(),
      evidence: z.array(evidence),
    }),
  ),
});

/**
 * What an earlier run of the same stack has proven, and when. What was broken or not seen then is not in it, nor what was seen too long ago.
 *
 * @param text what the run printed with `--json`
 * @throws Error in one line, where it is no such report
 */
export function earlierProofs(text: string, stack: string, now: Date): ReadonlyMap<ItemName, ItemResult> {
  const parsed = report.safeParse(jsonOf(text));
  if (!parsed.success) throw new Error("is no report of slipway checklist --json");
  if (parsed.data.stack !== stack)
    throw new Error(`is about another stack, got ${parsed.data.stack}; allowed ${stack}`);
  const proofs = parsed.data.items.flatMap(({ name, setting, outcome, evidence: seen }) => {
    const times = seen.map(({ at }) => Date.parse(at));
    const age = now.getTime() - Math.min(...times);
    // The findings decide, whatever the report says above them; and a clock that runs ahead proves nothing.
    const isProven =
      outcome === "proven" && worst(seen.flatMap(({ findings }) => findings.map((one) => one.outcome))) === "proven";
    if (!isProven || age > longestHours * 3_600_000 || Math.max(...times) > now.getTime()) return [];
    const reason = `as seen at ${new Date(Math.min(...times)).toISOString()}`;
    return [[name, { name, title: titles[name], setting, outcome, reason, evidence: seen }] as const];
  });
  return new Map(proofs);
}

/** Whether an earlier look answers all that would be looked at now: another host, or a drill, was not. */
export const answers = ({ evidence: seen }: ItemResult, { probes }: Item): boolean =>
  probes.every(({ name }) => seen.some(({ probe }) => probe === name));

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
