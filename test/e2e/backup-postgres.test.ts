import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

/** What a real PostgreSQL does to `lib/databases/backup.sh`: extensions, locks, and backups that were killed. */
const postgres = "slipway-backup-test-extensions";
const folder = mkdtempSync(join(tmpdir(), "slipway-backup-postgres-"));
const backups = join(folder, "backups");
const shims = join(folder, "bin");
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" });
const sql = (text: string) => docker("exec", postgres, "psql", "-qAt", "-U", "ape", "-d", "ape", "-c", text).trim();
const sources = ["databases", "read-back", "tell", "backup"].map((name) => `. ./lib/databases/${name}.sh`);
const script = ["-euc", sources.join("; ")];
const env = (changes: Record<string, string>) => ({
  PATH: `${shims}:${process.env.PATH ?? ""}`,
  ...{ BACKUPS: backups, NAME: "000001-before-1.0.0", KEEP: "3", POSTGRES: postgres, PGUSER: "ape", PGDATABASE: "ape" },
  ...changes,
});

function backUp(changes: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync("sh", script, { encoding: "utf8", timeout: 240_000, env: env(changes) });
  return { status, output: stdout + stderr };
}

const files = () => (existsSync(backups) ? readdirSync(backups).sort() : []);
const scratches = () => sql("select count(*) from pg_database where datname like 'slipway_scratch%'");
const dump = "000001-before-1.0.0.postgres.dump";

/** A backup that stops at its restore, once it is there. */
async function hangingBackup(): Promise<ChildProcess> {
  const real = execFileSync("sh", ["-c", "command -v docker"], { encoding: "utf8" }).trim();
  const hung = join(shims, "hung");
  const hang = `#!/bin/sh\ncase "$*" in *pg_restore*--exit-on-error*) : > ${hung}; exec sleep 600 ;; *) exec ${real} "$@" ;; esac\n`;
  writeFileSync(join(shims, "docker"), hang);
  chmodSync(join(shims, "docker"), 0o755);
  const child = spawn("sh", script, { env: env({}), detached: true, stdio: "ignore" });
  while (!existsSync(hung)) await new Promise((resolve) => setTimeout(resolve, 200));
  rmSync(join(shims, "docker"));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await ended;
}

beforeAll(() => {
  docker("rm", "-f", "-v", postgres);
  const settings = ["-e", "POSTGRES_USER=ape", "-e", "POSTGRES_DB=ape", "-e", "POSTGRES_PASSWORD_FILE=/etc/hostname"];
  docker("run", "-d", "--name", postgres, "--network", "none", ...settings, "slipway/postgres:local");
  execFileSync("docker", [
    "exec",
    postgres,
    "timeout",
    "120",
    "sh",
    "-c",
    "until pg_isready -q -h 127.0.0.1; do sleep 0.1; done",
  ]);
  // As PostGIS does with spatial_ref_sys.
  const extension = `
    folder=$(dirname "$(find / -name plpgsql.control 2> /dev/null | head -n 1)")
    printf "default_version = '1'\\nrelocatable = false\\nschema = public\\n" > "$folder/owner.control"
    printf "CREATE TABLE reference_systems (id int);\\nINSERT INTO reference_systems VALUES (1);\\nCREATE SCHEMA topology;\\nCREATE TABLE topology.layers (id int);\\n" > "$folder/owner--1.sql"`;
  docker("exec", "-u", "root", postgres, "sh", "-euc", extension);
  sql("create table words (word text); insert into words select 'word ' || n from generate_series(1, 1000) n");
});
afterAll(() => {
  docker("rm", "-f", "-v", postgres);
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  rmSync(backups, { recursive: true, force: true });
  rmSync(shims, { recursive: true, force: true });
  mkdirSync(shims);
});

test("an extension that owns tables is backed up like everything else, beside tables of every kind", () => {
  sql(`create extension owner; create unlogged table quick (n int); create schema "DATA"; create table "DATA".odd (n int);
    create table parted (n int) partition by range (n); create table part partition of parted for values from (0) to (9);
    create view seen as select * from words; create materialized view kept as select * from words`);
  const { status, output } = backUp();
  expect(status, output).toBe(0);
  expect(files()).toContain(dump);
});

test("a table that is lost in the dump is found all the same", () => {
  const real = execFileSync("sh", ["-c", "command -v docker"], { encoding: "utf8" }).trim();
  const lose = `#!/bin/sh\ncase "$*" in *pg_restore*--exit-on-error*) exec ${real} "$@" --table=words ;; *) exec ${real} "$@" ;; esac\n`;
  writeFileSync(join(shims, "docker"), lose);
  chmodSync(join(shims, "docker"), 0o755);
  const { status, output } = backUp();
  expect(status).not.toBe(0);
  expect(output).toContain("can't be restored, got 1 of 5 tables");
});

test("what a killed backup left behind goes with the next one", async () => {
  await kill(await hangingBackup());
  expect(files()).toContain(`${dump}.part`);
  expect(scratches()).toBe("1");
  const { status, output } = backUp({ NAME: "000002-before-1.0.0" });
  expect(status, output).toBe(0);
  expect(output).toContain(`removed ${backups}/${dump}.part, which a backup that was killed left behind`);
  expect(output).toContain("dropped database slipway_scratch, which a backup that was killed left behind");
  const next = "000002-before-1.0.0.postgres.dump";
  expect(files()).toEqual([next, `${next}.mark`]);
  expect(scratches()).toBe("0");
});

test("a backup that is alive is left alone, and the second says so", async () => {
  const first = await hangingBackup();
  const { status, output } = backUp({ NAME: "000002-before-1.0.0", WAIT: "1" });
  expect(status).toBe(1);
  expect(output).toContain("another one of this stack is still running");
  expect(files()).toContain(`${dump}.part`);
  expect(scratches()).toBe("1");
  await kill(first);
});

test("a lock that the dump waits for is said with its holder, and the dump goes on once it is free", async () => {
  const hold = "begin; lock table words in access exclusive mode; select pg_sleep(600)";
  const args = ["exec", "-e", "PGAPPNAME=migration", postgres, "psql", "-qAt", "-U", "ape", "-d", "ape", "-c", hold];
  const holder = spawn("docker", args, { stdio: "ignore" });
  const locked =
    "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and relation = 'words'::regclass and granted";
  while (sql(locked) === "0") await new Promise((resolve) => setTimeout(resolve, 100));
  const backup = spawn("sh", script, { env: env({}), stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(backup, "exit");
  let output = "";
  for (const stream of [backup.stdout, backup.stderr])
    stream.on("data", (text: Buffer) => {
      output += text.toString();
      if (/process \d+ \(migration\) since .* holds it/.test(output)) {
        sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'migration'");
      }
    });
  expect((await ended)[0], output).toBe(0);
  expect(output).toContain("PostgreSQL has a table locked");
  expect(files()).toContain(dump);
  holder.kill();
});
