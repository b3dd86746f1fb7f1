import { describe, expect, it } from "vitest";
import { emptyLedger } from "../../../router/ledger.ts";
import { describeStatus, type Status } from "../../../router/telling/report.ts";

const day = 86_400_000;
const until = "2027-08-03T10:00:00.000Z";
const status = (certificate: Partial<NonNullable<Status["certificate"]>> | null): Status => ({
  ledger: emptyLedger,
  weights: null,
  fallback: null,
  certificate: certificate && { fingerprint: "AB", until, names: ["api.example.test"], problem: null, ...certificate },
});
const tlsLine = (of: Status, daysBefore = 30) =>
  describeStatus(of, Date.parse(until) - daysBefore * day).find((line) => line.startsWith("tls"));

describe("describeStatus", () => {
  it("says what HTTPS is served with, and warns two weeks before its end", () => {
    expect(tlsLine(status(null))).toBeUndefined();
    expect(tlsLine(status({}))).toBe("tls      api.example.test until 2027-08-03 (30 days)");
    expect(tlsLine(status({}), 13.5)).toBe("tls      WARNING: api.example.test until 2027-08-03 (13 days)");
  });

  it("says why a renewal fails", () => {
    expect(tlsLine(status({ problem: "no such name" }))).toContain("(30 days); renewing it fails: no such name");
  });
});
