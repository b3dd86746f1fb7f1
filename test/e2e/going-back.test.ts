import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";
import { askQuestion } from "../support/sample-service.ts";

/** What becomes of the databases when a release fails or is left: backed up first, or no release; told apart later; put back. */
const name = own("going-back");
const port = String(await leasePorts());
const url = `http://127.0.0.1:${port}`;
const realDocker = execFileSync("sh", ["-c", "command -v docker"], { encoding: "utf8" }).trim();
const path = process.env.PATH ?? "";
const stack = new PulumiStack(name);
const shims = join(stack.folder, "shims");
const backups = join(stack.folder, "backups");
const source = join(stack.folder, "source");
const files = () => readdirSync(join(backups, `ape-2026-${name}`)).sort();

const docker = (...args: string[]) => execFileSync(realDocker, args, { encoding: "utf8" }).trim();
const router = (...args: string[]): unknown =>
  JSON.parse(docker("exec", `ape-2026-${name}-controller`, "slipway-router", ...args));
const sql = (text: string) =>
  docker("exec", `ape-2026-${name}-postgres`, "psql", "-qAt", "-U", "ape", "-d", "ape", "-c", text);
const redisDo = (...args: string[]) =>
  docker(
    ...["exec", `ape-2026-${name}-redis`, "sh", "-c"],
    'export REDISCLI_AUTH="$(cat /data/.slipway-password)"; exec redis-cli "$@"',
    ...["sh", ...args],
  );

const ask = (question: string) => askQuestion(url, question);

async function goesTo(version: string): Promise<string> {
  const { code, output } = await stack.up("-c", `slipway:version=${version}`);
  expect(code, output).toBe(0);
  expect((await fetch(url)).headers.get("x-slipway-version")).toBe(version);
  return output;
}

beforeAll(async () => {
  mkdirSync(shims);
  cpSync("examples/ape-2026", source, { recursive: true });
  stack.env.PATH = `${shims}:${path}`;
  await stack.init({
    version: "1.0.0",
    "image.build": source,
    subnet: `${await leaseSubnet()}.0/24`,
    listenPort: port,
    "backups.directory": backups,
    "health.gateSeconds": "15",
    "profile.pauseSeconds": "1",
    "profile.watchSeconds": "1",
  });
  await goesTo("1.0.0");
});

afterAll(() => {
  rmSync(shims, { recursive: true, force: true });
  removeEverything(name);
  stack.remove();
});

describe("a release whose backup fails", () => {
  /** A `docker` before the real one that does something else where the arguments match. */
  const breakDocker = (pattern: string, instead: string) => {
    const script = `#!/bin/sh\ncase "$*" in ${pattern}) ${instead} ;; *) exec ${realDocker} "$@" ;; esac\n`;
    writeFileSync(join(shims, "docker"), script.replaceAll("REAL", `${realDocker} "$@"`));
    chmodSync(join(shims, "docker"), 0o755);
  };
  const dump = "*pg_dump*--format*";
  const cases: [string, () => void][] = [
    [
      "there is no room for it",
      () => {
        breakDocker(dump, "ulimit -f 0; REAL; exit $?");
      },
    ],
    [
      "pg_dump is killed half-way",
      () => {
        breakDocker(dump, "REAL | head -c 900; kill -9 $$");
      },
    ],
    [
      "the dump is cut short without an error",
      () => {
        breakDocker(dump, "REAL | head -c 900");
      },
    ],
    [
      "it can't be restored",
      () => {
        breakDocker("*pg_restore*--exit-on-error*", "cat > /dev/null; exit 1");
      },
    ],
    ["Redis has another password", () => redisDo("config", "set", "requirepass", "another")],
  ];

  test.each(cases)("goes nowhere: %s", async (_, breakIt) => {
    const before = router("status", "--json") as { ledger: Record<string, unknown> };
    breakIt();
    const { code, output } = await stack.up("-c", "slipway:version=1.1.0");
    rmSync(join(shims, "docker"), { force: true });
    expect(code).not.toBe(0);
    expect(output).toContain("backup: not everything could be backed up, so nothing is released and no traffic moves");
    expect(output).not.toMatch(/rollout \d+: /);
    const after = router("status", "--json") as typeof before & { weights: unknown };
    const { live, rollout, running, last, promoted } = before.ledger;
    expect(after.ledger).toMatchObject({ live, rollout, running, last, promoted });
    // The standby is out of the proxy by then, as the guard leaves it.
    expect(after.weights).toEqual({ "blue-1": 100 });
    expect((await fetch(url)).headers.get("x-slipway-version")).toBe("1.0.0");
    expect(files().filter((file) => /\.(part|log)$/.test(file))).toEqual([]);
  });

  test("and the next one goes out", async () => {
    docker(
      ...["exec", `ape-2026-${name}-redis`, "sh", "-c"],
      'redis-cli -a another config set requirepass "$(cat /data/.slipway-password)"',
    );
    await goesTo("1.1.0");
  });
});

