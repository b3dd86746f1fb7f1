import { describe, expect, it } from "vitest";
import { parseLine } from "../../router/request-log.ts";
import { Timing } from "../../router/timing.ts";

describe("Timing", () => {
  it("gives percentiles to 2 %, and none without answers", () => {
    const timing = new Timing();
    expect(timing.percentile(50)).toBeNull();
    for (let ms = 1; ms <= 10_000; ms++) timing.add(ms);
    for (const percent of [1, 50, 95, 99, 100]) {
      const found = timing.percentile(percent) ?? 0;
      expect(Math.abs(found - percent * 100) / (percent * 100)).toBeLessThan(0.02);
    }
  });

  it("keeps 0 ms at 0", () => {
    const timing = new Timing();
    timing.add(0);
    expect(timing.percentile(99)).toBe(0);
  });
});

describe("parseLine", () => {
  it.each([
    ["200 green-1 6/7 ms ---- GET 10.0.0.9 - /a", { server: "green-1", ms: 6, isError: false, client: "10.0.0.9" }],
    [
      "504 spare-blue-2 -1/5003 ms sH-- GET ::1 - /a b",
      { server: "spare-blue-2", ms: 5003, isError: true, client: "::1" },
    ],
    [
      "200 green-1 9000/9001 ms ---- POST 10.0.0.9 1 /a",
      { server: "green-1", ms: null, isError: false, client: "10.0.0.9" },
    ],
    ["503 <NOSRV> -1/0 ms SC-- GET 127.0.0.1 - /", null],
    ['Server service/blue-1 is DOWN, reason: Health analyze, info: "200 green-1 6/7 ms"', null],
  ])("reads %j", (line, answer) => {
    expect(parseLine(line)).toEqual(answer);
  });
});
