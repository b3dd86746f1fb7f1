import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

/** `components/backup.sh` against a real PostgreSQL and a real Redis, with faults put between it and them. */
const [postgres, redis] = ["slipway-backup-test-postgres", "slipway-backup-test-redis"];
const folder = mkdtempSync(join(tmpdir(), "slipway-backup-"));
const backups = join(folder, "backups");
const shims = join(folder, "bin");
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" });
const sql = (text: string) => docker("exec", postgres, "psql", "-qAt", "-U", "ape", "-d", "ape", "-c", text).trim();

const wanted = { BACKUPS: backups, NAME: "000001-before-1.0.0", KEEP: "3", POSTGRES: postgres, REDIS: redis };
const names = { PGUSER: "ape", PGDATABASE: "ape" };

function backUp(changes: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(
    "sh",
    ["-euc", "ulimit -f ${FILE_LIMIT:-unlimited}; . ./components/databases.sh; . ./components/backup.sh"],
    {
      encoding: "utf8",
      timeout: 120_000,
      env: { PATH: `${shims}:${process.env.PATH ?? ""}`, ...wanted, ...names, ...changes },
    },
  );
  return { status, output: stdout + stderr };
}

/** Puts a `docker` before the real one, which does something else where the arguments match. */
function breakDocker(pattern: string, instead: string): void {
  const real = execFileSync("sh", ["-c", "command -v docker"], { encoding: "utf8" }).trim();
  const script = `#!/bin/sh\ncase "$*" in ${pattern}) ${instead} ;; *) exec ${real} "$@" ;; esac\n`;
  writeFileSync(join(shims, "docker"), script.replaceAll("REAL", `${real} "$@"`));
  chmodSync(join(shims, "docker"), 0o755);
}

const files = () => (existsSync(backups) && statSync(backups).isDirectory() ? readdirSync(backups).sort() : []);

beforeAll(() => {
  docker("rm", "-f", postgres, redis);
  const pgEnv = ["-e", "POSTGRES_USER=ape", "-e", "POSTGRES_DB=ape", "-e", "POSTGRES_PASSWORD_FILE=/etc/hostname"];
  docker("run", "-d", "--name", postgres, "--network", "none", ...pgEnv, "slipway/postgres:local");
  const conf =
    "printf 'requirepass pw\\ndir /data\\nappendonly yes\\nrepl-diskless-sync-delay 0\\n' > /etc/redis/slipway.conf && exec redis-server /etc/redis/slipway.conf";
  docker("run", "-d", "--name", redis, "--network", "none", "--entrypoint", "sh", "slipway/redis:local", "-c", conf);
  const ready = "until pg_isready -q -h 127.0.0.1; do sleep 0.1; done";
  execFileSync("docker", ["exec", postgres, "timeout", "60", "sh", "-c", ready]);
  sql("create table words (word text); insert into words select 'word ' || n from generate_series(1, 1000) n");
});

afterAll(() => {
  docker("rm", "-f", "-v", postgres, redis);
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  rmSync(backups, { recursive: true, force: true });
  rmSync(shims, { recursive: true, force: true });
  mkdirSync(shims);
});

describe("a backup", () => {
  test("is a file that only its owner reads, from which the data comes back", () => {
    const { status, output } = backUp();
    expect(status, output).toBe(0);
    const [dump, rdb] = ["000001-before-1.0.0.postgres.dump", "000001-before-1.0.0.redis.rdb"];
    expect(files()).toEqual([dump, `${dump}.mark`, rdb, `${rdb}.mark`]);
    const modes = execFileSync("stat", ["-c", "%a", backups, ...files().map((file) => join(backups, file))], {
      encoding: "utf8",
    });
    expect(modes.trim().split("\n")).toEqual(["700", "600", "600", "600", "600"]);
    sql("create database copy");
    execFileSync("sh", [
      "-c",
      `docker exec -i ${postgres} pg_restore -U ape -d copy < ${join(backups, files()[0] ?? "")}`,
    ]);
    expect(
      docker("exec", postgres, "psql", "-qAt", "-U", "ape", "-d", "copy", "-c", "select count(*) from words").trim(),
    ).toBe("1000");
    sql("drop database copy");
  });

  test("leaves no scratch database and no second server behind", () => {
    expect(backUp().status).toBe(0);
    expect(sql("select count(*) from pg_database where datname like 'slipway_scratch%'")).toBe("0");
    expect(docker("top", redis).trim().split("\n")).toHaveLength(2);
  });

  test("takes the place of the oldest one beyond the number to keep", () => {
    for (const number of [1, 2, 3, 4, 5]) {
      expect(backUp({ NAME: `00000${String(number)}-before-1.0.0` }).status).toBe(0);
    }
    expect(files().map((file) => file.slice(0, 6))).toEqual(
      ["000003", "000004", "000005"].flatMap((number) => [number, number, number, number]),
    );
  });

  test("is nothing where there is no database", () => {
    expect(backUp({ POSTGRES: "", REDIS: "" })).toEqual({ status: 0, output: "" });
  });
});

