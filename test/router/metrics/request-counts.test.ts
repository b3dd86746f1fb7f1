import { describe, expect, it } from "vitest";
import {
  bounds,
  countedText,
  missedOf,
  nothingCounted,
  parseCounted,
  parseLogged,
  withBefore,
  withLines,
  withMissed,
  withoutProcesses,
  withRequest,
} from "../../../router/metrics/request-counts.ts";

const line = (server: string, status: number, ms: number, { upload = "-", id = 7, end = "----" } = {}) =>
  `{"status":${status},"server":"${server}","headMs":${ms},"ms":${ms + 1},"end":"${end}","network":"10.0.0.9","upload":"${upload}","id":${id},"time":"2026`;

describe("a line of the log", () => {
  it.each([
    ["a slot's", line("green-1", 200, 12), { id: 7, answerer: "green", isError: false, ms: 12 }],
    ["its spare's", line("spare-blue-2", 502, 3), { id: 7, answerer: "blue", isError: true, ms: 3 }],
    [
      "one that came in pieces",
      line("blue-1", 200, 900, { upload: "1" }),
      { id: 7, answerer: "blue", isError: false, ms: null },
    ],
    ["the proxy's own", line("<NOSRV>", 503, -1), { id: 7, answerer: "none", isError: true, ms: null }],
    [
      "of a service that a person keeps closed",
      line("<NOSRV>", 503, -1, { end: "LR--" }),
      { id: 7, answerer: "none", isError: false, ms: null },
    ],
    ["one whose client went away", line("blue-1", -1, -1), { id: 7, answerer: "blue", isError: false, ms: 0 }],
    [
      "an older configuration's",
      '{"status":200,"server":"blue-1","headMs":1,"ms":1,"end":"--","network":"-","upload":"-","time":"',
      null,
    ],
    ["no request", "Proxy public stopped", null],
  ])("is %s", (_, text, expected) => {
    expect(parseLogged(text)).toEqual(expected);
  });
});

describe("the totals", () => {
  const one = (ms: number | null, isError = false) => ({ id: 1, answerer: "blue" as const, isError, ms });

  it("put a time into the first bucket that it is not above: 200 ms is within 0.2 s", () => {
    const at = (ms: number) => withRequest(nothingCounted, "1/7/1", one(ms)).totals.blue.counts.indexOf(1);
    expect(bounds[at(200)]).toBe(0.2);
    expect(bounds[at(201)]).toBe(0.3);
    expect(at(60_000)).toBe(bounds.length);
  });

  it("count a request without a time, and in no bucket", () => {
    const { blue } = withRequest(nothingCounted, "1/7/1", one(null, true)).totals;
    expect(blue).toMatchObject({ requests: 1, errors: 1, sum: 0 });
    expect(blue.counts.every((count) => count === 0)).toBe(true);
  });

  it("are the same after a restart", () => {
    const counted = withMissed(withRequest(nothingCounted, "1/7/1", one(5)), "1/7/1", 3);
    expect(parseCounted(countedText(counted), "requests.json")).toEqual(counted);
  });

  it("never miss less than before, and keep what processes missed that are gone", () => {
    const some = withMissed(withMissed(nothingCounted, "1/7/1", 3), "1/7/1", 2);
    expect(missedOf(some)).toBe(3);
    const later = withoutProcesses(withMissed(some, "2/7/2", 1), (process) => process === "1/7/1");
    expect([missedOf(later), Object.keys(later.read)]).toEqual([4, ["2/7/2"]]);
  });

  it("do not call missed what was before anybody counted", () => {
    const beginning = withBefore(nothingCounted, "1/7/1");
    expect(parseCounted(countedText(beginning), "requests.json")).toEqual(beginning);
    expect(withLines(beginning, "1/7/1", 100).read["1/7/1"]).toEqual({ id: -1, lines: 100, missed: 0 });
  });

  it("forget the oldest of many processes of which nobody says that they are gone", () => {
    const many = Array.from({ length: 30 }, (_, n) => `1/${n}/1`).reduce(
      (all, process) => withMissed(all, process, 1),
      nothingCounted,
    );
    const kept = withoutProcesses(many, () => false);
    expect([Object.keys(kept.read).length, missedOf(kept)]).toEqual([20, 30]);
  });
});
