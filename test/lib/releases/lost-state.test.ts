import { describe, expect, test } from "vitest";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { parseLook } from "../../../lib/hosts/look.ts";
import { lostState, olderState, renamedService } from "../../../lib/releases/lost-state.ts";

const container = (name: string, labels: object) =>
  `container ${JSON.stringify({ name: `/${name}`, status: "running", image: "sha256:1", labels, networks: {} })}`;
const ours = parseLook(container("shop-live-controller", { "slipway.stack": "live" }));
const urn = (name: string) => `urn:pulumi:live::slipway::slipway:host:Host$docker:index/network:Network::${name}`;
const names = { prefix: "shop-live" };

describe("a host with this stack's containers", () => {
  test("is not made a second time when the state knows nothing there", () => {
    expect(lostState({ path: "slipway:host" }, names, ours, new Map())).toMatchObject({
      path: "slipway:host",
      got: "1 containers of shop-live",
      fix: expect.stringContaining("slipway adopt") as string,
    });
    // What the state knows of another host is no help.
    const second = { name: "second", path: "slipway:hosts.second" };
    expect(lostState(second, names, ours, new Map([[urn("host-network"), {}]]))).toBeDefined();
  });

  test("belongs to a state that knows its network", () => {
    expect(lostState({ path: "slipway:host" }, names, ours, new Map([[urn("host-network"), {}]]))).toBeUndefined();
  });
});

test("a host with nothing of ours, or that nobody could look at, is free", () => {
  const stranger = parseLook(container("shop-live-controller", {}));
  for (const look of [parseLook(""), stranger, undefined])
    expect(lostState({ path: "slipway:host" }, names, look, new Map())).toBeUndefined();
});

test("a stack that is up as one service is not brought up as another beside it", () => {
  const up = new Map([[urn("host-network"), { outputs: { labels: [{ label: "slipway.service", value: "shop" }] } }]]);
  expect(renamedService("tally", [{}], up)).toMatchObject({
    path: "slipway:service",
    got: "tally",
    allowed: "shop",
    fix: expect.stringContaining("pulumi config set slipway:service shop") as string,
  });
  expect(renamedService("tally", [{ name: "second" }, {}], up)).toBeDefined();
  expect(renamedService("shop", [{}], up)).toBeUndefined();
  expect(renamedService("tally", [{}], new Map())).toBeUndefined();
});

describe("a state that is older than its host", () => {
  const on = (rollout: number) =>
    parseLook(container("shop-live-blue-1", { "slipway.stack": "live", "slipway.rollout": String(rollout) }));
  const state = (rollout: number, name = "api-blue-1") =>
    new Map([[urn(name), { outputs: { labels: [{ label: "slipway.rollout", value: String(rollout) }] } }]]);
  const all = new HostNames("shop", "live", "10.1.2.0/24");

  test("is found by the rollout that put a replica there", () => {
    expect(olderState({ path: "slipway:host" }, all, on(3), state(1))).toMatchObject({
      got: "shop-live-blue-1 of rollout 3 there, and of rollout 1 in the state",
      fix: expect.stringContaining("slipway adopt") as string,
    });
    const second = { name: "second", path: "slipway:hosts.second" };
    expect(olderState(second, all, on(3), state(1, "api-second-blue-1"))).toBeDefined();
  });

  test("is no older where they agree, where the host has gone back, and where nobody can tell", () => {
    for (const [look, known] of [
      [on(3), state(3)],
      [on(2), state(3)],
      [on(3), new Map()],
      [parseLook(""), state(3)],
      [undefined, state(3)],
      [on(3), state(1, "api-second-blue-1")],
    ] as const)
      expect(olderState({ path: "slipway:host" }, all, look, known)).toBeUndefined();
  });
});
