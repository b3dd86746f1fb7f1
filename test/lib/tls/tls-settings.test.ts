import { describe, expect, it } from "vitest";
import { hidden } from "../../../lib/schema-parts.ts";
import { domainsOf, portsOf } from "../../../lib/tls/tls-settings.ts";
import { makeCertificate } from "../../support/certificates.ts";
import { problemsOf as problemsWith, settingsOf as settingsWith } from "../../support/settings-of.ts";

const url = "https://api.example.test";
const { certificate, key } = makeCertificate({ names: ["api.example.test"] });
const files = { url, tls: { kind: "files", certificate }, tlsKey: hidden };
const acme = { url, tls: { kind: "acme", email: "ops@example.test", termsAgreed: true } };

const problemsOf = (changes: object) => problemsWith(changes, {}, key);
const settingsOf = (changes: object) => settingsWith(changes, {}, key);

describe("slipway:tls", () => {
  it("is none unless it is given, and opens one port more otherwise", () => {
    expect(settingsOf({}).tls).toEqual({ kind: "none" });
    expect(portsOf(settingsOf({}))).toEqual([8080]);
    expect(portsOf(settingsOf({ ...files, listenPort: 443 }))).toEqual([443, 80]);
  });

  it("asks for the names of people's address and of its own list, once each", () => {
    expect(domainsOf(settingsOf(acme))).toEqual(["api.example.test"]);
    const domains = ["www.example.test", "api.example.test"];
    expect(domainsOf(settingsOf({ ...acme, tls: { ...acme.tls, domains } }))).toEqual([
      "api.example.test",
      "www.example.test",
    ]);
    expect(domainsOf(settingsOf(files))).toEqual([]);
  });

  it.each([
    [{ ...files, url: "" }, /^slipway:url: .*got nothing; allowed an https address/],
    [
      { ...acme, url: "http://api.example.test" },
      /^slipway:url: .*got http:\/\/api\.example\.test; allowed an https address/,
    ],
    [{ ...acme, url: "https://192.0.2.1" }, /^slipway:url: has no name .*got 192\.0\.2\.1/],
    [{ ...acme, url: "https://localhost" }, /^slipway:url: has no name .*got localhost/],
    [{ ...acme, tlsKey: hidden }, /^slipway:tlsKey: means nothing with slipway:tls\.kind acme/],
    [{ tlsKey: hidden }, /^slipway:tlsKey: means nothing with slipway:tls\.kind none/],
    [{ ...acme, listenPort: 80 }, /^slipway:tls\.httpPort: is slipway:listenPort.*got 80/],
    [{ ...acme, tls: { ...acme.tls, termsAgreed: false } }, /^slipway:tls\.termsAgreed: .*got false; allowed true/],
    [
      { ...acme, tls: { ...acme.tls, domains: ["*.example.test"] } },
      /^slipway:tls\.domains\[0\]: .*allowed a name such as api\.example\.com, without \*/,
    ],
    [{ tls: { kind: "letsencrypt" } }, /^slipway:tls\.kind: .*allowed none, files or acme/],
    [{ ...files, url: "https://www.example.test" }, /^slipway:tls\.certificate: is not for the host of slipway:url/],
  ])("refuses %j", (changes, message) => {
    const problems = problemsOf(changes);
    expect(problems.join("\n")).toMatch(message);
    expect(problems).toHaveLength(1);
  });

  it("has one host to prove the name with", () => {
    const hostKey = `ssh-ed25519 ${"A".repeat(68)}`;
    const host = (address: string) => ({ kind: "ssh", address, user: "slipway", hostKey });
    const hosts = { host: host("192.0.2.1"), hosts: { second: host("192.0.2.2") }, databases: {} };
    expect(problemsOf({ ...acme, ...hosts })).toEqual([expect.stringMatching(/^slipway:tls\.kind: needs one host/)]);
    expect(problemsOf({ ...files, ...hosts })).toEqual([]);
  });
});
