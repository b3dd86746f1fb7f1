import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { formatProblems } from "../../lib/problem.ts";
import { problemsOfFile } from "../../settings/read-configuration.ts";
import { openProject } from "../../settings/stack-files.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/hosts.md"), "utf8");
/** Stack files that the page shows whole, to be copied. */
const files = [...page.matchAll(/^```yaml\n(config:\n[^]*?)^```$/gm)].map(([, file = ""]) => file);

test("a stack file that is shown whole is accepted as it stands, and needs no GitHub", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-docs-"));
  expect(files.length).toBeGreaterThan(0);
  for (const text of files) {
    const file = join(folder, "Pulumi.first.yaml");
    writeFileSync(file, text);
    expect(formatProblems(problemsOfFile(openProject(root).read("first", file)))).toBe("");
    expect(text).not.toMatch(/github:|repository|environment/);
  }
  rmSync(folder, { recursive: true });
});

test("the examples of settings are one stack file that is accepted as it stands", () => {
  const file = join(root, "settings/examples.yaml");
  expect(formatProblems(problemsOfFile(openProject(root).read("shop", file)))).toBe("");
});

test("every example is on the page of the settings, under its own heading", () => {
  const { config } = parse(readFileSync(join(root, "settings/examples.yaml"), "utf8")) as {
    config: Record<string, unknown>;
  };
  const settings = readFileSync(join(root, "docs/settings.md"), "utf8");
  for (const key of Object.keys(config)) {
    const [, section = ""] = settings.split(`\n## ${key.replace("slipway:", "")}\n`);
    expect(section.split("\n## ")[0], key).toContain(`\`\`\`yaml\n${key}:`);
  }
});
