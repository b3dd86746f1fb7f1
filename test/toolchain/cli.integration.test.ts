import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { slipwayFolder } from "../../lib/folders.ts";

/** What the Makefile runs, in a copy of this clone whose stack file somebody has broken. */
const clone = mkdtempSync(join(tmpdir(), "slipway-broken-"));
for (const part of ["toolchain", "settings", "lib", "github", "router", "package.json", "Pulumi.yaml"]) {
  cpSync(join(slipwayFolder, part), join(clone, part), {
    recursive: true,
    filter: (source) => !source.includes("node_modules"),
  });
}
symlinkSync(join(slipwayFolder, "node_modules"), join(clone, "node_modules"));
const file = join(clone, "Pulumi.local.yaml");
cpSync(join(slipwayFolder, "Pulumi.local.yaml"), file);
appendFileSync(file, "encryptionsalt: v1:hunter2=\n  slipway:replicas: {\n");

afterAll(() => {
  rmSync(clone, { recursive: true });
});

const run = (...words: readonly string[]) =>
  spawnSync(process.execPath, [join(clone, "toolchain", "cli.ts"), ...words], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", HOME: clone },
  });

test.each([
  [["preview", "VERSION=2"], "--version 2"],
  [["down", "STACK=shop", "CONFIRM=shop"], "--stack shop --confirm shop"],
  [["up", "shop"], "up --help"],
])("%s: options as make takes them are no words of a command", (words, fix) => {
  const { status, stderr } = run(...words);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `✗ ${words[0] ?? ""}: takes options only, got ${words.slice(1).join(" ")}. Fix: ${fix}\n`,
  });
});

test.each(["setup", "up", "preview", "heal", "down"])(
  "make %s: a stack file that is no YAML is one line, without a word of the file",
  (command) => {
    const { status, stdout, stderr } = run(command);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(
      /^✗ \S+\/Pulumi\.local\.yaml: can't be read, got an error in line \d+; .*Fix: mend it there.*\n$/,
    );
  },
);
