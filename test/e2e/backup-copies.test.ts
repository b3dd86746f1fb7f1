import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { backupScript, copyScript, restoreCopyScript } from "../../lib/databases/backup-scripts.ts";
import { copyKeys } from "../../lib/releases/backup-variables.ts";
import { bucketKeys, copyBucket } from "../support/copied-backups.ts";
import { label, own, runId } from "../support/run/id.ts";
import { allBrokenCopies } from "../support/run/knobs.ts";

/** The scripts that copy backups and bring them back: real databases, a real restic, and a strict S3 store that is broken on purpose. */
const prefix = own("slipway-copies-test");
const [controller, postgres, redis] = [`${prefix}-controller`, `${prefix}-postgres`, `${prefix}-redis`];
const [keys, wrongKeys, uploads] = [`${prefix}-backup-keys`, `${prefix}-wrong-keys`, `${prefix}-volume-uploads`];
const mark = ["--label", `${label}=${runId()}`];
const folder = mkdtempSync(join(tmpdir(), "slipway-copies-"));
const BACKUPS = join(folder, "backups");
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const sql = (words: string) => docker("exec", postgres, "psql", "-qAt", "-U", "ape", "-d", "ape", "-c", words);
const { bucket, repository } = await copyBucket();
const variables = {
  BACKUPS,
  KEEP: "10",
  POSTGRES: postgres,
  REDIS: redis,
  VOLUMES: "uploads",
  CONTROLLER: controller,
  COPY: `${repository}/${prefix}`,
  COPY_KEEP: "2",
  OWNER: prefix,
  KEYS: keys,
  RESTIC: "slipway/restic:local",
  LABELS: mark.join(" "),
};
const everything = "postgres.dump redis.rdb uploads.volume.tar";

async function run(script: string, changes: Readonly<Record<string, string>> = {}) {
  const env = { PATH: process.env.PATH, HOME: folder, ...variables, ...changes };
  const child = spawn("sh", ["-euc", script], { env, stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.once("close", resolve)),
  ]);
  return { code, output: stdout + stderr };
}
const copied = async (NAME: string, changes: Readonly<Record<string, string>> = {}) => {
  const made = await run(backupScript, { NAME });
  expect(made.code, made.output).toBe(0);
  return run(copyScript, { NAME, ...changes });
};
const restored = (changes: Readonly<Record<string, string>> = {}) =>
  run(restoreCopyScript, { WANTED: "latest", HAS: everything, YES: "1", ...changes });

function keep(volume: string, secrets: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(copyKeys(secrets))) {
    const words = ["run", "--rm", "-i", "--volume", `${volume}:/keys`, "--entrypoint", "sh", "slipway/redis:local"];
    execFileSync("docker", [...words, "-c", `umask 377; rm -f /keys/${name}; cat > /keys/${name}`], { input: content });
  }
}

beforeAll(() => {
  for (const volume of [keys, wrongKeys, uploads]) docker("volume", "create", ...mark, volume);
  keep(keys, { password: "of the copies", "access-key": bucketKeys.accessKey, "secret-key": bucketKeys.secretKey });
  docker("run", "-d", "--name", controller, ...mark, "--entrypoint", "sleep", "slipway/redis:local", "infinity");
  const env = ["-e", "POSTGRES_USER=ape", "-e", "POSTGRES_DB=ape", "-e", "POSTGRES_PASSWORD=x"];
  docker("run", "-d", "--name", postgres, ...mark, ...env, "slipway/postgres:local");
  const redisStart =
    "printf secret > /data/.slipway-password; exec redis-server --requirepass secret --appendonly yes --repl-diskless-sync-delay 0";
  docker("run", "-d", "--name", redis, ...mark, "--entrypoint", "sh", "slipway/redis:local", "-c", redisStart);
  const ready = "until psql -h 127.0.0.1 -U ape -d ape -c 'select' 2> /dev/null; do sleep 0.2; done";
  docker("exec", "-e", "PGPASSWORD=x", postgres, "timeout", "60", "sh", "-c", ready);
  sql("create table words (word text)");
});

afterAll(async () => {
  docker("rm", "-f", "-v", controller, postgres, redis);
  docker("volume", "rm", keys, wrongKeys, uploads);
  rmSync(folder, { recursive: true });
  await bucket.close();
});

