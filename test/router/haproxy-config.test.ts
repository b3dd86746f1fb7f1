import { describe, expect, it } from "vitest";
import { parseConfig } from "../../router/controller-config.ts";
import { renderProxyConfig, tagOf } from "../../router/haproxy-config.ts";
import { emptyLedger, type Ledger } from "../../router/ledger.ts";
import { serverWishes } from "../../router/traffic.ts";
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
    // A reload for each release would end the streams of everybody, live's too, after drainSeconds.
    const elsewhere = { ...release("1.1.0"), row: 2 as const, port: 9000 };
    const moved = { ...live, slots: { ...live.slots, green: { ...live.slots.green, release: elsewhere } } };
    expect(render(moved)).not.toBe(render(live));
    expect(tagOf(render(moved))).toBe(tagOf(render(live)));
    expect(tagOf(render(live))).not.toBe(tagOf(other));
  });

  it("repeats nothing that was sent, and offers no page and no TCP port for its own control", () => {
    const text = render(live);
    expect(text.match(/^ *retry-on .*$/gm)).toEqual(["  retry-on conn-failure"]);
    expect(text).not.toMatch(/stats (enable|uri)/);
    expect(text.match(/^ {2}(?:bind|stats socket) \S+/gm)).toEqual([
      '  stats socket "/run/slipway/proxy-${SLIPWAY_PROXY}.admin.sock"',
      "  bind 127.0.0.1:8080",
      '  bind "/run/slipway/proxy-${SLIPWAY_PROXY}.answer.sock"',
    ]);
  });
});

describe("TLS", () => {
  const tls = { source: "acme", httpPort: 8081, hstsSeconds: 600, challenge: "10.9.9.7:8402" } as const;
  const secure = (change: Partial<typeof config> = {}, certificate: string | null = "/run/slipway/tls/acme.pem") =>
    renderProxyConfig({ ...config, tls, ...change }, serverWishes(config, live), "/run/slipway", { certificate });
  const linesWith = (text: string, word: string) => text.split("\n").filter((line) => line.includes(word));

  it("without a certificate serves plainly at the plain port, and passes challenges on", () => {
    const text = secure({}, null);
    expect(linesWith(text, "  bind 127")).toEqual(["  bind 127.0.0.1:8081"]);
    expect(linesWith(text, "redirect prefix")).toEqual([]);
    expect(linesWith(text, "use_backend challenge")).toHaveLength(1);
    expect(tagOf(text)).not.toBe(tagOf(secure()));
  });

  it("with one speaks HTTPS and sends all else there, but for challenges", () => {
    const text = secure();
    expect(linesWith(text, "  bind 127")).toEqual([
      "  bind 127.0.0.1:8080 ssl crt /run/slipway/tls/acme.pem alpn h2,http/1.1",
      "  bind 127.0.0.1:8081",
    ]);
    expect(linesWith(text, "redirect prefix")).toEqual([
      "  http-request redirect prefix https://%[req.hdr(host),regsub(:[0-9]+$,)]:8080 code 308 if !{ ssl_fc } !{ path_beg /.well-known/acme-challenge/ }",
    ]);
    const standard = secure({ listen: { address: "0.0.0.0", port: 443 } });
    expect(linesWith(standard, "redirect prefix").join()).toContain("regsub(:[0-9]+$,)] code 308");
    expect(linesWith(text, "Strict-Transport-Security").join()).toContain('"max-age=600" if { ssl_fc }');
    expect(linesWith(secure({ tls: { ...tls, hstsSeconds: 0 } }), "Strict-Transport-Security")).toEqual([]);
  });

  it("believes nobody's X-Forwarded-Proto but that of the declared load balancer, where that ends TLS", () => {
    const loadBalancer = { addresses: ["10.0.0.0/24"], proxyProtocol: false };
    const believes = "set-var(txn.proto) req.hdr(x-forwarded-proto),lower if { var(txn.balancer) -m bool }";
    for (const change of [{}, { behindTls: true }, { loadBalancer }])
      expect(render(live, change)).not.toContain(believes);
    expect(render(live, { behindTls: true, loadBalancer })).toContain(believes);
  });
});

describe("parseConfig", () => {
  const text = (change: object) => JSON.stringify({ ...config, listen: undefined, proxyUser: undefined, ...change });

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
