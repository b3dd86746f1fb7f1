import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { databaseKinds, type DatabaseKind } from "../../lib/databases/schema.ts";
import { label, own, runId } from "../support/run/id.ts";

/** `lib/databases/password.sh` and `backup.sh` against a real PostgreSQL, a real Redis and a real Neo4j, with faults put between it and them. */
const prefix = own("slipway-backup-test");
const [postgres, redis, neo4j] = [`${prefix}-postgres`, `${prefix}-redis`, `${prefix}-neo4j`];
const mark = ["--label", `${label}=${runId()}`];
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
    [
      "-euc",
      "ulimit -f ${FILE_LIMIT:-unlimited}; . ./lib/databases/databases.sh; . ./lib/databases/read-back.sh; . ./lib/databases/tell.sh; . ./lib/databases/backup.sh",
    ],
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

/** Asks for the password that the host keeps, which is made if there is none. */
function passwordOf(kind: DatabaseKind) {
  const script = `. ./lib/databases/password.sh; password_of ${kind}`;
  const env = { ...process.env, PREFIX: prefix, IMAGE: `slipway/${kind}:local`, ONE_OFF: "docker run --rm -i" };
  return spawnSync("sh", ["-euc", script], { encoding: "utf8", timeout: 120_000, env });
}
const passwords = Object.fromEntries(databaseKinds.map((kind) => [kind, ""])) as Record<DatabaseKind, string>;

/** As components/databases.ts declares them. */
function startDatabases(): void {
  const neo4jSettings = {
    NEO4J_PLUGINS: '["apoc"]',
    NEO4J_apoc_export_file_enabled: "true",
    NEO4J_server_directories_import: "/var/lib/neo4j/import",
    NEO4J_dbms_usage__report_enabled: "false",
  };
  const postgresSettings = {
    POSTGRES_USER: "ape",
    POSTGRES_DB: "ape",
    POSTGRES_PASSWORD_FILE: "/proc/sys/kernel/random/uuid",
  };
  const start = (name: string, kind: DatabaseKind, data: string, settings: object, ...command: string[]) => {
    const env = Object.entries(settings).flatMap(([variable, value]) => ["-e", `${variable}=${String(value)}`]);
    const volume = ["--volume", `${name}:${data}`];
    docker("run", "-d", "--name", name, ...mark, ...env, ...volume, `slipway/${kind}:local`, ...command);
  };
  for (const volume of [postgres, redis, neo4j]) docker("volume", "create", ...mark, volume);
  start(postgres, "postgres", "/var/lib/postgresql/data", postgresSettings);
  for (const kind of ["redis", "neo4j"] as const) passwords[kind] = passwordOf(kind).stdout;
  start(redis, "redis", "/data", {}, "redis-server", "/data/.slipway.conf");
  start(neo4j, "neo4j", "/data", neo4jSettings);
  passwords.postgres = passwordOf("postgres").stdout;
}

function upload(path: string, content: string): void {
  const tree = mkdtempSync(join(folder, "upload-"));
  mkdirSync(join(tree, dirname(path)), { recursive: true });
  writeFileSync(join(tree, path), content, { mode: 0o400 });
  docker("cp", `${tree}/.`, `${neo4j}:/`);
}

/** Rows as cypher-shell prints them, without the heading. */
function cypher(statements: string): string[] {
  const shell = `export NEO4J_USERNAME=neo4j NEO4J_PASSWORD=${passwords.neo4j}; cypher-shell --format plain --fail-fast`;
  const args = ["exec", "-i", neo4j, "sh", "-c", shell];
  return execFileSync("docker", args, { encoding: "utf8", input: statements }).trim().split("\n").slice(1);
}

/** All but what says that the last one failed. */
const files = () =>
  existsSync(backups) && statSync(backups).isDirectory()
    ? readdirSync(backups)
        .filter((name) => name !== ".backup-failed")
        .sort()
    : [];

beforeAll(() => {
  startDatabases();
  sql("create table words (word text); insert into words select 'word ' || n from generate_series(1, 1000) n");
});

afterAll(() => {
  docker("rm", "-f", "-v", postgres, redis, neo4j);
  docker("volume", "rm", postgres, redis, neo4j, `${prefix}-green-secrets`);
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  rmSync(backups, { recursive: true, force: true });
  rmSync(shims, { recursive: true, force: true });
  mkdirSync(shims);
});

