import { describe, expect, it } from "vitest";
import { standInFor } from "../../router/fallback.ts";
import { emptyLedger, type Ledger } from "../../router/ledger.ts";
import { parseLedger } from "../../router/ledger-format.ts";
import type { ServerState } from "../../router/proxy-state.ts";
import { back, isForgotten, refuseRestarting, rest, resting } from "../../router/restart.ts";
import { serverWishes } from "../../router/traffic.ts";
import { guard, start } from "../../router/transitions.ts";
import { config, release, serverState } from "./support/samples.ts";

const ada = { by: "ada", reason: "leaks memory", at: "2026-11-27T10:00:00.000Z" };
const live = (replicas: number): Ledger => ({
  ...emptyLedger,
  rollout: 2,
  live: "blue",
  slots: {
    blue: { release: release("1.1.0", replicas), state: "holds" },
    green: { release: release("1.0.0"), state: "holds" },
  },
});
const first = { slot: "blue", replica: 1 } as const;
const proxy = (...servers: ServerState[]) => ({
  tag: "",
  pid: "1",
  map: new Map<string, string>(),
  servers: new Map(servers.map((server) => [server.name, server])),
  isOpen: true,
});

describe("a replica that is restarted", () => {
  it("alone is out of the proxy, whoever reads the journal", () => {
    const out = parseLedger(JSON.stringify(rest(live(2), first, ada)), "journal");
    const wishes = (ledger: Ledger) =>
      serverWishes(config, ledger).map(({ name, admitted, weight }) => `${name} ${String(admitted)} ${String(weight)}`);
    expect(wishes(out)).toEqual(["blue-1 false 0", "blue-2 true 100", "green-1 true 0", "green-2 false 0"]);
    expect(wishes(back(out))).toEqual(wishes(live(2)));
    expect(back(live(2))).toEqual(live(2));
  });

  it("is one of live's, at one time, and no rollout runs", () => {
    expect(() => rest(live(1), { slot: "green", replica: 1 }, ada)).toThrow(
      "restart: green-1 is none of live's replicas; allowed those of what is live, got blue with 1 replica.",
    );
    expect(() => rest(live(1), { slot: "blue", replica: 2 }, ada)).toThrow("blue-2 is none of live's");
    expect(() => rest(emptyLedger, first, ada)).toThrow("got nothing");
    expect(() => rest(rest(live(2), first, ada), { slot: "blue", replica: 2 }, ada)).toThrow(
      "restart: blue-1 is being restarted by ada at 2026-11-27T10:00:00.000Z: leaks memory; allowed one at a time.",
    );
    const wish = { slot: "green" as const, release: release("1.0.0"), rollout: 3 };
    const running = start(live(2), wish, "plan", {}, ada.at);
    expect(() => rest(running, first, ada)).toThrow("restart: rollout 3 of 1.0.0-aaaa is running");
  });

  it("keeps updates off, but no way back, which ends it", () => {
    const out = rest(live(2), first, ada);
    const wish = { slot: "green" as const, release: release("1.0.0"), rollout: 3 };
    expect(() => guard(out, wish)).toThrow("slot green: blue-1 is being restarted");
    expect(() => start(out, wish, "plan", {}, ada.at)).toThrow("slot green: blue-1 is being restarted");
    expect(start(out, wish, "rollback", {}, ada.at).restarting).toBeUndefined();
    expect(() => {
      refuseRestarting(out, "host");
    }).toThrow("host: blue-1 is being restarted");
  });

  it("comes back by itself: when its time is over, or when whoever drained it is gone", () => {
    const out = rest(live(2), first, ada);
    const at = (time: string) => new Date(`2026-11-27T${time}Z`);
    expect(isForgotten(out, true, at("23:00:00"))).toBe(false);
    expect(isForgotten(out, false, at("10:00:01"))).toBe(true);
    const handedOver = resting(out, "2026-11-27T10:05:00.000Z");
    expect(isForgotten(handedOver, false, at("10:04:59"))).toBe(false);
    expect(isForgotten(handedOver, false, at("10:05:01"))).toBe(true);
    expect(isForgotten(live(2), false, at("10:05:01"))).toBe(false);
  });
});

describe("who answers meanwhile", () => {
  const up = serverState("blue-1");
  const standby = serverState("green-1", { weight: 0 });

  it("another replica, or a standby that is warm: that is said", () => {
    expect(standInFor(live(2), proxy(up, serverState("blue-2")), first)).toBeNull();
    expect(standInFor(live(1), proxy(up, standby), first)).toBe(
      "green (1.0.0-aaaa) answers meanwhile, as blue has no other replica that does",
    );
  });

  it.each([
    ["another replica that is down", live(2), [up, serverState("blue-2", { status: "down" })]],
    ["one that nobody has checked yet", live(2), [up, serverState("blue-2", { checked: false })]],
    ["a standby that is down", live(1), [up, serverState("green-1", { status: "down" })]],
  ] as const)("is nobody: %s", (_, ledger, servers) => {
    expect(() => standInFor(ledger, proxy(...servers), first)).toThrow(
      "restart: nobody could answer while blue-1 is out",
    );
  });

  it("is never what was withdrawn, nor what was rejected", () => {
    const withdrawn = { ...live(1), withdrawn: [{ release: "1.0.0-aaaa", ...ada }] };
    expect(() => standInFor(withdrawn, proxy(up, standby), first)).toThrow("a standby that was withdrawn (1.0.0-aaaa)");
    const { slots } = live(1);
    const rejected: Ledger = { ...live(1), slots: { ...slots, green: { ...slots.green, state: "preparing" } } };
    expect(() => standInFor(rejected, proxy(up, standby), first)).toThrow("no standby that is warm");
  });

  it("need be nobody where it does not answer anyway", () => {
    expect(standInFor(live(1), proxy(serverState("blue-1", { status: "down" })), first)).toBeNull();
  });
});
