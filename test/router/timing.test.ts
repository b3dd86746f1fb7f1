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
  const line = (server: string, status: number, times: string, rest: string) =>
    `{"status":${String(status)},"server":"${server}",${times},"end":"----",${rest}`;

  it.each([
    [
      line("green-1", 200, '"headMs":6,"ms":7', '"network":"10.0.0.9","upload":"-","time":"2026-11-26T13:12:58Z","pa'),
      { server: "green-1", ms: 6, allMs: 7, isError: false, client: "10.0.0.9" },
    ],
    [
      line("spare-blue-2", 504, '"headMs":-1,"ms":5003', '"network":"::1","upload":"-","path":"/a b"}'),
      { server: "spare-blue-2", ms: 5003, allMs: 5003, isError: true, client: "::1" },
    ],
    [
      line("green-1", 200, '"headMs":9000,"ms":+9001', '"network":"10.0.0.9","upload":"1","path":"/a"}'),
      { server: "green-1", ms: null, allMs: 9001, isError: false, client: "10.0.0.9" },
    ],
    // A client chose a method of 300 letters, and the ring has cut the line.
    [
      line("green-1", 500, '"headMs":6,"ms":7', `"network":"10.0.0.9","upload":"-","method":"${"X".repeat(300)}`).slice(
        0,
        256,
      ),
      { server: "green-1", ms: 6, allMs: 7, isError: true, client: "10.0.0.9" },
    ],
    [line("<NOSRV>", 503, '"headMs":-1,"ms":0', '"network":"127.0.0.1","upload":"-"'), null],
    ['Server service/blue-1 is DOWN, info: "{"status":200,"server":"green-1","headMs":6,"ms":7"', null],
  ])("reads %j", (text, answer) => {
    expect(parseLine(text)).toEqual(answer);
  });
});
