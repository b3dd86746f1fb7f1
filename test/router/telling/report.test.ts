import { describe, expect, it, test } from "vitest";
import { emptyLedger } from "../../../router/ledger.ts";
import { parseState } from "../../../router/proxy-state.ts";
import {
  describeEnd,
  describeStatus,
  downOf,
  notLoadedFix,
  weightsOf,
  type Status,
} from "../../../router/telling/report.ts";
import { backend } from "../../../router/traffic.ts";

const day = 86_400_000;
const until = "2027-08-03T10:00:00.000Z";
const status = (certificate: Partial<NonNullable<Status["certificate"]>> | null): Status => ({
  ledger: emptyLedger,
  weights: null,
  down: [],
  fallback: null,
  outdated: null,
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

  const release = (version: string) => ({
    ...{ id: `${version}-a`, version, image: "shop", fingerprint: "1", replicas: 2 },
  });
  const line = (of: Status, first: string) => describeStatus(of).find((each) => each.startsWith(first));

  it("shows each replica's share of the traffic, whatever the proxy counts in", () => {
    const shares = (weights: Status["weights"]) => line({ ...status(null), weights }, "weights");
    expect(shares({ "blue-1": 1, "green-1": 1 })).toBe("weights  blue-1=50 % green-1=50 %");
    expect(shares({ "blue-1": 9, "green-1": 1 })).toBe("weights  blue-1=90 % green-1=10 %");
    expect(shares({ "blue-1": 100, "green-1": 0 })).toBe("weights  blue-1=100 % green-1=0 %");
    expect(shares({ "blue-1": 0 })).toBe("weights  blue-1=0 %");
  });

  it("gives a replica that is down no share: the others have it", () => {
    const shares = (weights: Status["weights"], ...down: string[]) =>
      line({ ...status(null), weights, down }, "weights");
    const weights = { "blue-1": 0, "green-1": 100, "green-2": 100 };
    expect(shares(weights, "green-2")).toBe("weights  blue-1=0 % green-1=100 % green-2=down");
    expect(shares(weights, "green-1", "green-2")).toBe("weights  blue-1=0 % green-1=down green-2=down");
    expect(shares(weights, "blue-1")).toBe("weights  blue-1=down green-1=50 % green-2=50 %");
  });

  it("asks the proxy itself who is down; one in maintenance takes no part at all", () => {
    const lines = ["UP,100", "DOWN 1/2,100", "MAINT,1"].map((state, at) => `${backend},green-${at + 1},${state},`);
    const state = parseState(["# pxname,svname,status,weight,", ...lines].join("\n"));
    expect([downOf(state), weightsOf(state)]).toEqual([["green-2"], { "green-1": 100, "green-2": 100 }]);
  });

  it("does not show a release whose database left as one that could come back", () => {
    const green = { release: release("1.1.0"), state: "preparing", lost: "PostgreSQL" } as const;
    const slots = { blue: { release: release("1.2.0"), state: "holds" }, green } as const;
    const ledger: Status["ledger"] = { ...emptyLedger, live: "blue", slots };
    expect(line({ ...status(null), ledger }, "standby")).toBe(
      "standby  green (1.1.0-a) without its PostgreSQL, nothing to go back to",
    );
    const ended = { rollout: 2, slot: "blue", release: release("1.2.0"), kind: "release", result: "promoted" } as const;
    expect(describeEnd({ ...ended, reason: null, endedAt: until }, ledger)).toBe(
      "promoted: blue is live (1.2.0-a); nobody can go back to 1.1.0-a, without its PostgreSQL",
    );
  });

  it("does not show a rejected release as one that could come back", () => {
    const ledger: Status["ledger"] = {
      ...emptyLedger,
      live: "blue",
      slots: {
        blue: { release: release("1.0.0"), state: "holds" },
        green: { release: release("1.1.0"), state: "preparing" },
      },
      rejected: [{ release: release("1.1.0"), reason: "it was slow", at: until }],
    };
    expect(line({ ...status(null), ledger }, "standby")).toBe(
      "standby  green (1.1.0-a) rejected, nothing to go back to",
    );
  });
});

test("a proxy that goes on with the configuration before is said, with what to do", () => {
  const outdated = "the proxy has not loaded the configuration that was written for it";
  expect(describeStatus({ ...status(null), outdated }).find((line) => line.startsWith("proxy"))).toBe(
    `proxy    ${outdated}: it listens where it did before. ${notLoadedFix}`,
  );
});
