import { describe, expect, it } from "vitest";
import { noRollout, underway } from "../../router/controls.ts";
import { emptyLedger } from "../../router/ledger.ts";
import { condemn, guard, start } from "../../router/transitions.ts";
import { release } from "./support/samples.ts";

describe("without a rollout, it is said when there will be one", () => {
  const soon = 'needs a running rollout, got none. Fix: the same again once pulumi up prints "waiting for health"';

  it.each(["pause", "resume", "promote-now"])("to who would %s it", (command) => {
    expect(() => underway(emptyLedger, command)).toThrow(new RegExp(`^${command}: ${soon}$`));
  });

  it("to who would end it, with what to do about one that is over", () => {
    expect(() => underway(emptyLedger, "abort")).toThrow(
      `abort: ${soon}; slipway rollback takes back one that is over`,
    );
  });

  it("to who would watch it, with where earlier ones are", () => {
    expect(noRollout("watch").message).toBe(`watch: ${soon}; slipway rollout list shows earlier ones`);
  });
});

it("one on its way back can be watched and no more", () => {
  const wish = { slot: "blue", release: release("1.0.0"), rollout: 1 } as const;
  const moving = start(guard(emptyLedger, wish), wish, "plan", {}, "2026-01-01T00:00:00.000Z");
  expect(() => underway(condemn(moving, "it broke"), "pause")).toThrow(
    "pause: needs a running rollout, got rollout 1, which is on its way back. Fix: slipway rollout watch shows its end",
  );
});
