import { expect, test, vi } from "vitest";
import { broken, evidenceOf, proven, titles, unseen, type Finding, type Item } from "../../checklist/model.ts";
import { earlierProofs } from "../../checklist/resume.ts";
import { runChecklist } from "../../checklist/run-checklist.ts";

const now = new Date("2026-11-27T08:00:00Z");
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);

/** What a run printed. */
function report(findings: readonly Finding[], { at = hoursAgo(1), stack = "staging", outcome = "" } = {}): string {
  const evidence = [evidenceOf("one", findings, at)];
  const said = outcome === "" ? evidence[0]?.outcome : outcome;
  const item = { name: "hooks", title: titles.hooks, setting: "slipway:github", outcome: said, evidence };
  return JSON.stringify({ stack, at: at.toISOString(), items: [item], outcome: said });
}
const proofs = (...args: Parameters<typeof report>) => earlierProofs(report(...args), "staging", now);
const good = [proven("it is there")];
const item = (look: Item["probes"][number]["look"], ...names: readonly string[]): Item => ({
  name: "hooks",
  setting: "slipway:github",
  probes: names.map((name) => ({ name, look })),
});

test("what was proven an hour ago is not looked at again, and its report says when it was", async () => {
  const look = vi.fn(() => Promise.resolve([broken("it is gone", "put it back")]));
  const [result] = await runChecklist([item(look, "one")], { earlier: proofs(good) });
  expect(look).not.toHaveBeenCalled();
  expect(result).toMatchObject({ outcome: "proven", reason: "as seen at 2026-11-27T07:00:00.000Z" });
});

test.each([
  ["was broken", report([broken("it is not", "make it")])],
  ["could not be seen", report([unseen("nobody knows", "ask")])],
  ["was seen more than a day ago", report(good, { at: hoursAgo(24.1) })],
  ["will be seen tomorrow", report(good, { at: hoursAgo(-1) })],
  ["is called proven by a report whose findings say otherwise", report([broken("no", "x")], { outcome: "proven" })],
])("what %s is looked at", (_, text) => {
  expect([...earlierProofs(text, "staging", now)]).toEqual([]);
});

test("an item that asks more now is looked at: another host, or a drill", async () => {
  const look = vi.fn(() => Promise.resolve(good));
  await runChecklist([item(look, "one", "two")], { earlier: proofs(good) });
  expect(look).toHaveBeenCalledTimes(2);
});

test.each([
  ["", /no report/],
  ["{}", /no report/],
  [report(good, { stack: "production" }), /another stack, got production; allowed staging/],
])("what is no report of this stack is refused: %s", (text, problem) => {
  expect(() => earlierProofs(text, "staging", now)).toThrow(problem);
});
