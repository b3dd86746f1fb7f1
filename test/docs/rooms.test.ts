import { execFileSync } from "node:child_process";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { roomsPage } from "../../docs/render.ts";
import { climbs, cruiseOptions, fileArrows, roomOf, rules, uses } from "../../docs/rooms.ts";

const root = new URL("../..", import.meta.url);
const tracked = execFileSync("git", ["ls-files", "*.ts"], { cwd: root, encoding: "utf8" }).trim().split("\n");

test("the picture shows the imports that the code has", async () => {
  const committed = await readFile(new URL("docs/rooms.md", root), "utf8");
  expect(committed, "run npm run docs").toBe(await roomsPage());
});

test("no file is read by path from a room above or beside its reader's", async () => {
  expect(climbs(await fileArrows(root))).toEqual([]);
  // Seen at all: the proxy's start script.
  expect(await fileArrows(root)).toContainEqual({ from: "components/proxy.ts", to: "router/proxy.sh" });
});

test("every file of code is in a room, in a test or in a benchmark", () => {
  const rooms = [...uses.keys(), "test", "bench", "vitest.config.ts"];
  expect(tracked.filter((file) => !rooms.includes(roomOf(file)))).toEqual([]);
});

describe("the lint", () => {
  let folder = "";
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Names of the rules that these files break. */
  async function broken(files: Readonly<Record<string, string>>): Promise<string[]> {
    folder = await mkdtemp(join(tmpdir(), "slipway-rooms-"));
    for (const [file, text] of Object.entries(files)) {
      await mkdir(join(folder, dirname(file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    const options = { ...cruiseOptions, baseDir: folder, validate: true, ruleSet: { forbidden: [...rules] } };
    const { output } = await cruise(["."], options);
    return (output as ICruiseResult).summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
  }

  test("bites on a climb, of a type too, and on an import of a room beside", async () => {
    expect(
      await broken({
        "lib/a.ts": 'import type { B } from "../github/b.ts";\nexport type A = B;\n',
        "github/b.ts": "export type B = 1;\n",
        "bin/c.ts": 'import "../policy/d.ts";\n',
        "policy/d.ts": 'import "../lib/a.ts";\n',
      }),
    ).toEqual(["bin-climbs: bin/c.ts → policy/d.ts", "lib-climbs: lib/a.ts → github/b.ts"]);
  });

  test("bites on an import of a test, of a room apart, and of a folder that is no room", async () => {
    expect(
      await broken({
        "bin/a.ts": 'import "../test/t.ts";\nimport "../toolchain/t.ts";\nimport "../elsewhere/t.ts";\n',
        "test/t.ts": "",
        "toolchain/t.ts": 'import "../workflows/w.ts";\n',
        "workflows/w.ts": "",
        "elsewhere/t.ts": "",
      }),
    ).toEqual([
      "bin-climbs: bin/a.ts → elsewhere/t.ts",
      "bin-climbs: bin/a.ts → test/t.ts",
      "bin-climbs: bin/a.ts → toolchain/t.ts",
      "toolchain-climbs: toolchain/t.ts → workflows/w.ts",
    ]);
  });

  test("bites on a circle that only a type closes", async () => {
    expect(
      await broken({
        "lib/a.ts": 'import { b } from "./b.ts";\nexport type A = typeof b;\n',
        "lib/b.ts": 'import type { A } from "./a.ts";\nexport const b = 1 as A;\n',
      }),
    ).toContainEqual(expect.stringMatching(/^circle: /));
  });

  test("lets tests import what they try, and a room what stands below it", async () => {
    expect(
      await broken({
        "test/t.ts": 'import "../components/a.ts";\n',
        "components/a.ts": 'import "../router/b.ts";\n',
        "router/b.ts": "",
      }),
    ).toEqual([]);
  });
});
