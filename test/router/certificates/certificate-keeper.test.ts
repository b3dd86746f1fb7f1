import { describe, expect, it } from "vitest";
import { parseCertificate } from "../../../router/certificates/certificate.ts";
import { isDue, parseKeeperConfig, pauseMs, reasonOf } from "../../../router/certificates/certificate-keeper.ts";
import { makeCertificate } from "../../support/certificates.ts";

const day = 86_400_000;
const { certificate } = makeCertificate({ names: ["api.example.test"], days: 90 });

describe("a kept certificate", () => {
  it("is due in the last third of its life, and when there is none", () => {
    expect(isDue(certificate)).toBe(false);
    expect(isDue(certificate, Date.now() + 59.9 * day)).toBe(false);
    expect(isDue(certificate, Date.now() + 60.1 * day)).toBe(true);
    expect(isDue("")).toBe(true);
  });

  it("is looked at every hour, and more often if it lives for less than four days", () => {
    expect(pauseMs(certificate)).toBe(3_600_000);
    expect(pauseMs("")).toBe(3_600_000);
    expect(pauseMs(makeCertificate({ names: ["api.example.test"], days: 1 }).certificate)).toBe(day / 100);
  });
});

describe("reasonOf", () => {
  it("is the last thing that lego said, on one line", () => {
    const log = `2026/11/24 22:00:00 [INFO] [api.example.test] acme: Obtaining bundled SAN certificate
2026/11/24 22:00:01 Could not obtain certificates:
	error: one or more domains had a problem:
[api.example.test] acme: error: 400 :: urn:ietf:params:acme:error:dns :: no such name
`;
    expect(reasonOf(log)).toBe(
      "Could not obtain certificates: error: one or more domains had a problem: [api.example.test] acme: error: 400 :: urn:ietf:params:acme:error:dns :: no such name",
    );
    expect(reasonOf("")).toBe("");
  });
});

describe("parseCertificate", () => {
  it("reads what HAProxy shows, and null for a file that it does not have", () => {
    const shown = `Filename: /run/slipway/tls/acme.pem
Status: Used
Serial: 1F5202E02083861B302FFA09045721F07C865EFD
notBefore: May  5 10:00:00 2027 GMT
notAfter: Aug  3 10:00:00 2027 GMT
Subject Alternative Name: DNS:api.example.test, DNS:www.example.test
Algorithm: EC256
SHA1 FingerPrint: 9AC5B4C5D5E8C9C5C2B5B4C5D5E8C9C5C2B5B4C5
Subject: /CN=api.example.test
Issuer: /CN=authority.test
`;
    expect(parseCertificate(shown)).toEqual({
      fingerprint: "9AC5B4C5D5E8C9C5C2B5B4C5D5E8C9C5C2B5B4C5",
      until: "2027-08-03T10:00:00.000Z",
      names: ["api.example.test", "www.example.test"],
    });
    expect(parseCertificate("Can't display the certificate: Not found or the certificate is a bundle!\n")).toBe(null);
  });
});

describe("parseKeeperConfig", () => {
  const good = {
    domains: ["a.test"],
    email: "a@b.test",
    directoryUrl: "https://acme.test/dir",
    authority: null,
    port: 8402,
  };

  it("takes what Pulumi writes, and names what is wrong", () => {
    expect(parseKeeperConfig(JSON.stringify(good))).toEqual(good);
    expect(() => parseKeeperConfig(JSON.stringify({ ...good, domains: ["a b"] }))).toThrow(
      "certificates.json.domains[0]: got",
    );
    expect(() => parseKeeperConfig(JSON.stringify({ ...good, directoryUrl: "http://x" }))).toThrow(
      ".directoryUrl: got",
    );
  });
});
