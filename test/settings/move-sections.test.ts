import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { moveSections } from "../../settings/move-sections.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-sections-"));
const [from, to] = ["Pulumi.production.yaml", "Pulumi.governance.yaml"].map((name) => join(folder, name)) as [
  string,
  string,
];
afterAll(() => {
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  rmSync(to, { force: true });
  writeFileSync(
    from,
    `encryptionsalt: v1:abc
config:
  slipway:version: 1.0.0 # stays
  slipway:github:
    owner: acme
  slipway:environment:
    name: production
    # Why so long: people sleep.
    waitMinutes: 5
  slipway:environmentSecrets:
    KEY:
      secure: v1:xyz
`,
  );
});

test("go into a file of their own with their comments; secrets and all else stay", () => {
  expect(moveSections(from, to)).toEqual(["slipway:github", "slipway:environments.production"]);
  expect(readFileSync(to, "utf8")).toBe(`config:
  slipway:github:
    owner: acme
  slipway:environments:
    production:
      # Why so long: people sleep.
      waitMinutes: 5
`);
  expect(readFileSync(from, "utf8")).toBe(`encryptionsalt: v1:abc
config:
  slipway:version: 1.0.0 # stays
  slipway:environmentSecrets:
    KEY:
      secure: v1:xyz
`);
});

test("are not moved over what is there, and a second time there is nothing to move", () => {
  writeFileSync(to, "config:\n  slipway:github:\n    owner: other\n");
  expect(moveSections(from, to)).toEqual(["slipway:environments.production"]);
  expect(readFileSync(to, "utf8")).toContain("owner: other");
  const [left, there] = [readFileSync(from, "utf8"), readFileSync(to, "utf8")];
  expect(moveSections(from, to)).toEqual([]);
  expect([readFileSync(from, "utf8"), readFileSync(to, "utf8")]).toEqual([left, there]);
});

test("a stack that lists repositories gets the one of the other beside them", () => {
  writeFileSync(from, readFileSync(from, "utf8").replace("owner: acme", "owner: acme\n    repository: ape-2026"));
  writeFileSync(to, "config:\n  slipway:github:\n    owner: acme\n  slipway:repositories:\n    payments: {}\n");
  expect(moveSections(from, to)).toEqual(["slipway:github.repository", "slipway:environments.production"]);
  expect(readFileSync(to, "utf8")).toContain("owner: acme\n    repository: ape-2026\n");
});
