import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { alertRules, runbookOf, usualGoals } from "../../monitoring/alert-rules.ts";
import { burnRules } from "../../monitoring/burn-rates.ts";
import { guideAlerts } from "../../monitoring/guide-alerts.ts";
import { noScore, scored, weigh } from "../../router/score.ts";
import { settingsOf } from "../support/settings-of.ts";

const root = join(import.meta.dirname, "../..");
const pages = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .trim()
  .split("\n")
  .filter((page) => existsSync(join(root, page)))
  .map((page) => ({ page, text: readFileSync(join(root, page), "utf8") }));

const withoutCode = (text: string) => text.replaceAll(/^```[^]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "");

/** Anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): Set<string> {
  const headings = [...text.replaceAll(/^```[^]*?^```$/gm, "").matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
  const seen = new Map<string, number>();
  return new Set(
    headings.map((heading) => {
      const times = seen.get(heading) ?? 0;
      seen.set(heading, times + 1);
      return times === 0 ? heading : `${heading}-${times}`;
    }),
  );
}

test("every relative link leads to a file, and every anchor to a heading", () => {
  const broken = pages.flatMap(({ page, text }) =>
    [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? page : normalize(join(dirname(page), path));
        if (!existsSync(join(root, target))) return true;
        return anchor !== undefined && !anchors(readFileSync(join(root, target), "utf8")).has(anchor);
      })
      .map((link) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test("every alert has a paragraph that says what to do, and every paragraph an alert", () => {
  const { text = "" } = pages.find(({ page }) => page === "docs/alerts.md") ?? {};
  const scope = { service: "api", environment: "production" };
  const alerts = [...alertRules(scope), ...burnRules(scope, usualGoals)].map(({ alert }) => alert);
  const told = alerts.map(runbookOf).filter((link) => !anchors(text).has(link.replace("docs/alerts.md#", "")));
  expect(told).toEqual([]);
  const headings = [...text.matchAll(/^### (\S+)$/gm)].map(([, heading]) => heading);
  expect(headings.toSorted()).toEqual(alerts.toSorted());
  expect(guideAlerts.filter(({ source, title }) => source !== "prometheus" && !text.includes(`| ${title} `))).toEqual(
    [],
  );
});

test("the index names every page", () => {
  const index = readFileSync(join(root, "docs/README.md"), "utf8");
  const listed = pages.map(({ page }) => page).filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
  expect(listed.filter((page) => !index.includes(`(${page.slice("docs/".length)})`))).toEqual([]);
});

test("only pages whose commands a test runs have sh blocks", () => {
  const ours = pages.filter(({ page }) => !page.startsWith("examples/"));
  expect(ours.filter(({ text }) => /^```sh$/m.test(text)).map(({ page }) => page)).toEqual([
    "README.md",
    "docs/runbook.md",
  ]);
});

test("commands on the host stand on one page", () => {
  expect(pages.filter(({ text }) => /docker exec\b.*slipway-router/.test(text)).map(({ page }) => page)).toEqual([
    "docs/runbook.md",
  ]);
});

test("a look that one takes before the first update names its stack: a new clone has several, and none is selected", () => {
  const instructions = pages.filter(({ page }) => page !== "CHANGELOG.md");
  const bare = instructions.flatMap(({ page, text }) =>
    [...text.matchAll(/slipway preflight(?! --stack).*/g)].map(([command]) => `${page}: ${command}`),
  );
  expect(bare).toEqual([]);
});

test("what the README says that users meet of a bad release is the least that the verdict needs", () => {
  const {
    verdict: { maxErrorRatePercent: percent, minRequests },
  } = settingsOf({});
  const answers = [noScore];
  while (answers.every((score) => weigh(score, percent, minRequests, false) !== "bad")) {
    answers.push(scored(answers.at(-1) ?? noScore, { requests: 1, bad: 1 }, percent));
  }
  const { text = "" } = pages.find(({ page }) => page === "README.md") ?? {};
  expect(text).toContain(`${answers.length - 1} to 12 failed requests where it fails them all`);
});
