import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { clockProgram, everySeconds, oldestHours } from "../../../lib/databases/clock.ts";
import { parseSettings } from "../../../settings/settings.ts";
import { rawConfig } from "../../support/raw-config.ts";

describe("the program that a host runs by its clock", () => {
  let folder = "";
  let backups = "";
  /** Stands for Docker: databases are dumped and read back well, unless `broken` is there. */
  const docker = `case "$*" in
    *"saved backup"*) echo "$*: $(cat)" >> "$FOLDER/told" ;;
    *State.Status*) echo running ;;
    *printenv*) echo ape ;;
    *pg_dump*--format*) [ ! -e "$FOLDER/broken" ] || exit 1; echo dump ;;
    *--list*) cat > /dev/null ;;
    *"psql"*"count(*)"*) echo 0 ;;
    *) cat > /dev/null 2>&1; echo ;;
  esac`;
  const run = (every: string) => {
    const variables = { BACKUPS: backups, KEEP: "2", POSTGRES: "p", CONTROLLER: "c", SCRIPT: "exit 9" };
    const program = join(folder, "program");
    writeFileSync(program, clockProgram({ every, variables, copies: undefined }), { mode: 0o755 });
    const env = { PATH: `${folder}/bin:/usr/bin:/bin`, FOLDER: folder, HOME: folder };
    try {
      return { code: 0, output: execFileSync(program, { env, encoding: "utf8", stdio: "pipe", timeout: 30_000 }) };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, output: stdout + stderr };
    }
  };
  const dumps = (sort = "") => readdirSync(backups).filter((name) => name.startsWith(sort) && name.endsWith(".dump"));
  const had = (name: string, hoursAgo: number) => {
    const file = join(backups, `${name}.postgres.dump`);
    writeFileSync(file, "dump");
    const at = new Date(Date.now() - hoursAgo * 3_600_000);
    utimesSync(file, at, at);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-clock-"));
    backups = join(folder, "backups");
    for (const each of ["bin", "backups"]) mkdirSync(join(folder, each));
    writeFileSync(join(folder, "bin/docker"), `#!/bin/sh\n${docker}\n`);
    chmodSync(join(folder, "bin/docker"), 0o755);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test("makes a backup that is told, and keeps as many of its own sort without touching others", () => {
    for (const [index, hours] of [30, 20, 10].entries()) {
      had(`00000${String(index)}-before-1.0.0`, hours + 1);
      had(`by-clock-${String(index)}`, hours);
    }
    const { code, output } = run("1h");
    expect(code, output).toBe(0);
    expect(dumps("0000")).toHaveLength(3);
    expect(dumps("by-clock-")).toEqual(["by-clock-2.postgres.dump", expect.stringMatching(/^by-clock-\d{8}T\d{6}Z/)]);
    expect(readFileSync(join(folder, "told"), "utf8")).toMatch(
      /slipway-router saved backup by-clock-\d{8}T\d{6}Z: \n$/,
    );
  });

  test("makes none after a boot where there is one of the last half of the time", () => {
    had("by-clock-1", 2);
    expect(run("6h")).toEqual({ code: 0, output: "" });
    expect(dumps()).toHaveLength(1);
    expect(run("3h").code).toBe(0);
    expect(dumps()).toHaveLength(2);
  });

  test("a backup that fails is told, to whoever looks there and to the controller, and leaves nothing half-made", () => {
    writeFileSync(join(folder, "broken"), "");
    expect(run("1h").code).toBe(1);
    expect(dumps()).toEqual([]);
    expect(readFileSync(join(backups, ".backup-failed"), "utf8")).toMatch(/^\d+ not everything could be backed up\n$/);
    expect(readFileSync(join(folder, "told"), "utf8")).toMatch(/: not everything could be backed up\n$/);
    rmSync(join(folder, "broken"));
    expect(run("1h").code).toBe(0);
    expect(readdirSync(backups)).not.toContain(".backup-failed");
  });

  test("waits for nobody's lock longer than it says, and never runs beside another backup", () => {
    const held = `exec 9< '${backups}'; flock -n 9; timeout 3 "$1" || echo "ended $?"`;
    const variables = { BACKUPS: backups, KEEP: "2", POSTGRES: "p", CONTROLLER: "c" };
    const program = join(folder, "program");
    const text = clockProgram({ every: "1h", variables, copies: undefined }).replace("WAIT=3600", "WAIT=0");
    writeFileSync(program, text, { mode: 0o755 });
    const env = { PATH: `${folder}/bin:/usr/bin:/bin`, FOLDER: folder, HOME: folder };
    const said = execFileSync("sh", ["-c", held, "sh", program], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(said).toMatch(/another one of this stack is running[^]*ended 1\n$/);
    expect(dumps()).toEqual([]);
  });
});

test("times between backups, and how old the newest one may get", () => {
  expect(["30m", "6h", "2d"].map(everySeconds)).toEqual([1_800, 21_600, 172_800]);
  expect(["1m", "6h", "2d"].map(oldestHours)).toEqual([1, 12, 96]);
});

describe("slipway:backups.every", () => {
  const problems = (stack: string, more: Readonly<Record<string, unknown>>) => {
    const parsed = parseSettings(rawConfig(stack, more), {});
    return "problems" in parsed ? parsed.problems : [];
  };

  test("needs a server that Slipway prepares, and says what to do elsewhere", () => {
    expect(problems("local", { backups: { every: "6h" } })).toEqual([
      {
        path: "slipway:backups.every",
        problem: "needs a timer of systemd's on slipway:host, which only root sets",
        got: "6h",
        allowed: "where it is a server with admin (docs/hosts.md)",
        fix: "name slipway:host.admin; or pulumi config rm --path slipway:backups.every, and call slipway backup now by a timer of your own",
      },
    ]);
  });

  test("needs something to back up, and a time", () => {
    const none = { databases: {}, backups: { every: "6h" } };
    expect(problems("local", none)).toContainEqual(
      expect.objectContaining({ problem: "means nothing without data on the host" }),
    );
    expect(problems("local", { backups: { every: "soon" } })).toContainEqual(
      expect.objectContaining({ path: "slipway:backups.every", allowed: "a time such as 30m, 6h or 1d" }),
    );
  });
});
