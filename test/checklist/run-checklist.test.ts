import { expect, test, vi } from "vitest";
import { broken, outcomeOf, proven, unseen, worst, type Item, type ItemResult } from "../../checklist/model.ts";
import { runChecklist } from "../../checklist/run-checklist.ts";

const item = (name: Item["name"], ...looks: Item["probes"][number]["look"][]): Item => ({
  name,
  setting: "slipway:host",
  probes: looks.map((look, index) => ({ name: `probe ${index}`, look })),
});
const good = () => Promise.resolve([proven("it is there")]);
const bad = () => Promise.resolve([proven("one is"), broken("one is not", "make it")]);
const blind = () => Promise.resolve([unseen("nobody knows", "ask")]);
const outcomes = (results: readonly ItemResult[]) => results.map(({ outcome }) => outcome);

test("an item is as good as the worst that was seen of it, and nothing seen proves nothing", async () => {
  const items = [item("hooks", good), item("notices", good, bad), item("rollback", good, blind), item("training")];
  expect(outcomes(await runChecklist(items))).toEqual(["proven", "broken", "could-not-look", "could-not-look"]);
  expect(worst(["could-not-look", "broken", "proven"])).toBe("broken");
});

test("a probe that throws could not look, with the fix of its message", async () => {
  const [result] = await runChecklist([
    item("hooks", good, () => Promise.reject(new Error("it can't be asked, got 500. Fix: wait for it"))),
  ]);
  expect(result?.outcome).toBe("could-not-look");
  expect(result?.evidence[1]?.findings).toEqual([unseen("it can't be asked, got 500", "wait for it")]);
});

test("a probe that throws at once could not look either", async () => {
  const thrower = () => {
    throw new Error("no");
  };
  expect(outcomes(await runChecklist([item("hooks", thrower), item("notices", good)]))).toEqual([
    "could-not-look",
    "proven",
  ]);
});

test("a probe that hangs could not look, and holds up no other", async () => {
  vi.useFakeTimers();
  const done: string[] = [];
  const hangs: Item = {
    ...item("hooks"),
    probes: [{ name: "hangs", limitSeconds: 7, look: () => new Promise(() => undefined) }],
  };
  const results = runChecklist([hangs, item("notices", good)], { onDone: ({ name }) => done.push(name) });
  await vi.advanceTimersByTimeAsync(6_999);
  expect(done).toEqual(["notices"]);
  await vi.advanceTimersByTimeAsync(1);
  const [result] = await results;
  vi.useRealTimers();
  expect(result?.outcome).toBe("could-not-look");
  expect(result?.evidence[0]?.findings[0]?.detail).toBe("no answer within 7 s");
});

test("what is skipped is not looked at, says why, and counts neither way", async () => {
  const look = vi.fn(bad);
  const skipped = new Map([["hooks", "no clone in CI"]] as const);
  const items = await runChecklist([item("hooks", look), item("notices", good)], { skipped });
  expect(look).not.toHaveBeenCalled();
  expect(items[0]).toMatchObject({ outcome: "skipped", reason: "no clone in CI", evidence: [] });
  expect(outcomeOf({ stack: "s", at: "", items })).toBe("proven");
  expect(outcomeOf({ stack: "s", at: "", items: items.slice(0, 1) })).toBe("could-not-look");
});

test("what can be mended is mended when that is asked for, and looked at again", async () => {
  let isMended = false;
  const mend = vi.fn(() => {
    isMended = true;
    return Promise.resolve();
  });
  const mendable: Item = { ...item("hooks"), probes: [{ name: "p", mend, look: () => (isMended ? good() : bad()) }] };
  expect(outcomes(await runChecklist([mendable]))).toEqual(["broken"]);
  expect(mend).not.toHaveBeenCalled();
  expect(outcomes(await runChecklist([mendable], { isMending: true }))).toEqual(["proven"]);
  const failing: Item = {
    ...item("hooks"),
    probes: [{ name: "p", look: bad, mend: () => Promise.reject(new Error("no")) }],
  };
  expect(outcomes(await runChecklist([failing], { isMending: true }))).toEqual(["broken"]);
});

test("evidence has the same digest as long as the same is seen", async () => {
  const digests = async (look: Item["probes"][number]["look"]) =>
    (await runChecklist([item("hooks", look)])).flatMap(({ evidence }) => evidence.map(({ digest }) => digest));
  expect(await digests(good)).toEqual(await digests(good));
  expect(await digests(good)).not.toEqual(await digests(bad));
});
