import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { containerSpec, environmentOf } from "../../lib/releases/container.ts";
import { formatProblems } from "../../lib/problem.ts";
import { problemsOfFile, readConfiguration } from "../../settings/read-configuration.ts";
import { openProject } from "../../settings/stack-files.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/own-service.md"), "utf8");
const [, file = ""] = /^```yaml\n(config:\n[^]*?)^```$/m.exec(page) ?? [];

/** What the page's own stack file comes to. */
function settingsOfPage() {
  const folder = mkdtempSync(join(tmpdir(), "slipway-docs-"));
  const path = join(folder, "Pulumi.shop.yaml");
  writeFileSync(path, file);
  const entries = openProject(root).read("shop", path);
  rmSync(folder, { recursive: true });
  expect(formatProblems(problemsOfFile(entries))).toBe("");
  const read = readConfiguration(entries);
  if ("problems" in read) throw new Error(formatProblems(read.problems));
  return read.settings;
}

test("the page names every variable that a container gets", () => {
  const settings = settingsOfPage();
  const spec = containerSpec(
    { ...settings, databases: { postgres: { name: "a", user: "a" }, redis: {}, neo4j: {} } },
    {},
  );
  const secretFiles = ["database-url", "redis-url", "neo4j-url", "api-token"];
  const given = environmentOf(spec, { version: "1.0.0", slot: "blue", secretFiles }).map((line) => line.split("=")[0]);
  for (const name of given) expect(page).toContain(`\`${name ?? ""}\``);
});

test("the page's figures are the defaults", () => {
  const { health, verdict, limits } = settingsOfPage();
  expect(page).toContain(`${String(limits.memoryMb)} MB (\`slipway:limits.memoryMb\`)`);
  expect(page).toContain(`within ${String(health.timeoutMs / 1_000)} seconds (\`health.timeoutMs\`)`);
  expect(page).toContain(`within ${String(health.gateSeconds)} seconds (\`health.gateSeconds\`)`);
  expect(page).toContain(`More than ${String(verdict.maxErrorRatePercent)} % answers of 5xx`);
  expect(page).toContain(`longer than ${String(verdict.maxResponseMs / 1_000)} seconds`);
});