const file = (content: string) =>
  docker("run", "--rm", "--volume", `${uploads}:/v`, "--entrypoint", "sh", "slipway/redis:local", "-c", content);
const key = (...words: string[]) => docker("exec", redis, "redis-cli", "--no-auth-warning", "-a", "secret", ...words);
const write = (word: string) => {
  sql(`delete from words; insert into words values ('${word}')`);
  key("set", "word", word);
  file(`echo ${word} > /v/word`);
};
const held = () => [sql("select word from words"), key("get", "word"), file("cat /v/word")];

/** Begins with an empty host and an empty bucket. */
beforeEach(() => {
  rmSync(BACKUPS, { recursive: true, force: true });
  bucket.objects.clear();
  bucket.isThere = true;
});

test("a host that lost everything has it back from the copy, and its own backups go on from there", async () => {
  write("morning");
  const made = await copied("000001-before-1.0.0");
  expect(made.output).toMatch(/^copy: begins s3:[^]*copy: 000001-before-1\.0\.0, \d+ bytes in 3 files, is at /m);
  expect([...bucket.objects.values()].some((content) => content.includes("morning"))).toBe(false);
  rmSync(BACKUPS, { recursive: true });
  write("nothing");
  const looked = await restored({ YES: "" });
  expect(looked.output).toMatch(
    /^Copy 000001-before-1\.0\.0, made .* UTC: postgres\.dump, \d+ bytes, takes the place/m,
  );
  expect(looked.output).toMatch(/^What was written in the 0 min \d+ s since then is not in it$/m);
  expect(held()).toEqual(["nothing", "nothing", "nothing"]);

  const held1 = await copied("000001-before-1.0.0");
  expect(held1.code).toBe(0);
  expect(held1.output).toMatch(
    /^copy: not made: the newest one there, .* Fix: slipway restore --from-copy latest --yes; or/m,
  );
  const { code, output } = await restored();
  expect(code, output).toBe(0);
  expect(output).toMatch(/^restore: everything is as in the copy 000001-before-1\.0\.0, after \d+ s$/m);
  expect(held()).toEqual(["morning", "morning", "morning"]);
  expect(sql("select count(*) from pg_database where datname like 'slipway_replaced%'")).toBe("1");
  expect((await copied("000002-before-1.1.0")).output).toContain("copy: 000002-before-1.1.0");
});

/** Objects of a repository by kind, and what becomes of each of them. */
const objects = (kind: string) => [...bucket.objects.keys()].filter((name) => name.startsWith(`${prefix}/${kind}`));
const change = (kind: string, to: (content: Buffer) => Buffer) => () => {
  const names = objects(kind);
  expect(names, kind).not.toEqual([]);
  for (const name of names) bucket.objects.set(name, to(bucket.objects.get(name) ?? Buffer.alloc(0)));
};
const remove = (kind: string) => () => {
  const names = objects(kind);
  expect(names, kind).not.toEqual([]);
  for (const name of names) bucket.objects.delete(name);
};
const half = (content: Buffer) => content.subarray(0, content.length >> 1);
const flipped = (content: Buffer) =>
  Buffer.from(content.map((byte, at) => (at === content.length >> 1 ? byte ^ 1 : byte)));
const using = (secrets: Readonly<Record<string, string>>) => {
  keep(wrongKeys, {
    password: "of the copies",
    "access-key": bucketKeys.accessKey,
    "secret-key": bucketKeys.secretKey,
    ...secrets,
  });
  return { KEYS: wrongKeys };
};