describe("what changed since a backup", () => {
  const script =
    ". ./components/databases.sh; . ./components/data-changes.sh; printf '%s\\n' \"$FILES\" | changes_since";
  /** A neighbour of the databases by name; it need not be there. */
  const CONTROLLER = "slipway-backup-test-controller";

  function changes(): string[] {
    const FILES = files().flatMap((file) => (file.endsWith(".mark") ? [] : [join(backups, file)]));
    const env = { PATH: `${shims}:${process.env.PATH ?? ""}`, CONTROLLER, FILES: FILES.join("\n") };
    return execFileSync("sh", ["-uc", script], { encoding: "utf8", env }).trim().split("\n");
  }
  const keyWritten = () => docker("exec", redis, "redis-cli", "-a", "pw", "incr", "n");

  test.each([
    ["nothing", () => undefined, "neither the schema nor a row changed (counted up to 10 s late)"],
    ["rows", () => sql("insert into words values ('a'), ('b')"), "rows written: 2"],
    ["the schema", () => sql("create index on words (word)"), "the schema changed"],
    ["a truncated table", () => sql("truncate words"), "a table was truncated or rewritten"],
    ["a dropped table", () => sql("drop table other"), "the schema changed, rows were written"],
    [
      "counters that began anew",
      () => sql("select pg_stat_reset_shared('bgwriter')"),
      "can't be told whether rows were written: PostgreSQL's counters began anew",
    ],
  ])("in PostgreSQL: %s", (_, change, said) => {
    sql("create table if not exists other (word text); insert into other values ('one')");
    expect(backUp().status).toBe(0);
    change();
    expect(changes()).toEqual([
      `PostgreSQL since the backup: ${said}`,
      "Redis since the backup: nothing was written or expired",
    ]);
  });

  test("in Redis: a key", () => {
    expect(backUp().status).toBe(0);
    keyWritten();
    expect(changes()[1]).toBe("Redis since the backup: keys were written or expired");
  });

  test("can't be told without a mark, or of a database that does not answer; neither fails", () => {
    expect(backUp().status).toBe(0);
    breakDocker("*pg_dump*", "echo no answer >&2; exit 1");
    rmSync(join(backups, "000001-before-1.0.0.redis.rdb.mark"));
    const [ofPostgres, ofRedis] = changes();
    expect(ofPostgres).toBe("PostgreSQL since the backup: can't be told whether it changed, got no answer");
    expect(ofRedis).toMatch(/^Redis since the backup: can't be told whether it changed, got .*No such file/);
  });

  test("a backup is as good without a mark", () => {
    breakDocker("*--schema-only*", "exit 1");
    expect(backUp().status).toBe(0);
    expect(files()).toHaveLength(3);
  });
});

describe("a backup that fails stops the release and leaves no file that looks like one", () => {
  const cases: [string, string, () => Record<string, string>][] = [
    ["the folder's place is taken by a file", "000001", () => (writeFileSync(backups, ""), {})],
    ["the folder can't be made", "000001", () => ({ BACKUPS: "/proc/nothing/here" })],
    ["the disk is full", "postgres", () => ({ FILE_LIMIT: "1" })],
    ["there is no such user", "postgres", () => ({ PGUSER: "nobody" })],
    ["there is no such database", "postgres", () => ({ PGDATABASE: "nothing" })],
    ["there is no such PostgreSQL", "postgres", () => ({ POSTGRES: "slipway-backup-test-nothing" })],
    ["there is no such Redis", "redis", () => ({ REDIS: "slipway-backup-test-nothing" })],
    ["pg_dump fails", "postgres", () => (breakDocker("*pg_dump*", "exit 1"), {})],
    ["pg_dump is killed half-way", "postgres", () => (breakDocker("*pg_dump*", "REAL | head -c 900; exit 137"), {})],
    [
      "pg_dump's output is cut short without an error",
      "postgres",
      () => (breakDocker("*pg_dump*", "REAL | head -c 900"), {}),
    ],
    ["pg_dump's output is empty", "postgres", () => (breakDocker("*pg_dump*", "exit 0"), {})],
    ["pg_dump's output is something else", "postgres", () => (breakDocker("*pg_dump*", "echo no dump"), {})],
    ["a scratch database can't be made", "postgres", () => (breakDocker("*createdb*", "exit 1"), {})],
    ["the restore fails", "postgres", () => (breakDocker("*pg_restore*", "cat > /dev/null; exit 1"), {})],
    [
      "the restore restores nothing",
      "postgres",
      () => (breakDocker("*pg_restore*--exit-on-error*", "cat > /dev/null; exit 0"), {}),
    ],
    ["the scratch database can't be asked", "postgres", () => (breakDocker("*psql*slipway_scratch*", "exit 2"), {})],
    ["Redis refuses the password", "redis", () => (breakDocker("*redis-cli*--rdb*", "echo WRONGPASS >&2; exit 1"), {})],
    [
      "Redis's dump is cut short without an error",
      "redis",
      () => (breakDocker("*redis-cli*--rdb*", "REAL | head -c 30"), {}),
    ],
    ["Redis's dump is empty", "redis", () => (breakDocker("*redis-cli*--rdb*", "exit 0"), {})],
    ["Redis's dump is something else", "redis", () => (breakDocker("*redis-cli*--rdb*", "echo no dump"), {})],
    ["a second Redis can't load the dump", "redis", () => (breakDocker("*unixsocket*", "cat > /dev/null; exit 1"), {})],
    ["Docker's command line is gone", "000001", () => (breakDocker("*", "echo not found >&2; exit 127"), {})],
  ];
  test.each(cases)("%s", (_, broken, breakIt) => {
    const changes = breakIt();
    const { status, output } = backUp(changes);
    expect(status, output).not.toBe(0);
    expect(output).not.toBe("");
    expect(files().filter((file) => file.endsWith(".part") || file.endsWith(".log"))).toEqual([]);
    // The other database's backup may have been good.
    expect(files().filter((file) => file.includes(broken))).toEqual([]);
    expect(sql("select count(*) from pg_database where datname like 'slipway_scratch%'")).toBe("0");
  });
});
