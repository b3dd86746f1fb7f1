import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyLedger, type Ledger } from "../../router/ledger.ts";
import { steeringOf } from "../../router/steering.ts";
import { serverWishes, splitWeight } from "../../router/traffic.ts";
import { admit, condemn, guard, intend, start, step } from "../../router/transitions.ts";
import { config, release } from "./support/samples.ts";

const live: Ledger = {
  ...emptyLedger,
  live: "blue",
  slots: {
    blue: { release: release("1.0.0", 2), state: "holds" },
    green: { release: release("1.1.0"), state: "holds" },
  },
};
const brief = (ledger: Ledger) => serverWishes(config, ledger).map((s) => `${s.name} ${s.admitted ? s.weight : "-"}`);

describe("serverWishes", () => {
  it("names every place at its static address", () => {
    expect(serverWishes(config, emptyLedger).map(({ name, address }) => `${name} ${address}`)).toEqual([
      "blue-1 127.213.1.16:8000",
      "blue-2 127.213.1.17:8000",
      "green-1 127.213.1.32:8000",
      "green-2 127.213.1.33:8000",
    ]);
  });

  it("admits nobody before the first release", () => {
    expect(brief(emptyLedger)).toEqual(["blue-1 -", "blue-2 -", "green-1 -", "green-2 -"]);
  });

  it("gives live everything, keeps the warm standby checked at 0, and unused places out", () => {
    expect(brief(live)).toEqual(["blue-1 100", "blue-2 100", "green-1 0", "green-2 -"]);
  });

  it("keeps a slot that is being prepared out", () => {
    const preparing: Ledger = {
      ...live,
      slots: { ...live.slots, green: { release: release("1.2.0"), state: "preparing" } },
    };
    expect(brief(preparing)).toEqual(["blue-1 100", "blue-2 100", "green-1 -", "green-2 -"]);
  });
});

describe("a rollout", () => {
  const wish = { slot: "green", release: release("1.2.0"), rollout: 1 } as const;
  const gated = start(guard(live, wish), wish, "plan", {}, "now");

  it("is admitted at weight 0 when the gate is passed, not before", () => {
    expect(brief(gated)).toEqual(["blue-1 100", "blue-2 100", "green-1 -", "green-2 -"]);
    expect(brief(admit(gated))).toEqual(["blue-1 100", "blue-2 100", "green-1 0", "green-2 -"]);
  });

  it("shares by slot, not by server", () => {
    expect(brief(step(intend(admit(gated), 10)))).toEqual(["blue-1 9", "blue-2 9", "green-1 2", "green-2 -"]);
  });
});

describe("steering", () => {
  const wish = { slot: "green", release: release("1.2.0"), rollout: 1 } as const;
  const moving = admit(start(guard(live, wish), wish, "plan", {}, "now"));
  const at = (percent: number) => step(intend(moving, percent));

  it("is on while both slots have a share, and off before, after and on the way back", () => {
    expect(steeringOf(live)).toBe("off");
    expect(steeringOf(moving)).toBe("off");
    expect(steeringOf(at(10))).toBe("1:green:blue:10:1:2");
    expect(steeringOf(at(100))).toBe("off");
    expect(steeringOf(condemn(at(10), "it broke"))).toBe("off");
  });
});

describe("splitWeight", () => {
  it("is exact for any share and any replicas, as far as HAProxy's weights go", () => {
    const replicas = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), replicas, replicas, (percent, own, other) => {
        const mine = splitWeight(percent, own, other);
        const theirs = splitWeight(100 - percent, other, own);
        expect(Math.min(mine, theirs)).toBeGreaterThanOrEqual(1);
        expect(Math.max(mine, theirs)).toBeLessThanOrEqual(256);
        const share = (100 * mine * own) / (mine * own + theirs * other);
        expect(Math.abs(share - percent)).toBeLessThan(own === other ? 1e-9 : 3);
      }),
    );
  });
});
