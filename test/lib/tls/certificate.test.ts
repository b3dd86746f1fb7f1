import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { certificateProblems, describeExpiry, expiryWarning } from "../../../lib/tls/certificate.ts";
import { formatProblem } from "../../../lib/problem.ts";
import { makeCertificate } from "../../support/certificates.ts";

const day = 86_400_000;
const host = "api.example.test";
const authority = makeCertificate({ names: ["authority.test"] });
const good = makeCertificate({ names: [host], by: authority });
const chain = good.certificate + authority.certificate;

const problemsOf = (change: Partial<Parameters<typeof certificateProblems>[0]>, now?: number) =>
  certificateProblems({ certificate: chain, key: good.key, host, ...change }, now).map(formatProblem);

describe("certificateProblems", () => {
  it("finds nothing wrong with a good one, of either kind, with or without its chain", () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ certificate: good.certificate })).toEqual([]);
    const rsa = makeCertificate({ names: ["*.example.test"], rsaBits: 2048 });
    expect(problemsOf(rsa)).toEqual([]);
  });

  it.each([
    [
      "has expired",
      {},
      Date.now() + 31 * day,
      /has expired, got CN=api\.example\.test, valid from .* to .*; allowed certificates that are valid now\. Fix: pulumi/,
    ],
    ["is not valid yet", {}, Date.now() - day, /is not valid yet, got CN=api\.example\.test, .*Fix: wait/],
    [
      "has another name",
      { host: "www.example.test" },
      undefined,
      /is not for the host of slipway:url, got DNS:api\.example\.test; allowed www\.example\.test\./,
    ],
    ["has another name than the address", { host: "192.0.2.1" }, undefined, /is not for the host of slipway:url/],
    [
      "comes after its authority",
      { certificate: authority.certificate + good.certificate, key: authority.key, host: "authority.test" },
      undefined,
      /wrong order or has a foreign certificate, got CN=api\.example\.test after CN=authority\.test/,
    ],
    [
      "has a foreign certificate",
      { certificate: good.certificate + makeCertificate({ names: ["authority.test"] }).certificate },
      undefined,
      /foreign certificate/,
    ],
    [
      "has another key",
      { key: authority.key },
      undefined,
      /^slipway:tlsKey: is another certificate's key; allowed the key of CN=api\.example\.test\./,
    ],
    ["has no key", { key: "" }, undefined, /^slipway:tlsKey: is missing/],
    ["has a key that can't be read", { key: "-----BEGIN" }, undefined, /^slipway:tlsKey: can't be read/],
    [
      "is too long",
      { certificate: chain + authority.certificate.repeat(40) },
      undefined,
      /is too long, got \d+ bytes; allowed at most 15000/,
    ],
    ["is none", { certificate: "fullchain.pem" }, undefined, /^slipway:tls\.certificate: can't be read/],
    ["is a key", { certificate: good.key }, undefined, /^slipway:tls\.certificate: can't be read/],
  ])("says that it %s", (_what, change, now, message) => {
    const problems = problemsOf(change, now);
    expect(problems.join("\n")).toMatch(message);
    expect(problems.join("\n")).not.toContain(good.key.split("\n")[1]);
  });

  it("says that a key is too short, and everything else at once", () => {
    const short = makeCertificate({ names: [host], rsaBits: 1024, days: -1 });
    const problems = problemsOf({ ...short, host: "www.example.test" });
    expect(problems).toHaveLength(3);
    expect(problems[2]).toMatch(/^slipway:tlsKey: is too short, got 1024 bits; allowed at least 2048/);
  });

  it("does not take a key with a passphrase", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString();
    expect(problemsOf({ key })).toEqual([expect.stringMatching(/without a passphrase/)]);
  });
});

describe("expiryWarning", () => {
  it("begins two weeks before the end", () => {
    expect(expiryWarning(chain, Date.now() + 15 * day)).toBe(null);
    expect(expiryWarning(chain, Date.now() + 17 * day)).toMatch(
      /^slipway:tls\.certificate: ends in 12 days, on 2.* Fix: /,
    );
  });

  it("is part of what preflight says", () => {
    expect(describeExpiry(chain)).toMatch(/^✓ slipway:tls\.certificate lives until 2/);
    expect(describeExpiry(chain, Date.now() + 40 * day)).toMatch(/^✗ slipway:tls\.certificate: ended on 2/);
    expect(describeExpiry("nonsense")).toBe("✗ slipway:tls.certificate can't be read");
  });
});
