import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { passwordScript } from "../../lib/databases/password-scripts.ts";
import { closeToWatcher, openForWatcher, watcherFile, watcherUser } from "../../lib/databases/watched.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { exporterOf, watchedDatabases, type WatchedDatabase } from "../../lib/releases/declared-on-host.ts";
import {
  databaseAddress,
  exporterVariables,
  filesFolder,
  watcherAddress,
  watcherCommands,
  watcherData,
} from "../../monitoring/on-host.ts";
import { dashboard } from "../../monitoring/dashboard.ts";
import { questionsOf } from "../../monitoring/dashboard-data.ts";
import { prometheusConfig, targetFile } from "../../monitoring/targets.ts";
import { tag } from "../../toolchain/stock-images.ts";
import { removeEverything } from "../support/on-host.ts";
import { own } from "../support/run/id.ts";
import { leaseSubnet } from "../support/run/lease.ts";

/** Databases and their exporters with the scripts, words and variables that a stack gives them. */
const stack = own("watched");
const names = new HostNames("ape-2026", stack, `${await leaseSubnet()}.0/24`);
const label = ["--label", `slipway.stack=${stack}`];
const databases = { postgres: { name: "ape", user: "ape" }, redis: {} };
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();

function step(script: string, kind: WatchedDatabase): void {
  const env = {
    PATH: process.env.PATH,
    KIND: kind,
    PREFIX: names.prefix,
    IMAGE: tag(kind),
    ONE_OFF: `docker run --rm --interactive --network none ${label.join(" ")}`,
    VOLUME: names.part(exporterOf(kind)),
    OWNER: "65534",
    WATCHER: watcherUser,
    ADDRESS: databaseAddress(names, kind),
  };
  execFileSync("sh", ["-euc", script], { env, input: "", encoding: "utf8" });
}

function run(kind: WatchedDatabase, ...words: string[]): void {
  const where = ["--network", stack, "--ip", names.address(kind), "--name", names.part(kind)];
  const folder = kind === "postgres" ? "/var/lib/postgresql/data" : "/data";
  docker("run", "--detach", ...label, ...where, "--volume", `${names.part(kind)}:${folder}`, ...words);
}

function runExporter(kind: WatchedDatabase): void {
  const name = exporterOf(kind);
  const part = names.part(name);
  const variables = Object.entries(exporterVariables(names, kind, databases)).flatMap(([key, value]) => [
    "--env",
    `${key}=${value}`,
  ]);
  const where = ["--network", stack, "--ip", names.address(name), "--name", part, "--user", "65534:65534"];
  const mounts = ["--volume", `${part}:${filesFolder}:ro`, "--read-only", "--cap-drop", "ALL"];
  const words = watcherCommands({ retentionDays: 1, diskMegabytes: 256 })[name];
  docker("run", "--detach", ...label, ...where, ...mounts, ...variables, tag(name), ...words);
}

const up = async (kind: WatchedDatabase): Promise<string | undefined> => {
  // As long as Prometheus waits.
  const signal = AbortSignal.timeout(10_000);
  const text = await fetch(`http://${watcherAddress(names, exporterOf(kind))}/metrics`, { signal })
    .then((answer) => answer.text())
    .catch(() => "");
  const name = kind === "postgres" ? "pg_up" : "redis_up";
  return new RegExp(`^${name} (\\d)`, "m").exec(text)?.[1];
};
const patience = { timeout: 60_000, interval: 300 };

beforeAll(() => {
  docker("network", "create", ...label, "--subnet", `${names.address("postgres").replace(/\.\d+$/, ".0")}/24`, stack);
  step(passwordScript, "redis");
  const variables = ["POSTGRES_DB=ape", "POSTGRES_USER=ape", "POSTGRES_PASSWORD_FILE=/proc/sys/kernel/random/uuid"];
  run("postgres", ...variables.flatMap((each) => ["--env", each]), tag("postgres"));
  run("redis", tag("redis"), "redis-server", "/data/.slipway.conf");
  step(passwordScript, "postgres");
  for (const kind of watchedDatabases) {
    step(openForWatcher, kind);
    runExporter(kind);
  }
});
const folder = mkdtempSync(join(tmpdir(), "slipway-watched-"));
afterAll(() => {
  removeEverything(stack);
  rmSync(folder, { recursive: true });
});

const password = (kind: WatchedDatabase): string =>
  docker("exec", names.part(exporterOf(kind)), "cat", `${filesFolder}/password`);
const spoken = (container: string, env: string, ...words: string[]) => {
  const { stdout, stderr } = spawnSync("docker", ["exec", "--env", env, container, ...words], { encoding: "utf8" });
  return `${stdout}${stderr}`.trim();
};
const sql = (...texts: readonly string[]) =>
  spoken(
    names.part("postgres"),
    `PGPASSWORD=${password("postgres")}`,
    ...["psql", "-qAt", "-h", "127.0.0.1", "-U", watcherUser, "-d", "ape", ...texts.flatMap((text) => ["-c", text])],
  );
const redis = (...words: string[]) =>
  spoken(
    names.part("redis"),
    `REDISCLI_AUTH=${password("redis")}`,
    ...["redis-cli", "--user", watcherUser, "--no-auth-warning", ...words],
  );