describe("a password", () => {
  const folders = { postgres: "/var/lib/postgresql/data", redis: "/data", neo4j: "/data" } as const;
  const inside = (kind: DatabaseKind, ...command: string[]) => docker("exec", `${prefix}-${kind}`, ...command).trim();
  const kept = (kind: DatabaseKind) => `${folders[kind]}/.slipway-password`;
  const logsIn = (password: string) =>
    spawnSync("docker", [
      ...["exec", "--env", `PGPASSWORD=${password}`, postgres],
      ...["psql", "-h", "127.0.0.1", "-U", "ape", "-d", "ape", "-c", "select"],
    ]).status === 0;

  test("is made where there is none, beside the data, for the database's user alone", () => {
    for (const kind of databaseKinds) {
      expect(passwords[kind], kind).toMatch(/^[0-9a-f]{48}$/);
      expect(passwordOf(kind).stdout).toBe(passwords[kind]);
      expect(inside(kind, "stat", "-c", "%U %a", kept(kind))).toBe(`${kind} 600`);
    }
    expect(new Set(Object.values(passwords)).size).toBe(3);
  });

  test("opens the database, and no other does", () => {
    expect(logsIn(passwords.postgres)).toBe(true);
    expect(logsIn("another")).toBe(false);
    expect(inside("redis", "redis-cli", "-a", passwords.redis, "ping")).toContain("PONG");
    expect(inside("redis", "redis-cli", "ping")).toContain("NOAUTH");
  });

  test("is in no log and no variable of a container", () => {
    for (const kind of databaseKinds) {
      const name = `${prefix}-${kind}`;
      const { stdout, stderr } = spawnSync("docker", ["logs", name], { encoding: "utf8" });
      expect((stdout + stderr + docker("inspect", name)).includes(passwords[kind])).toBe(false);
    }
  });

  test("whose file is gone is found in the service's own file: nobody is locked out", () => {
    const secrets = `${prefix}-green-secrets`;
    docker("volume", "create", ...mark, secrets);
    const url = `postgresql://ape:${passwords.postgres}@10.0.0.4:5432/ape`;
    const write = `printf %s '${url}' > /secrets/database-url`;
    docker("run", "--rm", "--volume", `${secrets}:/secrets`, "--entrypoint", "sh", "slipway/redis:local", "-c", write);
    inside("postgres", "rm", kept("postgres"));
    expect(passwordOf("postgres").stdout).toBe(passwords.postgres);
    expect(inside("postgres", "cat", kept("postgres"))).toBe(passwords.postgres);
    docker("volume", "rm", secrets);
    docker("volume", "create", ...mark, secrets);
  });

  test("that is nowhere any more is set anew by PostgreSQL's own socket", () => {
    const before = passwords.postgres;
    inside("postgres", "rm", kept("postgres"));
    passwords.postgres = passwordOf("postgres").stdout;
    expect(passwords.postgres).toMatch(/^[0-9a-f]{48}$/);
    expect([logsIn(passwords.postgres), logsIn(before)]).toEqual([true, false]);
  });

  test("that is nowhere any more is not made up where it would open nothing", () => {
    inside("redis", "rm", kept("redis"));
    expect(passwordOf("redis").stdout, "Redis reads its own file").toBe(passwords.redis);
    inside("redis", "rm", kept("redis"), "/data/.slipway.conf");
    const { status, stdout, stderr } = passwordOf("redis");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/its password is nowhere on the host any more, got no file \.slipway-password in .*Fix: /);
  });

  test("in a file of a container that an earlier Slipway made is kept", () => {
    inside("redis", "sh", "-c", `mkdir -p /etc/redis; echo 'requirepass ${passwords.redis}' > /etc/redis/slipway.conf`);
    expect(passwordOf("redis").stdout).toBe(passwords.redis);
    expect(inside("redis", "cat", kept("redis"))).toBe(passwords.redis);
    expect(inside("redis", "cat", "/data/.slipway.conf")).toContain(`requirepass ${passwords.redis}\n`);
    inside("redis", "rm", "/etc/redis/slipway.conf");
  });
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
    expect(backUp({ POSTGRES: "", REDIS: "" })).toEqual({
      status: 0,
      output: "backup: this stack has no databases\n",
    });
  });
});

