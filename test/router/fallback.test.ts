import { describe, expect, it } from "vitest";
import { FallbackWatch, standIn } from "../../router/fallback.ts";
import { emptyLedger, type Ledger } from "../../router/ledger.ts";
import type { ProxyState, ServerState } from "../../router/proxy-state.ts";
import { release, serverState } from "./support/samples.ts";

const ledger: Ledger = {
  ...emptyLedger,
  live: "green",
  slots: { blue: { release: release("1.0.0"), state: "holds" }, green: { release: release("1.1.0"), state: "holds" } },
};
const state = (...servers: ServerState[]): ProxyState => ({
  tag: "",
  pid: "1",
  map: new Map(),
  isOpen: true,
  servers: new Map(servers.map((server) => [server.name, server])),
});
const up = (name: string, weight: number, spareAnswers = 0) => serverState(name, { weight, spareAnswers });
const down = (name: string, weight: number) => serverState(name, { weight, status: "down", checked: false });

describe("standIn", () => {
  it.each([
    ["nobody while live is up", state(up("blue-1", 0), up("green-1", 100)), null],
    ["nobody while a part of live is up", state(up("blue-1", 0), down("green-1", 100), up("green-2", 100)), null],
    ["the standby when live is down", state(up("blue-1", 0), down("green-1", 100)), "blue"],
    ["nobody when all are down", state(down("blue-1", 0), down("green-1", 100)), null],
  ])("is %s", (_, seen, slot) => {
    expect(standIn(ledger, seen)).toBe(slot);
  });

  it("is live itself in the watch of a rollout whose new slot is down", () => {
    expect(standIn({ ...ledger, live: "blue" }, state(up("blue-1", 0), down("green-1", 100)))).toBe("blue");
  });
});

describe("FallbackWatch", () => {
  it("tells of a fall that came and went between two looks", () => {
    const said: string[] = [];
    const watch = new FallbackWatch((line) => said.push(line));
    watch.look(ledger, state(up("blue-1", 0, 7), up("green-1", 100)));
    watch.look(ledger, state(up("blue-1", 0, 7), up("green-1", 100)));
    expect(said).toEqual([]);
    watch.look(ledger, state(up("blue-1", 0, 12), up("green-1", 100)));
    expect(said).toEqual([
      "fall-back: green does not answer, blue answers in its place",
      expect.stringMatching(/^fall-back: over after 0\.0 s, blue answered 5 requests in green's place$/),
    ]);
  });

  it("counts on when the proxy restarts at 0", () => {
    const watch = new FallbackWatch(() => undefined);
    watch.look(ledger, state(up("blue-1", 0, 90), down("green-1", 100)));
    watch.look(ledger, state(up("blue-1", 0, 95), down("green-1", 100)));
    watch.look(ledger, state(up("blue-1", 0, 3), down("green-1", 100)));
    expect(watch.now).toMatchObject({ slot: "blue", answers: 8 });
  });
});
