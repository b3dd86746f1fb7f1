import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/security.md"), "utf8");

/** Rows of the table under a heading, without its head. */
function rowsOf(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const upTo = (chapter: number, last: number) =>
  Array.from({ length: last }, (_, index) => `${String(chapter)}.${String(index + 1)}`);

test("the CIS table names every item about images and containers once, and says why one is not met", () => {
  const rows = rowsOf("CIS Docker Benchmark");
  const items = rows.flatMap(([item = ""]) => item.match(/\b[45]\.\d+\b/g) ?? []);
  expect(items.sort()).toEqual([...upTo(4, 12), ...upTo(5, 32)].sort());
  const unexplained = rows.filter((row) => row.some((cell) => /^(no|part)\b|, part$/.test(cell)) && row.at(-1) === "");
  expect(unexplained).toEqual([]);
});

/** https://github.com/ossf/scorecard/blob/main/docs/checks.md */
const checks =
  "Binary-Artifacts Branch-Protection CI-Tests CII-Best-Practices Code-Review Contributors Dangerous-Workflow " +
  "Dependency-Update-Tool Fuzzing License Maintained Packaging Pinned-Dependencies SBOM SAST Security-Policy " +
  "Signed-Releases Token-Permissions Vulnerabilities Webhooks";

test("the Scorecard table names every check, its state and why", () => {
  const rows = rowsOf("OpenSSF Scorecard");
  expect(rows.map(([check]) => check)).toEqual(checks.split(" "));
  for (const [check, state, why] of rows) {
    expect(["yes", "part", "no"], check).toContain(state);
    expect(why, check).not.toBe("");
  }
});

test("every party of the threat model has something in its way, or it is said what is left", () => {
  const rows = rowsOf("Threat model");
  expect(rows.length).toBeGreaterThan(8);
  expect(rows.filter((row) => row.length !== 4 || row.includes(""))).toEqual([]);
});

test("what the table says of this repository's files is so", () => {
  const files = execFileSync("git", ["ls-files", "--eol"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  const binary = files.filter((line) => line.startsWith("i/-text")).map((line) => line.split("\t")[1] ?? "");
  expect(binary.filter((file) => !/\.(png|svg)$/.test(file))).toEqual([]);
  const names = files.map((line) => line.split("\t")[1] ?? "");
  expect(names).toEqual(expect.arrayContaining(["LICENSE", "SECURITY.md", ".github/CODEOWNERS", ".ci/run"]));
  const workflows = names.filter((file) => file.startsWith(".github/workflows/"));
  expect(workflows).toEqual([".github/workflows/ci.yml", ".github/workflows/release.yml"]);
  for (const file of workflows) {
    const text = readFileSync(join(root, file), "utf8");
    expect(text).toContain("\npermissions: {}\n");
    expect(text).not.toContain("pull_request_target");
  }
});