test.each(watchedDatabases)("%s is watched", async (kind) => {
  await expect.poll(() => up(kind), patience).toBe("1");
  expect(docker("inspect", names.part(exporterOf(kind)))).not.toContain(password(kind));
  expect(docker("logs", names.part(exporterOf(kind)))).not.toContain(password(kind));
  const file = `${filesFolder}/${watcherFile[kind]}`;
  expect(docker("exec", names.part(exporterOf(kind)), "stat", "-c", "%a %u", file)).toBe("400 65534");
});

test("each question of the dashboard about databases has an answer of a real Prometheus", async () => {
  const scope = { service: "ape-2026", environment: stack };
  const all = questionsOf(dashboard(scope, { databases: watchedDatabases }));
  const others = questionsOf(dashboard(scope));
  const questions = all.filter((expr) => !others.includes(expr));
  expect(questions.length).toBeGreaterThan(9);
  const targets = watchedDatabases.map((kind) => ({
    address: watcherAddress(names, exporterOf(kind)),
    part: "database" as const,
    host: "host",
    which: { database: kind },
  }));
  const given = { rules: "none.yaml", targets: "targets.json", alertmanager: "127.0.0.1:9093", intervalSeconds: 1 };
  writeFileSync(join(folder, "prometheus.yaml"), prometheusConfig(given));
  writeFileSync(join(folder, "targets.json"), targetFile(scope, targets));
  chmodSync(folder, 0o755);
  const at = ["--network", stack, "--ip", names.address("prometheus"), "--name", names.part("prometheus")];
  docker("volume", "create", ...label, names.part("prometheus"));
  const kept = ["--volume", `${names.part("prometheus")}:${watcherData.prometheus}`];
  const mounts = ["--user", "65534:65534", "--volume", `${folder}:${filesFolder}:ro`, ...kept];
  const words = watcherCommands({ retentionDays: 1, diskMegabytes: 256 }).prometheus;
  docker("run", "--detach", ...label, ...at, ...mounts, tag("prometheus"), ...words);
  const key = 'REDISCLI_AUTH="$(cat /data/.slipway-password)" redis-cli';
  const ask = async (expr: string) => {
    const url = `http://${watcherAddress(names, "prometheus")}/api/v1/query?query=${encodeURIComponent(expr)}`;
    return (await (await fetch(url).catch(() => undefined))?.text()) ?? "";
  };
  const unanswered = async () => {
    docker("exec", names.part("redis"), "sh", "-euc", `${key} set here 1; ${key} get here; ${key} get nowhere`);
    const answers = await Promise.all(questions.map(ask));
    return questions.filter((_, index) => !/"value":\[[\d.]+,"-?[\d.e+-]+"\]/.test(answers[index] ?? ""));
  };
  await expect.poll(unanswered, patience).toEqual([]);
  // An exporter answers one scrape after the other: one each second would queue while a database is away.
  docker("rm", "--force", names.part("prometheus"));
});

describe("who watches", () => {
  test("sees no row of PostgreSQL, writes none, and is nothing else there", () => {
    docker("exec", names.part("postgres"), "psql", "-U", "ape", "-d", "ape", "-c", "create table kept (secret text)");
    expect(sql("select * from kept")).toContain("permission denied for table kept");
    expect(sql("create table public.mine ()")).toContain("ERROR");
    expect(sql("set default_transaction_read_only = off", "create role other")).toContain("permission denied");
    expect(sql("select count(*) > 0 from pg_stat_activity")).toBe("t");
  });

  test("reads no key of Redis, and not its owner's password", () => {
    expect(redis("info", "server")).toContain("redis_version");
    for (const words of [["get", "x"], ["config", "get", "requirepass"], ["acl", "list"], ["flushall"]])
      expect(redis(...words), words.join(" ")).toContain("NOPERM");
  });

  test("is let in after a restart of the database, and with the same password after another update", async () => {
    const before = watchedDatabases.map(password);
    for (const kind of watchedDatabases) step(openForWatcher, kind);
    docker("restart", "--time", "5", names.part("redis"));
    step(passwordScript, "redis");
    docker("restart", "--time", "5", names.part("redis"));
    await expect.poll(() => up("redis"), patience).toBe("1");
    expect(watchedDatabases.map(password)).toEqual(before);
  });
});

test.each(watchedDatabases)("%s that is away is told as away", async (kind) => {
  docker("stop", "--time", "5", names.part(kind));
  await expect.poll(() => up(kind), patience).toBe("0");
  docker("start", names.part(kind));
  await expect.poll(() => up(kind), patience).toBe("1");
});

test("a section that goes leaves nobody who may watch", () => {
  for (const kind of watchedDatabases) step(closeToWatcher, kind);
  expect(sql("select 1")).toContain("password authentication failed");
  expect(redis("ping")).toContain("WRONGPASS");
  docker("restart", "--time", "5", names.part("redis"));
  expect(docker("exec", names.part("redis"), "cat", "/data/.slipway.conf")).not.toContain(watcherUser);
  // Also where the database itself is gone.
  docker("rm", "--force", names.part("postgres"));
  step(closeToWatcher, "postgres");
});