test("a broken copy is refused with what mends it, and nothing is emptied", async () => {
  write("morning");
  expect((await copied("000001-before-1.0.0")).output).toContain("is at s3:");
  const good = new Map(bucket.objects);
  write("evening");
  const before = held();
  const bucketGone = () => {
    bucket.isThere = false;
  };
  const cases: readonly [
    string,
    RegExp,
    { readonly env?: () => Record<string, string>; readonly breaks?: () => void },
  ][] = [
    [
      "another password",
      /was made with another password.*Fix: .*backupSecrets\.password/,
      { env: () => using({ password: "another" }) },
    ],
    [
      "a wrong secret key",
      /refuses the keys.*Fix: .*backupSecrets\.access-key/,
      { env: () => using({ "secret-key": "wrong" }) },
    ],
    ["an unknown access key", /refuses the keys/, { env: () => using({ "access-key": "unknown" }) }],
    ["the bucket is gone", /has no bucket of that name.*Fix: make it/, { breaks: bucketGone }],
    ["nobody is there", /can't be reached.*Fix: /, { env: () => ({ COPY: "s3:http://127.0.0.1:9/backups/x" }) }],
    ["nothing was ever copied there", /holds no copy.*Fix: /, { env: () => ({ COPY: `${repository}/another` }) }],
    ["no copy of that name", /is no copy at .*Fix: /, { env: () => ({ WANTED: "000009-before-9.9.9" }) }],
    ["packs that break off", /Fix: name another copy/, { breaks: change("data/", half) }],
    ["packs with a bit turned", /Fix: name another copy/, { breaks: change("data/", flipped) }],
    ["empty packs", /Fix: name another copy/, { breaks: change("data/", () => Buffer.alloc(0)) }],
    ["packs that are gone", /Fix: name another copy/, { breaks: remove("data/") }],
    ["an index that is gone", /Fix: name another copy/, { breaks: remove("index/") }],
    ["an index that breaks off", /Fix: name another copy/, { breaks: change("index/", half) }],
    ["snapshots that are gone", /latest: is no copy at/, { breaks: remove("snapshots/") }],
    ["a snapshot with a bit turned", /Fix: /, { breaks: change("snapshots/", flipped) }],
    ["a key that is gone", /was made with another password|Fix: /, { breaks: remove("keys/") }],
    ["a key with a bit turned", /Fix: /, { breaks: change("keys/", flipped) }],
    ["a configuration that is gone", /holds no copy.*Fix: /, { breaks: remove("config") }],
    ["a configuration that breaks off", /Fix: /, { breaks: change("config", half) }],
    [
      "a database that the copy has and the stack has not",
      /has redis\.rdb, which this stack does not have.*--partly/,
      { env: () => ({ HAS: "postgres.dump uploads.volume.tar" }) },
    ],
    [
      "a database that the stack has and the copy has not",
      /has no neo4j\.cypher, which this stack has.*--partly/,
      { env: () => ({ HAS: `${everything} neo4j.cypher` }) },
    ],
  ];
  for (const [what, said, { env, breaks }] of cases.filter((_, index) => allBrokenCopies() || index % 3 === 0)) {
    bucket.objects.clear();
    for (const [name, content] of good) bucket.objects.set(name, content);
    bucket.isThere = true;
    breaks?.();
    const { code, output } = await restored(env?.());
    expect(code, `${what}: ${output}`).toBe(1);
    expect(output, what).toMatch(said);
    expect(output, what).not.toMatch(/of the copies|with\+signs/);
    expect(
      readdirSync(BACKUPS).filter((name) => name.startsWith("from-copy")),
      what,
    ).toEqual([]);
  }
  expect(held()).toEqual(before);
});

test("a dump that can't be restored is found in a copy that is whole, before anything is emptied", async () => {
  write("morning");
  expect((await run(backupScript, { NAME: "000001-before-1.0.0" })).code).toBe(0);
  for (const [part, content] of [
    ["postgres.dump", "no dump"],
    ["redis.rdb", "no dump"],
    ["uploads.volume.tar", "no tar"],
  ] as const) {
    const name = `broken-${part.split(".")[0] ?? ""}`;
    for (const each of everything.split(" "))
      writeFileSync(join(BACKUPS, `${name}.${each}`), readFileSync(join(BACKUPS, `000001-before-1.0.0.${each}`)));
    writeFileSync(join(BACKUPS, `${name}.${part}`), content);
    expect((await run(copyScript, { NAME: name })).output).toContain("is at s3:");
    const { code, output } = await restored({ WANTED: name });
    expect(code, output).toBe(1);
    expect(output).toMatch(new RegExp(`${name}: can't be restored, so nothing is touched. Fix: `));
  }
  expect(held()).toEqual(["morning", "morning", "morning"]);
});
