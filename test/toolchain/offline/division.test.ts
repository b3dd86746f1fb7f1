import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { slipwayFolder } from "../../../lib/folders.ts";

const offline = join(slipwayFolder, "toolchain", "offline");
/** Small things that both parts of the toolchain use. */
const shared = ["apt", "cache", "command", "paths", "setup-failed", "step", "stock-images"];

test("what serves machines without downloads stands on shared small things only", () => {
  const files = globSync("**/*.ts", { cwd: offline });
  const climbing = files.flatMap((file) => {
    const imports = readFileSync(join(offline, file), "utf8").matchAll(/ from "(\.[^"]+)"/g);
    return [...imports]
      .map(([, target = ""]) => relative(offline, join(offline, dirname(file), target)))
      .filter((target) => target.startsWith(".."));
  });
  expect(files.length).toBeGreaterThan(10);
  expect([...new Set(climbing)].sort()).toEqual(["../../lib/folders.ts", ...shared.map((name) => `../${name}.ts`)]);
});
