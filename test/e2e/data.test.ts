import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { made, removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";
import { askQuestion } from "../support/sample-service.ts";
import { succeeded } from "../support/succeeded.ts";

/** What becomes of data when a database, or the whole stack, is declared no longer: nothing, unless a setting names them. */
const name = own("data");
const part = (kind: string) => `ape-2026-${name}-${kind}`;
const port = String(await leasePorts());
const url = `http://127.0.0.1:${port}`;
const stack = new PulumiStack(name);

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const redisDo = (...args: string[]) =>
  docker(
    ...["exec", part("redis"), "sh", "-c"],
    'export REDISCLI_AUTH="$(cat /data/.slipway-password)"; exec redis-cli "$@"',
    ...["sh", ...args],
  );
const sql = (text: string) => docker("exec", part("postgres"), "psql", "-qAt", "-U", "ape", "-d", "ape", "-c", text);

beforeAll(async () => {
  await stack.init({
    version: "1.0.0",
    subnet: `${await leaseSubnet()}.0/24`,
    listenPort: port,
    "backups.directory": `${stack.folder}/backups`,
    "profile.pauseSeconds": "0",
    "profile.watchSeconds": "0",
  });
  await stack.setSecret("secrets.token", "planted-token");
  succeeded(await stack.up());
});

afterAll(() => {
  removeEverything(name);
  stack.remove();
});

test("no password of a database is in the state, nor in what --debug and -v=9 print", async () => {
  const passwords = ["database-url", "redis-url"].map(
    (file) => new URL(docker("exec", part("blue-1"), "cat", `/run/secrets/${file}`)).password,
  );
  const known = await stack.export("--show-secrets");
  expect(known).toContain(part("postgres"));
  const { code, output } = await stack.preview("--debug", "-v=9", "--logtostderr", "-c", "slipway:version=1.1.0");
  expect(code).toBe(0);
  expect(output).toContain(part("postgres"));
  for (const password of passwords) {
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(known.includes(password)).toBe(false);
    expect(output.includes(password)).toBe(false);
  }
  // As docs/security.md says: the stack's own secrets are in the one, and not in the other.
  expect(output).toContain("planted-token");
  const debugged = await stack.preview("--debug", "-c", "slipway:version=1.1.0");
  expect([debugged.code, debugged.output.includes("planted-token")]).toEqual([0, false]);
});

test("a database that is declared no longer is backed up before traffic moves, and nobody goes back without it", async () => {
  const settings = `${stack.folder}/Pulumi.${name}.yaml`;
  const declared = readFileSync(settings, "utf8");
  redisDo("set", "key", "before it left");
  await stack.unset("databases.redis");
  // One that nobody answers at: the service does without.
  await stack.set({ "env.REDIS_URL": "redis://127.0.0.1:1/0", "health.path": "/" });
  const left = succeeded(await stack.up("-c", "slipway:version=1.0.1"));
  expect(left).toContain("databases are backed up first");
  expect(left).toContain("nobody can go back to 1.0.0-");
  expect(left).toContain("live green 1.0.1, nothing to go back to");
  const backups = `${stack.folder}/backups/ape-2026-${name}`;
  const [file = ""] = readdirSync(backups).filter((each) => /^000002-.*\.redis\.rdb$/.test(each));
  expect(readFileSync(`${backups}/${file}`).includes("before it left")).toBe(true);
  expect(made(name, "container")).not.toContain(part("redis"));
  const { code, output } = await stack.slipway("rollback");
  expect([code, output]).toEqual([1, expect.stringContaining("without its Redis")]);

  writeFileSync(settings, declared);
  expect(succeeded(await stack.up("-c", "slipway:version=1.0.0"))).toContain("live blue 1.0.0, standby green 1.0.1");
  expect(redisDo("get", "key")).toBe("before it left");
});

test("a stack that is gone leaves its data, which are taken up when it comes again: the passwords are beside them", async () => {
  await askQuestion(url, "kept");
  redisDo("set", "key", "kept");
  docker("volume", "create", "--label", `slipway.stack=${name}`, part("neo4j"));
  succeeded(await stack.destroy());
  expect(made(name, "container")).toEqual([]);
  expect(succeeded(await stack.up())).toContain(`Volume ${part("neo4j")} is left of Neo4j`);
  docker("volume", "rm", part("neo4j"));
  expect(sql("select count(*) from queries where question = 'kept'")).toBe("1");
  expect(redisDo("get", "key")).toBe("kept");
  await askQuestion(url, "written with the same password");
  const owner = docker("exec", part("postgres"), "stat", "-c", "%U %a", "/var/lib/postgresql/data/.slipway-password");
  expect(owner).toBe("postgres 600");
});

test("data that a setting names go, after a last backup, and no others", async () => {
  await stack.set({ "deleteData[0]": "redis" });
  expect(succeeded(await stack.up())).toContain(
    "slipway:deleteData: the data of redis are deleted, after a last backup",
  );
  redisDo("set", "key", "written last");
  docker("stop", part("redis"));
  const { code, output } = await stack.destroy();
  expect(code, output).not.toBe(0);
  expect(output).toContain(`Fix: docker start ${part("redis")}`);
  expect(made(name, "volume")).toContain(part("redis"));
  docker("start", part("redis"));
  succeeded(await stack.destroy());
  expect(made(name, "volume")).toEqual([part("postgres")]);
  const backups = `${stack.folder}/backups/ape-2026-${name}`;
  const last = readdirSync(backups).filter((file) => /^last-\w+\.redis\.rdb$/.test(file));
  expect(last).toHaveLength(1);
  expect(readFileSync(`${backups}/${last[0] ?? ""}`).includes("written last")).toBe(true);
});
