import { describe, expect, it, vi } from "vitest";
import type { Answer } from "../../router/answer.ts";
import { awaitAnswer } from "../../router/await-answer.ts";

const wanted = { slot: "green", release: "2", seconds: 1, steadySeconds: 0 } as const;
const good: Answer = { problem: null, slot: "green", release: "2" };
const stale: Answer = { problem: "slot blue answers, with 1, and slot green does not", slot: "blue", release: "1" };

/** Answers one after the other, the last one for ever. */
function asks(...answers: Answer[]) {
  let asked = 0;
  const ask = (onLine: (line: string) => void) => {
    onLine(JSON.stringify(answers[Math.min(asked++, answers.length - 1)]));
    return Promise.resolve(0);
  };
  return { ask, count: () => asked };
}

describe("await-answer", () => {
  it("ends well as soon as the release answers from its slot", async () => {
    const { ask, count } = asks(stale, stale, good);
    expect(await awaitAnswer(wanted, ask)).toBe(0);
    expect(count()).toBe(3);
  });

  it("begins again when the answer has a break", async () => {
    const { ask, count } = asks(good, stale, good);
    expect(await awaitAnswer({ ...wanted, steadySeconds: 1 }, ask)).toBe(0);
    expect(count()).toBeGreaterThan(5);
  });

  it("fails with what answered instead", async () => {
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await awaitAnswer(wanted, asks(stale).ask)).toBe(1);
    expect(said.mock.calls.join()).toContain("got slot blue answers, with 1, and slot green does not");
    said.mockRestore();
  });

  it("passes on that the controller can't be asked", async () => {
    expect(await awaitAnswer(wanted, () => Promise.resolve(3))).toBe(3);
  });
});
