import { describe, expect, it } from "vitest";
import { dashboardData, rangePath, spanOf } from "../../monitoring/dashboard-data.ts";
import { dashboardPage } from "../../monitoring/dashboard-page.ts";
import type { Dashboard } from "../../monitoring/dashboard.ts";

const model: Dashboard = {
  title: "api production",
  panels: [
    {
      title: "Requests",
      description: "By slot.",
      unit: "per second",
      queries: [{ expr: "a", legend: { label: "slot" } }],
    },
    { title: "Errors", description: "All.", unit: "share", queries: [{ expr: "b", legend: { text: "errors" } }] },
  ],
  rollouts: "c",
};
const answer = (...series: readonly [metric: object, values: readonly [number, string][]][]) => ({
  status: "success",
  data: { resultType: "matrix", result: series.map(([metric, values]) => ({ metric, values })) },
});
const span = { from: 60, to: 120, step: 15 };
const data = (third: object = answer(), title = model.title) =>
  dashboardData(
    { ...model, title },
    span,
    [
      answer(
        [
          { slot: "blue" },
          [
            [60, "1"],
            [75, "2.5"],
            [120, "NaN"],
          ],
        ],
        [{ slot: "green" }, [[105, "4"]]],
      ),
      answer([{}, [[90, "+Inf"]]]),
      third,
    ],
    [["deployment frequency", "1 a day"]],
  );

describe("what a page shows", () => {
  it("is each answer at its time, and nothing where there is no number", () => {
    const { times, panels } = data();
    expect(times).toEqual([60, 75, 90, 105, 120]);
    expect(panels.map(({ lines }) => lines)).toEqual([
      [
        { name: "blue", values: [1, 2.5, null, null, null] },
        { name: "green", values: [null, null, null, 4, null] },
      ],
      [{ name: "errors", values: [null, null, null, null, null] }],
    ]);
  });

  it("is where a rollout ran, also one that runs still", () => {
    const running = (...values: readonly [number, string][]) => data(answer([{}, values])).rollouts;
    expect(running([60, "0"], [75, "1"], [90, "1"], [105, "0"], [120, "1"])).toEqual([
      [75, 105],
      [120, 120],
    ]);
    expect(data().rollouts).toEqual([]);
  });

  it("is never made of an answer that is none", () => {
    expect(() => data({ status: "error", error: "bad_data" })).toThrow(
      `Prometheus can't answer what the dashboard asks: {"status":"error"`,
    );
  });

  it.each([
    [1, 15, 240],
    [24, 240, 360],
    [8_760, 87_600, 360],
  ])("of %i hours has a point each %i seconds, %i in all", (hours, step, count) => {
    const found = spanOf(hours, 1_000_000_000_000);
    expect(found.step).toBe(step);
    expect((found.to - found.from) / step).toBe(count);
    expect(found.to % step).toBe(0);
  });

  it("is asked for in words that an address can have", () => {
    expect(rangePath('a{b="c d"} + 1', span)).toBe(
      "/api/v1/query_range?query=a%7Bb%3D%22c+d%22%7D+%2B+1&start=60&end=120&step=15",
    );
  });
});

describe("the page", () => {
  it("asks nobody for anything, and is not to", () => {
    const page = dashboardPage(data());
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<(script|img|link|iframe)[^>]*\b(src|href)=|@import|url\(/);
    expect(page).not.toMatch(/\/\*[A-Z]+\*\//);
  });

  it("can't be ended or filled by what it shows", () => {
    const page = dashboardPage(data(answer(), "</script><img src=x onerror=alert(1)>$&"));
    expect(page).not.toContain("<img");
    expect(page).not.toContain("</script>\\u003c");
    const [, json = ""] = /id="data">\s*(.*?)\s*<\/script>/s.exec(page) ?? [];
    expect(JSON.parse(json)).toMatchObject({ title: "</script><img src=x onerror=alert(1)>$&" });
  });
});
