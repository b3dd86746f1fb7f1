import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../router/controller-config.ts";
import { renderProxyConfig, tagOf } from "../../router/haproxy-config.ts";
import { emptyLedger, type Ledger } from "../../router/ledger.ts";
import { mapKey, mapPath } from "../../router/steering.ts";
import { serverWishes } from "../../router/traffic.ts";
import { hasHaproxy } from "./support/haproxy.ts";
import { config, release } from "./support/samples.ts";

const live: Ledger = {
  ...emptyLedger,
  live: "green",
  slots: { blue: { release: null, state: "empty" }, green: { release: release("1.1.0"), state: "holds" } },
};
const render = (ledger: Ledger, change: Partial<typeof config> = {}, folder = "/run/slipway") => {
  const changed = { ...config, ...change };
  return renderProxyConfig(changed, serverWishes(changed, ledger), folder);
};

describe("renderProxyConfig", () => {
  it("lists every place, in use or not", () => {
    expect(
      render(live)
        .split("\n")
        .filter((line) => line.startsWith("  server ")),
    ).toEqual([
      "  server blue-1 127.213.1.16:8000 weight 0 disabled",
      "  server blue-2 127.213.1.17:8000 weight 0 disabled",
      "  server green-1 127.213.1.32:8000 weight 100",
      "  server green-2 127.213.1.33:8000 weight 0 disabled",
      "  server spare-blue-1 127.213.1.16:8000 backup no-check track blue-1",
      "  server spare-blue-2 127.213.1.17:8000 backup no-check track blue-2",
      "  server spare-green-1 127.213.1.32:8000 backup no-check track green-1",
      "  server spare-green-2 127.213.1.33:8000 backup no-check track green-2",
    ]);
  });

  it("carries a fingerprint of all but the weights", () => {
    const other = render(live, { health: { ...config.health, intervalMs: 700 } });
    expect(tagOf(render(live))).toMatch(/^[0-9a-f]{16}$/);
    expect(tagOf(render(live))).toBe(tagOf(render(emptyLedger)));
    expect(tagOf(render(live))).not.toBe(tagOf(other));
  });

  it("repeats only safe methods once they were sent, and offers no page and no TCP port for its own control", () => {
    const text = render(live);
    expect(text).toContain("http-request disable-l7-retry unless { method GET HEAD OPTIONS }");
    expect(text).not.toMatch(/stats (enable|uri)/);
    expect(text.match(/^ {2}(?:bind|stats socket) \S+/gm)).toEqual([
      '  stats socket "/run/slipway/proxy-${SLIPWAY_PROXY}.admin.sock"',
      "  bind 127.0.0.1:8080",
    ]);
  });

  it.skipIf(!hasHaproxy)("is accepted by HAProxy without a warning, in every shape", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-haproxy-"));
    try {
      writeFileSync(mapPath(folder), `${mapKey} off\n`);
      const preview = { header: "x-slipway-slot", cookie: "slipway-slot" };
      for (const change of [
        {},
        { maxBodyBytes: 1000, maxReplicas: 8 },
        { preview, maxReplicas: 8 },
        { sticky: false },
      ]) {
        const text = render(live, change, folder);
        const file = join(folder, "haproxy.cfg");
        writeFileSync(file, text);
        execFileSync("haproxy", ["-c", "-dW", "-f", file], { timeout: 10_000 });
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("parseConfig", () => {
  const text = (change: object) =>
    JSON.stringify({ ...config, listen: undefined, proxyUser: undefined, maxBodyBytes: undefined, ...change });

  it("fills in what may be missing", () => {
    expect(parseConfig(text({}))).toEqual({ ...config, listen: { address: "0.0.0.0", port: 8080 } });
    expect(parseConfig(text({ profile: { ...config.profile, steps: [5] } })).profile.steps).toEqual([5, 100]);
  });

  it.each([
    [{ port: "8000" }, 'controller.json.port: got "8000"; allowed a whole number from 1 to 65535'],
    [{ maxReplicas: 9 }, "controller.json.maxReplicas: got 9; allowed a whole number from 1 to 8"],
    [{ health: { ...config.health, path: "/h\n  bind :1" } }, "controller.json.health.path: got"],
    [{ subnetPrefix: "10.213" }, "controller.json.subnetPrefix: got"],
    [
      { profile: { ...config.profile, steps: [50, 10] } },
      "controller.json.profile.steps: got 50, 10; allowed rising percents",
    ],
  ])("refuses %j", (change, message) => {
    expect(() => parseConfig(text(change))).toThrow(message);
  });
});