describe("a source that was edited since", () => {
  const program = join(source, "src/api/app.py");

  test("does not go out under the number of what it was edited from", async () => {
    const before = router("status", "--json") as { ledger: Record<string, unknown> };
    const kept = readFileSync(program, "utf8");
    writeFileSync(program, `${kept}# edited\n`);
    const { code, output } = await stack.up("-c", "slipway:version=1.0.0");
    writeFileSync(program, kept);
    expect(code, output).not.toBe(0);
    expect(output).toContain("slipway:version: 1.0.0 was live on slipway:host with another image");
    expect(output).toContain("Fix: `slipway rollback` goes back to it");
    expect((router("status", "--json") as typeof before).ledger).toEqual(before.ledger);
  });
});

describe("who goes back", () => {
  const restoreHint = (version: string, rollout: number) =>
    new RegExp(`they were backed up before ${version}-[0-9a-f]{8}: slipway restore ${String(rollout)} says`);

  test("hears that data and schema have changed since the backup, and so does the record", async () => {
    await ask("written under 1.1.0");
    sql("alter table queries add column extra int");
    redisDo("set", "key", "written under 1.1.0");
    const output = await goesTo("1.0.0");
    expect(output).toMatch(restoreHint("1.1.0", 2));
    expect(output).toContain("PostgreSQL since the backup: the schema changed, rows written: 1");
    expect(output).toContain("Redis since the backup: keys were written or expired");
    expect(router("record", "3")).toMatchObject({
      data: [
        "PostgreSQL since the backup: the schema changed, rows written: 1",
        "Redis since the backup: keys were written or expired",
      ],
    });
  });

  test("who goes forward again hears nothing of it", async () => {
    expect(await goesTo("1.1.0")).not.toMatch(/since the backup|slipway restore/);
  });

  test("hears it of `slipway rollback` too, which does not fail if it can't be told", async () => {
    for (const file of files()) if (/^000002.*redis.*mark$/.test(file)) rmSync(join(backups, `ape-2026-${name}`, file));
    const { code, output } = await stack.slipway("rollback", "--reason", "errors in the basket");
    expect(code, output).toBe(0);
    expect(output).toMatch(restoreHint("1.1.0", 2));
    expect(output).toContain("PostgreSQL since the backup: the schema changed, rows written: 1");
    expect(output).toContain("Redis since the backup: can't be told whether it changed");
  });

  test("stays there: whoever runs the same update again is refused, whatever restarts, until somebody allows it", async () => {
    const serving = () =>
      docker("ps", "-q", "--filter", `label=slipway.stack=${name}`, "--filter", "label=slipway.slot");
    const before = serving();
    const refused =
      /slipway:version: release (1\.1\.0-[0-9a-f]{8}) was withdrawn on slipway:host, got that it was taken back by \S+ at \S+: errors in the basket; allowed any other release\. Fix: set the version that is to be live, or lift it with `slipway allow \1`/;
    const refuses = async () => {
      const { code, output } = await stack.up("-c", "slipway:version=1.1.0");
      expect(code).not.toBe(0);
      expect(output).toMatch(refused);
    };
    const preview = await stack.preview();
    expect(preview.code, preview.output).toBe(0);
    expect(preview.output).toContain("pulumi up would be refused now: ");
    expect(preview.output).toMatch(refused);
    await refuses();
    docker("rm", "-f", `ape-2026-${name}-controller`);
    // What is live may be mended meanwhile.
    await goesTo("1.0.0");
    await refuses();
    expect(serving()).toBe(before);
    const id = refused.exec(preview.output)?.[1] ?? "";
    expect(await stack.slipway("allow", id)).toMatchObject({
      code: 0,
      output: expect.stringContaining("allowed again") as string,
    });
    expect((await stack.slipway("status")).output).not.toContain("withdrawn");
  });

  test("can look at the backup first, and then put it back; what was there is kept", async () => {
    const look = await stack.slipway("restore", "2");
    expect(look, look.output).toMatchObject({ code: 0 });
    expect(look.output).toContain("takes the place of database ape");
    expect(look.output).toContain("Nothing is done yet. To do it: slipway restore 2 --yes");
    expect(sql("select count(*) from queries")).toBe("1");

    const done = await stack.slipway("restore", "2", "--yes");
    expect(done, done.output).toMatchObject({ code: 0 });
    expect(sql("select count(*) from queries")).toBe("0");
    expect(sql("select count(*) from information_schema.columns where column_name = 'extra'")).toBe("0");
    expect(redisDo("exists", "key")).toBe("0");
    expect(redisDo("role")).toMatch(/^master/);

    const aside = sql("select datname from pg_database where datname like 'slipway_replaced_%'");
    expect(
      docker(
        "exec",
        `ape-2026-${name}-postgres`,
        ...["psql", "-qAt", "-U", "ape", "-d", aside],
        ...["-c", "select question, extra from queries"],
      ),
    ).toBe("written under 1.1.0|");
    const keys = files().find((file) => file.endsWith("-replaced.redis.rdb")) ?? "";
    const back = await stack.slipway("restore", join(backups, `ape-2026-${name}`, keys), "--yes");
    expect(back, back.output).toMatchObject({ code: 0 });
    expect(redisDo("get", "key")).toBe("written under 1.1.0");
    docker("restart", `ape-2026-${name}-redis`);
    await expect.poll(() => redisDo("get", "key"), { timeout: 120_000 }).toBe("written under 1.1.0");
    await expect.poll(async () => (await fetch(`${url}/health`)).status, { timeout: 120_000 }).toBe(200);
    await ask("after the restore");
  });

  test("a restore that can't be done changes nothing", async () => {
    const truncated = join(backups, "short.postgres.dump");
    execFileSync("sh", ["-c", `head -c 900 ${backups}/ape-2026-${name}/000002-*.postgres.dump > ${truncated}`]);
    const before = sql("select oid from pg_database where datname = 'ape'");
    for (const [backup, said] of [
      [truncated, /PostgreSQL is as it was/],
      [join(backups, "nothing.redis.rdb"), /is not there \(any more\)/],
      ["99", /rollout: got 99; allowed 1 to/],
      ["3", /rollout 3 made no backup/],
    ] as const) {
      const { code, output } = await stack.slipway("restore", backup, "--yes");
      expect(code, output).toBe(1);
      expect(output).toMatch(said);
    }
    expect(sql("select oid from pg_database where datname = 'ape'")).toBe(before);
    expect(sql("select count(*) from pg_database where datname = 'slipway_restoring'")).toBe("0");
  });

  test("because a release is rejected hears it with the reason", async () => {
    await stack.set({ version: "1.2.0", faults: "unhealthy", "health.gateSeconds": "3" });
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(/release 1\.2\.0-[0-9a-f]{8}: rejected/);
    expect(output).toMatch(restoreHint("1.2.0", 6));
    expect(output).toMatch(/PostgreSQL since the backup: (neither the schema nor a row changed|rows written)/);
  });

  test("and what its slot held before goes out again, with no image in the way of this update or the next", async () => {
    const { live, slots, withdrawn } = router("ledger") as {
      live: "blue" | "green";
      slots: Record<string, { release: { version: string } }>;
      withdrawn: { release: string }[];
    };
    const version = slots[live]?.release.version === "1.0.0" ? "1.1.0" : "1.0.0";
    for (const { release } of withdrawn) await stack.slipway("allow", release);
    // Another port is a part of a release like any other: the slot that stays keeps its own.
    await stack.set({ faults: "", port: "9000" });
    await goesTo(version);
    await goesTo(version);
    const built = docker("image", "ls", "--filter", `label=slipway.stack=${name}`, "--format", "{{.Repository}}");
    expect(built.split("\n").sort()).toEqual(["blue", "controller", "green"].map((part) => `ape-2026-${name}/${part}`));
    expect(await stack.slipway("rollback")).toMatchObject({ code: 0 });
    expect((await fetch(url)).headers.get("x-slipway-version")).not.toBe(version);
  });
});
