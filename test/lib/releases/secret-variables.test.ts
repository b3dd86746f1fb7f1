import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { imageStartScript, parseImageStart, readingSecrets } from "../../../lib/releases/secret-variables.ts";
import { parseSettings } from "../../../settings/settings.ts";
import { rawConfig } from "../../support/raw-config.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-variables-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A file for a secret, and the variable that names it. */
function file(name: string, value: string): Record<string, string> {
  const path = join(folder, name);
  writeFileSync(path, value);
  return { [`${name}_FILE`]: path };
}

test("a command finds secrets in its variables, as they are", () => {
  const secrets = { TOKEN: ' $(id) "two"\nlines\n\n', DATABASE_URL: "postgresql://u:p@h/d?a='b'" };
  const files = Object.entries(secrets).map(([name, value]) => file(name, value));
  const env = Object.fromEntries([["PATH", "/usr/bin:/bin"], ...files.flatMap((each) => Object.entries(each))]);
  const [shell = "", ...words] = readingSecrets(Object.keys(secrets));
  const told = execFileSync(
    shell,
    [...words, process.execPath, "-p", "JSON.stringify([process.env, process.argv[1]])", "a b"],
    {
      env,
      encoding: "utf8",
    },
  );
  expect(JSON.parse(told)).toEqual([expect.objectContaining(secrets), "a b"]);
});

test("a secret that is not there ends the container before its command begins", () => {
  const [shell = "", ...words] = readingSecrets(["TOKEN"]);
  const env = { PATH: "/usr/bin:/bin", TOKEN_FILE: join(folder, "nowhere") };
  const { status, stdout, stderr } = spawnSync(shell, [...words, "echo", "begun"], { env, encoding: "utf8" });
  expect({ status, stdout, stderr }).toMatchObject({
    status: 1,
    stdout: "",
    stderr: expect.stringContaining("nowhere") as string,
  });
});

test("an image without what reads them is named with the setting, not with the engine's words", () => {
  const docker = join(folder, "docker");
  const ask = (hasShell: boolean) => {
    writeFileSync(
      docker,
      `#!/bin/sh\n[ "$1" = image ] && echo '[["serve"],null]' || { echo runc >&2; ${String(hasShell)}; }\n`,
    );
    chmodSync(docker, 0o755);
    const env = { PATH: `${folder}:/usr/bin:/bin`, IMAGE: "sha256:1", ONE_OFF: "docker run --rm" };
    const { status, stdout, stderr } = spawnSync("sh", ["-euc", imageStartScript], { env, encoding: "utf8" });
    return { status, stdout, stderr };
  };
  expect(ask(true)).toEqual({ status: 0, stdout: '[["serve"],null]\n', stderr: "" });
  const { status, stderr } = ask(false);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^slipway:container\.secretVariables: needs \/bin\/sh and cat in the image, got sha256:1 .*Fix: /,
  );
  expect(stderr).not.toContain("runc");
});

test.each([
  ['[["/usr/bin/tini","--"],["node","a b.js"]]', { entrypoint: ["/usr/bin/tini", "--"], command: ["node", "a b.js"] }],
  ['[null,["serve"]]\n', { entrypoint: [], command: ["serve"] }],
  ['[["serve"],null]', { entrypoint: ["serve"], command: [] }],
  ["", { entrypoint: [], command: [] }],
])("what an image starts: %s", (said, start) => {
  expect(parseImageStart(said)).toEqual(start);
});

describe("slipway:container.secretVariables", () => {
  const problems = (changes: Record<string, unknown>, secrets: string[] = []) => {
    const parsed = parseSettings(rawConfig("local", changes), { secrets });
    return "problems" in parsed ? parsed.problems : [];
  };
  const container = (...secretVariables: string[]) => ({ container: { secretVariables } });

  test("may name what has a file", () => {
    expect(problems({ ...container("DATABASE_URL", "API_TOKEN") }, ["api-token"])).toEqual([]);
  });

  test("may name nothing else", () => {
    expect(problems({ ...container("REDIS_URI", "TOKEN"), databases: { redis: {} } })).toEqual([
      {
        path: "slipway:container.secretVariables[0]",
        problem: "names no secret of this stack",
        got: "REDIS_URI",
        allowed: "REDIS_URL",
        fix: "pulumi config set --path 'slipway:container.secretVariables[0]' REDIS_URL",
      },
      {
        path: "slipway:container.secretVariables[1]",
        problem: "names no secret of this stack",
        got: "TOKEN",
        allowed: "REDIS_URL",
        fix: "pulumi config rm --path 'slipway:container.secretVariables[1]'",
      },
    ]);
  });

  test("takes a name from slipway:env", () => {
    expect(problems({ ...container("DATABASE_URL"), env: { DATABASE_URL: "sqlite:" } })).toMatchObject([
      { path: "slipway:env.DATABASE_URL", problem: "is set by slipway:container.secretVariables[0] to a secret" },
    ]);
  });
});