describe("what changed since a backup", () => {
  const script =
    ". ./lib/databases/databases.sh; . ./lib/databases/data-changes.sh; printf '%s\\n' \"$FILES\" | changes_since";
  /** A neighbour of the databases by name; it need not be there. */
  const CONTROLLER = `${prefix}-controller`;

  function changes(): string[] {
    const FILES = files().flatMap((file) => (file.endsWith(".mark") ? [] : [join(backups, file)]));
    const env = { PATH: `${shims}:${process.env.PATH ?? ""}`, CONTROLLER, FILES: FILES.join("\n") };
    return execFileSync("sh", ["-uc", script], { encoding: "utf8", env }).trim().split("\n");
  }
  const keyWritten = () => docker("exec", redis, "redis-cli", "-a", passwords.redis, "incr", "n");

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

test("a disk without room is named, though no file can hold what the databases said", () => {
  writeFileSync(
    join(shims, "df"),
    "#!/bin/sh\nprintf 'Filesystem 1024-blocks Used Available\\n/dev/loop0 3000 2988 12\\n'\n",
  );
  chmodSync(join(shims, "df"), 0o755);
  const { status, output } = backUp({ FILE_LIMIT: "1" });
  expect(status).not.toBe(0);
  expect(output).toContain(`no space left on device: 12 KB are free in ${backups}. Fix: make room there`);
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

describe("Neo4j", () => {
  const CONTROLLER = `${prefix}-controller`;
  const only = { POSTGRES: "", REDIS: "", NEO4J: neo4j };
  const file = join(backups, "000001-before-1.0.0.neo4j.cypher");
  const script = (rest: string) => `. ./lib/databases/databases.sh; . ./lib/databases/data-changes.sh; ${rest}`;
  const run = (rest: string) =>
    spawnSync("sh", ["-euc", script(rest)], {
      encoding: "utf8",
      timeout: 600_000,
      env: { PATH: `${shims}:${process.env.PATH ?? ""}`, HOME: folder, CONTROLLER, FILES: file, YES: "1" },
    });
  const changed = () => run(`printf '%s\\n' "$FILES" | changes_since`).stdout.trim();

  /** A value of each type that a property can have, and what Cypher calls it. */
  const values = [
    ["1", "INTEGER"],
    ["9223372036854775807", "INTEGER"],
    ["1.0", "FLOAT"],
    ["1.5e-300", "FLOAT"],
    ["true", "BOOLEAN"],
    [`'it\\'s "quoted" \\\\ back\\nnew line \\t; ü 🙂 $x :commit'`, "STRING"],
    ["date('2026-02-03')", "DATE"],
    ["localtime('12:00:00.123')", "LOCAL TIME"],
    ["time('12:00:00+02:00')", "ZONED TIME"],
    ["localdatetime('2026-02-03T01:02:03.456789')", "LOCAL DATETIME"],
    ["datetime('2026-02-03T01:02:03.000000001[Europe/Berlin]')", "ZONED DATETIME"],
    ["duration('P1Y2M3DT4H5M6.7S')", "DURATION"],
    ["point({x: 1.5, y: 2.0})", "POINT"],
    ["point({longitude: 13.4, latitude: 52.5, height: 30.0})", "POINT"],
    ["[1, 2]", "LIST<INTEGER NOT NULL>"],
    ["[1.0, 2.5]", "LIST<FLOAT NOT NULL>"],
    [`['a;\\nb', 'c']`, "LIST<STRING NOT NULL>"],
    ["[date('2026-02-03')]", "LIST<DATE NOT NULL>"],
    ["[]", "LIST<NOTHING>"],
  ] as const;
  const properties = values.map(([value], index) => `p${String(index)}: ${value}`).join(", ");
  const same = (owner: string) =>
    `[${values.map(([value, type], index) => `${owner}.p${String(index)} = ${value} AND valueType(${owner}.p${String(index)}) = '${type} NOT NULL'`).join(", ")}]`;
  const schema =
    "SHOW INDEXES YIELD name, type, createStatement WHERE type <> 'LOOKUP' RETURN createStatement ORDER BY name;";

  beforeAll(() => {
    const ready = "until (: < /dev/tcp/127.0.0.1/7687) 2> /dev/null; do sleep 0.2; done";
    execFileSync("docker", ["exec", neo4j, "timeout", "300", "bash", "-c", ready]);
    cypher(`
      CREATE CONSTRAINT word_number FOR (w:Word) REQUIRE w.number IS UNIQUE;
      CREATE INDEX words FOR (w:Word) ON (w.text);
      CREATE TEXT INDEX texts FOR (w:Word) ON (w.text);
      CREATE POINT INDEX places FOR (w:Word) ON (w.place) OPTIONS {indexConfig: {\`spatial.cartesian.max\`: [9.0, 9.0]}};
      CREATE FULLTEXT INDEX anywhere FOR (w:Word|Other) ON EACH [w.text];
      CREATE INDEX links FOR ()-[l:LINK]-() ON (l.p0);
      UNWIND range(1, 500) AS number CREATE (:Word {number: number, text: 'word ' + number});
      CREATE (:Typed:\`Odd label\` {${properties}}), ();
      MATCH (a:Word {number: 1}), (b:Typed) CREATE (a)-[:LINK {${properties}}]->(b), (a)-[:LINK]->(b), (b)-[:LINK]->(b);
    `);
  });

  test("every type, index and constraint survives backup, loss and restore; what was written since is told", () => {
    const before = cypher(schema);
    expect(before).toHaveLength(6);
    const { status, output } = backUp(only);
    expect(status, output).toBe(0);
    expect(files()).toEqual(["000001-before-1.0.0.neo4j.cypher", "000001-before-1.0.0.neo4j.cypher.mark"]);
    expect(changed()).toBe("Neo4j since the backup: nothing was written");

    cypher(`MATCH (n) DETACH DELETE n; DROP INDEX anywhere; DROP CONSTRAINT word_number;
      CREATE INDEX newer FOR (n:Newer) ON (n.x); CREATE (:Newer {x: 1});`);
    expect(changed()).toBe("Neo4j since the backup: it was written to");

    const restored = run(". ./lib/databases/restore.sh");
    expect(restored.status, restored.stdout + restored.stderr).toBe(0);
    expect(cypher(schema)).toEqual(before);
    expect(cypher("MATCH (n) RETURN count(n), count(n.number), sum(size(labels(n)));")).toEqual(["502, 500, 502"]);
    expect(cypher(`MATCH (n:Typed:\`Odd label\`) RETURN all(x IN ${same("n")} WHERE x);`)).toEqual(["TRUE"]);
    expect(cypher(`MATCH (:Word {number: 1})-[l:LINK]->(:Typed) RETURN count(l);`)).toEqual(["2"]);
    expect(cypher(`MATCH ()-[l:LINK {p0: 1}]->() RETURN all(x IN ${same("l")} WHERE x);`)).toEqual(["TRUE"]);
    // What the restore replaced.
    expect(files().filter((name) => name.endsWith("-replaced.neo4j.cypher"))).toHaveLength(1);
  });

  test("a file without its first line is not restored, and nothing is touched", () => {
    const before = cypher("MATCH (n) RETURN count(n);");
    mkdirSync(backups);
    writeFileSync(file, "CREATE (:Stray);\n");
    const refused = run(". ./lib/databases/restore.sh");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("Neo4j is as it was");
    expect(cypher("MATCH (n) RETURN count(n);")).toEqual(before);
  });

  const cases: [string, () => Record<string, string>][] = [
    ["there is no such Neo4j", () => ({ NEO4J: "slipway-backup-test-nothing" })],
    ["the export fails", () => (breakDocker("*apoc.export*", "exit 1"), {})],
    ["the export is empty", () => (breakDocker("*apoc.export*", "exit 0"), {})],
    ["the export is something else", () => (breakDocker("*apoc.export*", "echo no dump"), {})],
    [
      "the export lacks its last index, without an error",
      () => (breakDocker("*apoc.export*", "REAL | head -n -2"), {}),
    ],
    ["a second Neo4j can't be started", () => (breakDocker("*'scratch; {'*", "cat > /dev/null; exit 1"), {})],
    ["the disk is full", () => ({ FILE_LIMIT: "1" })],
    ["Neo4j refuses the password", () => (upload("/data/.slipway-password", "another-password"), {})],
  ];
  test.each(cases)("a backup stops the release and leaves no file: %s", (_, breakIt) => {
    const { status, output } = backUp({ ...only, ...breakIt() });
    upload("/data/.slipway-password", passwords.neo4j);
    expect(status, output).not.toBe(0);
    expect(output).toContain("not everything could be backed up");
    expect(files()).toEqual([]);
  });
});
