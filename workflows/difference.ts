import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Change } from "./deliver.ts";

/** What an edited file loses and gets, as Git shows it; empty for one that is new or as rendered. */
export function differenceOf({ path, text, before }: Change): string {
  if (before === undefined || before === text) return "";
  const folder = mkdtempSync(join(tmpdir(), "slipway-difference-"));
  try {
    for (const [side, content] of Object.entries({ a: before, b: text })) {
      mkdirSync(dirname(join(folder, side, path)), { recursive: true });
      writeFileSync(join(folder, side, path), content);
    }
    const sides = [`a/${path}`, `b/${path}`];
    const git = ["diff", "--no-index", "--no-prefix", "--no-color", "--no-ext-diff", "--", ...sides];
    const { stdout } = spawnSync("git", git, { cwd: folder, encoding: "utf8", timeout: 10_000 });
    return stdout.slice(Math.max(0, stdout.indexOf("--- ")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
