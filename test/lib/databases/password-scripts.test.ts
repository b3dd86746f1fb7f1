import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fillScript, passwordMark } from "../../../lib/databases/password-scripts.ts";

/** A `docker` that says the same password of every database. */
const folder = mkdtempSync(join(tmpdir(), "slipway-passwords-"));
writeFileSync(join(folder, "docker"), '#!/bin/sh\ncase "$1" in run) printf "${KEPT-s3cret}" ;; *) exit 1 ;; esac\n');
chmodSync(join(folder, "docker"), 0o755);
const env = {
  PATH: `${folder}:${process.env.PATH ?? ""}`,
  PREFIX: "ape-test",
  IMAGE: "redis",
  ONE_OFF: "docker run --rm",
  KINDS: "postgres redis",
};
const fill = (files: Record<string, string>) =>
  JSON.parse(
    execFileSync("sh", ["-euc", fillScript], { encoding: "utf8", input: JSON.stringify(files), env }),
  ) as object;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("each mark becomes the password that the host keeps, and nothing else changes", () => {
  const [postgres, redis] = [passwordMark("postgres"), passwordMark("redis")];
  const others = { plain: "postgres", twisted: `\\u0001postgres\\u0001 %s $(id) \`id\` 'quoted' "twice"\n`, empty: "" };
  expect(fill({ "database-url": `postgresql://ape:${postgres}@a`, again: postgres, redis, ...others })).toEqual({
    "database-url": "postgresql://ape:s3cret@a",
    again: "s3cret",
    redis: "s3cret",
    ...others,
  });
});

test.each(["two\\nlines", 'a"quote', "a\\\\backslash"])(
  "a file that somebody broke is named and goes nowhere: %s",
  (kept) => {
    const { status, stdout, stderr } = spawnSync("sh", ["-euc", fillScript], {
      encoding: "utf8",
      input: JSON.stringify({ url: passwordMark("postgres") }),
      env: { ...env, KEPT: kept },
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(
      "ape-test-postgres: .slipway-password in the volume ape-test-postgres is no password, got ",
    );
  },
);
