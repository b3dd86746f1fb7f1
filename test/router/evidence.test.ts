import { expect, it } from "vitest";
import { Clients } from "../../router/clients.ts";
import { SlotEvidence } from "../../router/evidence.ts";
import type { ServerState } from "../../router/proxy-state.ts";

const states = (answers: number, answerErrors: number) =>
  [
    {
      name: "green-1",
      counters: { answers, answers5xx: 0, connectErrors: 0, answerErrors, redispatched: 0, averageMs: 1 },
    },
  ] as unknown as ServerState[];

it("leaves out what was asked of the release that had the slot before, however it ends", () => {
  const evidence = new SlotEvidence({ maxErrorRatePercent: 10, maxResponseMs: 5000 }, new Clients());
  evidence.read(states(100, 0));
  for (let count = 0; count < 9; count++) evidence.answered({ ms: 60_000, isError: true, client: "::1" }, true);
  for (let count = 0; count < 20; count++) evidence.answered({ ms: 3, isError: false, client: "::1" });
  evidence.read(states(120, 9));
  expect(evidence.errors).toMatchObject({ requests: 20, bad: 0 });
  expect(evidence.slow).toMatchObject({ requests: 20, bad: 0 });
  expect(evidence.timing.percentile(99)).toBeCloseTo(3, 0);
});
