import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dashboard } from "../../monitoring/dashboard.ts";
import { dashboardData, questionsOf, spanOf, type Told } from "../../monitoring/dashboard-data.ts";
import { dashboardPage } from "../../monitoring/dashboard-page.ts";
import { needs } from "../support/needs.ts";

/** The page as a person's browser draws it. */
const executablePath = needs("chromium", "chromium");
const folder = mkdtempSync(join(tmpdir(), "slipway-page-"));
const file = join(folder, "page.html");
const model = dashboard({ service: "a-service-of-twenty", environment: "production" }, { service: true });
const span = { from: 1_790_000_000, to: 1_790_000_000 + 360 * 240, step: 240 };
const times = Array.from({ length: 361 }, (_, index) => span.from + index * span.step);
const answerTo = (question: number) => ({
  status: "success",
  data: {
    resultType: "matrix",
    // One panel has no figures.
    result: (question === 5 ? [] : ["blue", "green"]).map((name, line) => ({
      metric: { slot: name, host: name, version: name, queue: name, kind: name },
      values: times.map((time, at) => [time, String(Math.abs(Math.sin((at + question + line * 40) / 30)))]),
    })),
  },
});
const delivery: Told[] = [
  ["deployment frequency", "1.2 a day: 108 in 90 days; a usual week has 8"],
  [
    "lead time for changes",
    "could not look: acme/a-repository-with-quite-a-long-name does not show it to this token, got 404",
  ],
];
/** Asked in the page, which has other types than the tests. */
const inPage = {
  // What is drawn has more than its background in it.
  drawn: `[...document.querySelectorAll("canvas")].map((canvas) =>
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))`,
  widths: `({
    page: document.documentElement.scrollWidth,
    // What is above the panels begins where they do.
    edges: new Set([".card", "article"].map((each) => document.querySelector(each).getBoundingClientRect().left)).size,
    cards: [...document.querySelectorAll("article, .card")].map((card) => card.scrollWidth - card.clientWidth),
  })`,
  contrasts: `(() => {
    const luminance = (colour) => {
      const [red, green, blue] = colour.match(/\\d+/g).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
      const colour = element === null ? "rgb(255, 255, 255)" : getComputedStyle(element).backgroundColor;
      return colour === "rgba(0, 0, 0, 0)" ? behind(element.parentElement) : colour;
    };
    return [...document.querySelectorAll("h1, h2, p, dt, dd, li, .none")].map((element) => {
      const both = [luminance(getComputedStyle(element).color), luminance(behind(element))];
      return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    });
  })()`,
  endIsSeen: `[...document.querySelectorAll("article")].at(-1).getBoundingClientRect().bottom <= innerHeight + 1`,
  firstPicture: `document.querySelector("canvas").toDataURL()`,
};
let browser: Browser | undefined;
let page: Page;
const asked: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  const answers = questionsOf(model).map((_, question) => answerTo(question));
  writeFileSync(file, dashboardPage(dashboardData(model, span, answers, delivery)));
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  page = await browser.newPage();
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

const looks = (["light", "dark"] as const).flatMap((scheme) => [390, 1600].map((width) => ({ scheme, width })));

describe.each(looks)("in $scheme, $width pixels wide", ({ scheme, width }) => {
  beforeAll(async () => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 800 });
    await page.goto(pathToFileURL(file).href);
  });

  test("every panel is drawn, or says that it has no figures, and nothing is cut off", async () => {
    const articles = page.locator("article");
    expect(await articles.count()).toBe(model.panels.length);
    expect(await page.getByText("No figures").count()).toBe(1);
    expect(await page.evaluate<boolean[]>(inPage.drawn)).toEqual(
      Array.from({ length: model.panels.length - 1 }, () => true),
    );
    const wide = await page.evaluate<{ readonly page: number; readonly edges: number; readonly cards: number[] }>(
      inPage.widths,
    );
    expect(wide.page).toBeLessThanOrEqual(width);
    expect(wide.edges).toBe(1);
    expect(wide.cards.filter((over) => over > 0)).toEqual([]);
  });

  test("text can be read on what is behind it", async () => {
    const ratios = await page.evaluate<number[]>(inPage.contrasts);
    // WCAG 2.2, 1.4.3.
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(4.5);
  });

  test("keys lead to the last panel", async () => {
    await page.keyboard.press("End");
    await expect.poll(() => page.evaluate<boolean>(inPage.endIsSeen), { timeout: 10_000 }).toBe(true);
  });
});

test("each picture has a name, and its last values as text", async () => {
  const pictures = page.getByRole("img");
  expect(await pictures.count()).toBe(model.panels.length - 1);
  for (const title of ["Requests", "Queue depth", "Availability"]) {
    expect(await page.getByRole("img", { name: `${title}, last values below`, exact: true }).count()).toBe(1);
    expect(await page.getByRole("article", { name: title, exact: true }).getByRole("listitem").count()).toBe(2);
  }
});

test("whoever turns the lights on or off sees it drawn anew", async () => {
  const first = () => page.evaluate<string>(inPage.firstPicture);
  const dark = await first();
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(first, { timeout: 10_000 }).not.toBe(dark);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(first, { timeout: 10_000 }).toBe(dark);
});

/** Each stretch, what was answered in it, and how many panels have nothing to draw. */
const stretches = [
  { what: "a day of which nothing is known", hours: 24, figures: false, rollouts: 0 },
  { what: "a week with a rollout that went back", hours: 7 * 24, figures: true, rollouts: 1 },
  { what: "a year", hours: 8_760, figures: true, rollouts: 52 },
] as const;

describe.each(stretches)("of $what", ({ hours, figures, rollouts }) => {
  const whole = spanOf(hours, span.to * 1_000);
  const at = Array.from({ length: (whole.to - whole.from) / whole.step + 1 }, (_, i) => whole.from + i * whole.step);
  const every = Math.floor(at.length / (rollouts + 1));
  const answered = questionsOf(model).map((_, question, all) => {
    const isRollouts = question === all.length - 1;
    const value = (time: number, index: number): [number, string] => [
      time,
      isRollouts ? String(Number(rollouts > 0 && index > 0 && index % every === 0)) : String((index + question) % 7),
    ];
    return {
      status: "success",
      data: { result: figures ? [{ metric: { slot: "blue", host: "host" }, values: at.map(value) }] : [] },
    };
  });
  const failed: Told[] = [["change failure rate", "50 %: 1 of 2 that reached traffic"]];
  const data = dashboardData(model, whole, answered, failed);

  test.each(looks)("in $scheme, $width pixels wide", async ({ scheme, width }) => {
    expect(data.rollouts.length).toBeGreaterThanOrEqual(rollouts);
    writeFileSync(file, dashboardPage(data));
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 800 });
    await page.goto(pathToFileURL(file).href);
    const panels = model.panels.length;
    expect(await page.getByText("No figures").count()).toBe(figures ? 0 : panels);
    expect((await page.evaluate<boolean[]>(inPage.drawn)).filter(Boolean)).toHaveLength(figures ? panels : 0);
    const wide = await page.evaluate<{ readonly page: number; readonly cards: number[] }>(inPage.widths);
    expect(wide.page).toBeLessThanOrEqual(width);
    expect(wide.cards.filter((over) => over > 0)).toEqual([]);
    expect(Math.min(...(await page.evaluate<number[]>(inPage.contrasts)))).toBeGreaterThanOrEqual(4.5);
  });
});

test("nobody is asked for anything, and nothing goes wrong", () => {
  expect(new Set(asked)).toEqual(new Set([pathToFileURL(file).href]));
  expect(complaints).toEqual([]);
});
