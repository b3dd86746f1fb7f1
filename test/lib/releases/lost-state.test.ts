import { describe, expect, test } from "vitest";
import { parseLook } from "../../../lib/hosts/look.ts";
import { lostState } from "../../../lib/releases/lost-state.ts";

const container = (name: string, labels: object) =>
  `container ${JSON.stringify({ name: `/${name}`, status: "running", image: "sha256:1", labels, networks: {} })}`;
const ours = parseLook(container("shop-live-controller", { "slipway.stack": "live" }));
const urn = (name: string) => `urn:pulumi:live::slipway::slipway:host:Host$docker:index/network:Network::${name}`;
const names = { prefix: "shop-live" };

describe("a host with this stack's containers", () => {
  test("is not made a second time when the state knows nothing there", () => {
    expect(lostState({ path: "slipway:host" }, names, ours, new Set())).toMatchObject({
      path: "slipway:host",
      got: "1 containers of shop-live",
      fix: expect.stringContaining("slipway adopt") as string,
    });
    // What the state knows of another host is no help.
    const second = { name: "second", path: "slipway:hosts.second" };
    expect(lostState(second, names, ours, new Set([urn("host-network")]))).toBeDefined();
  });

  test("belongs to a state that knows its network", () => {
    expect(lostState({ path: "slipway:host" }, names, ours, new Set([urn("host-network")]))).toBeUndefined();
  });
});

test("a host with nothing of ours, or that nobody could look at, is free", () => {
  const stranger = parseLook(container("shop-live-controller", {}));
  for (const look of [parseLook(""), stranger, undefined])
    expect(lostState({ path: "slipway:host" }, names, look, new Set())).toBeUndefined();
});
