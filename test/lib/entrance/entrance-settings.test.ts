import { describe, expect, it } from "vitest";
import { addressOf, hostsOf } from "../../../lib/entrance/entrance-settings.ts";
import { hidden } from "../../../lib/schema-parts.ts";
import { makeCertificate } from "../../support/certificates.ts";
import { problemsOf as problemsWith, settingsOf as settingsWith } from "../../support/settings-of.ts";

const url = "https://API.example.test";
const { certificate, key } = makeCertificate({ names: ["api.example.test", "*.shops.example.test"] });
const loadBalancer = { addresses: ["10.0.0.0/24", "fd00::/8", "192.0.2.1"], names: ["api.internal"] };

const problemsOf = (changes: object) => problemsWith(changes, {}, key);
const settingsOf = (changes: object) => settingsWith(changes, {}, key);

describe("slipway:loadBalancer", () => {
  it("has to be declared where something in front ends TLS: else its address would be every client's", () => {
    expect(problemsOf({ url })).toEqual([
      expect.stringMatching(/^slipway:loadBalancer: is missing.*Fix: pulumi config set --path/),
    ]);
    expect(problemsOf({ url, loadBalancer: {} })).toHaveLength(1);
    expect(problemsOf({ url, loadBalancer })).toEqual([]);
    expect(problemsOf({ url: "http://api.example.test" })).toEqual([]);
  });

  it.each(["10.0.0.0/33", "10.0.0", "fd00::/129", "lb.example.test", "10.0.0.0/8/8", "10.0.0.1 0.0.0.0/0"])(
    "refuses the address %s",
    (address) => {
      const problems = problemsOf({ url, loadBalancer: { addresses: [address] } });
      expect(problems).toEqual([
        expect.stringMatching(/^slipway:loadBalancer\.addresses\[0\]: .*allowed an IP address/),
      ]);
    },
  );
});

describe("the names by which the service is asked", () => {
  it.each([
    [{}, []],
    [{ url: "http://api.example.test:8080/x" }, ["api.example.test"]],
    [{ url, loadBalancer }, ["api.example.test", "api.internal"]],
    [{ url, tls: { kind: "files", certificate }, tlsKey: hidden }, ["api.example.test", ".shops.example.test"]],
    [
      { url, tls: { kind: "acme", email: "a@example.test", termsAgreed: true, domains: ["www.example.test"] } },
      ["api.example.test", "www.example.test"],
    ],
  ])("of %j", (changes, hosts) => {
    expect(hostsOf(settingsOf({ listenPort: 443, ...changes }))).toEqual(hosts);
  });
});

describe("slipway:clients and slipway:accessLog", () => {
  it("bound one address and keep no log unless a stack says otherwise", () => {
    const { clients, accessLog } = settingsOf({});
    expect(clients).toMatchObject({ connections: 2_000, headSeconds: 30, bodySeconds: 60, requestsPerReplica: 0 });
    expect(accessLog).toEqual({ megabytes: 0 });
    expect(problemsOf({ clients: { connections: 9_000 } })).toEqual([
      expect.stringMatching(/^slipway:clients\.connections: .*got 9000; allowed at most 8000/),
    ]);
  });
});

it("an address by IPv6 stands in brackets", () => {
  const at = (listenAddress: string) => addressOf({ url: "", listenAddress, listenPort: 8080 });
  expect([at("127.0.0.1"), at("::")]).toEqual(["http://127.0.0.1:8080", "http://[::]:8080"]);
});
