import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metricsPort } from "../../router/paths.ts";
import { placed, writeNodeService } from "../support/node-service.ts";
import { bucketKeys, copyBucket } from "../support/copied-backups.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts } from "../support/run/lease.ts";
import { succeeded } from "../support/succeeded.ts";

/** The drill of docs/runbook.md "A host is lost": all of a stack on its host goes, its backups with it, and a new host has the data of the copy. */
const name = own("lost");
const prefix = `ape-2026-${name}`;
const port = String(await leasePorts());
const { bucket, repository } = await copyBucket();
const stack = new PulumiStack(name, {
  config: {
    host: { kind: "local" },
    stockImages: {
      node: "slipway/node:local",
      haproxy: "slipway/haproxy:local",
      postgres: "slipway/postgres:local",
      restic: "slipway/restic:local",
    },
    profile: { kind: "instant", pauseSeconds: 0, watchSeconds: 0 },
    databases: { postgres: { name: "ape", user: "ape" } },
    volumes: { uploads: { folder: "/app/uploads" } },
    monitoring: { kind: "existing" },
  },
});
const source = join(stack.folder, "source");
const backups = join(stack.folder, "backups");
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const sql = (words: string) =>
  docker("exec", `${prefix}-postgres`, "psql", "-qAt", "-U", "ape", "-d", "ape", "-c", words);
/** Figures of backups and copies, as Prometheus sees them. */
const figures = async (): Promise<Readonly<Record<string, number>>> => {
  const address = docker(
    "inspect",
    "--format",
    `{{(index .NetworkSettings.Networks "${prefix}").IPAddress}}`,
    `${prefix}-controller`,
  );
  const told = await (await fetch(`http://${address}:${String(metricsPort)}/metrics`)).text();
  const lines = told.matchAll(/^slipway_(backup\w*) (\S+)$/gm);
  return Object.fromEntries(Array.from(lines, ([, name = "", value]) => [name, Number(value)]));
};
const inLive = (words: string) => docker("exec", `${prefix}-blue-1`, "sh", "-c", words);

const server = `require("node:http").createServer((_, response) => response.end("ok")).listen(Number(process.env.PORT));
process.on("SIGTERM", () => process.exit(0));`;

beforeAll(async () => {
  const folder = "RUN mkdir -p /app/uploads && chown 10001:10001 /app/uploads";
  writeNodeService(source, { "server.js": server }, [folder]);
  await stack.init({
    ...(await placed(source, port)),
    "backups.directory": backups,
    "backups.copyTo.repository": repository,
  });
});

afterAll(async () => {
  removeEverything(name);
  stack.remove();
  await bucket.close();
});

test("the keys of the store are asked for before anything is touched", async () => {
  const { code, output } = await stack.up();
  expect(code).not.toBe(0);
  expect(output).toContain("slipway:backupSecrets.password: is missing, and slipway:backups.copyTo needs it");
  await stack.setSecrets({
    "backupSecrets.password": "of the copies",
    "backupSecrets.access-key": bucketKeys.accessKey,
    "backupSecrets.secret-key": bucketKeys.secretKey,
  });
});

test("a new host has the rows and files of the lost one from the copy", async () => {
  expect(succeeded(await stack.up())).toMatch(/copy: 000001-before-1\.0\.0-\w+, \d+ bytes in 2 files, is at s3:/);
  sql("create table words (word text); insert into words values ('morning')");
  inLive("echo morning > /app/uploads/word");
  const made = succeeded(await stack.slipway("backup", "now", "--reason", "before the drill"));
  expect(made).toMatch(/copy: by-hand-\w+, \d+ bytes in 2 files, is at s3:/);
  expect(succeeded(await stack.slipway("status"))).toMatch(/^copy +by-hand-\w+ was copied \d+ s ago$/m);
  const { backup_last_timestamp_seconds: backedUp = 0, ...told } = await figures();
  expect(told).toMatchObject({ backup_failing: 0, backup_copy_failing: 0 });
  expect(told.backup_copy_last_timestamp_seconds).toBeGreaterThan(backedUp);
  expect(succeeded(await stack.slipway("backup", "verify"))).toMatch(/by-hand-\w+\.postgres\.dump, made .* is good/);
  const listed = succeeded(await stack.slipway("backup", "list"));
  expect(listed.match(/^copy .*: postgres\.dump, uploads\.volume\.tar$/gm)).toHaveLength(2);

  removeEverything(name);
  rmSync(backups, { recursive: true });
  // The engine would take its state for what is there, and end well.
  const emptied = [`${prefix}-postgres`, `${prefix}-volume-uploads`];
  for (const volume of emptied) docker("volume", "create", volume);
  const refused = await stack.up();
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("nothing of this stack is live here, and its state says that 1.0.0-");
  docker("volume", "rm", ...emptied);
  succeeded(await stack.run(["stack", "rm", "--force", "--preserve-config", "--yes", "--stack", name]));
  await stack.init();
  const again = succeeded(await stack.up());
  expect(again).toMatch(
    /copy: not made: the newest one there, by-hand-\w+ of .* Fix: slipway restore --from-copy latest --yes/,
  );
  const copies = bucket.objects.size;
  const looked = succeeded(await stack.slipway("restore", "--from-copy", "latest"));
  expect(looked).toMatch(
    /What was written in the \d+ min \d+ s since then is not in it[^]*To do it: slipway restore --from-copy latest --yes/,
  );
  const restored = succeeded(await stack.slipway("restore", "--from-copy", "latest", "--yes"));
  expect(restored).toMatch(/restore: everything is as in the copy by-hand-\w+, after \d+ s/);
  expect(sql("select word from words")).toBe("morning");
  expect(inLive("cat /app/uploads/word")).toBe("morning");
  expect(bucket.objects.size).toBe(copies);
  succeeded(await stack.slipway("backup", "now"));
  expect(succeeded(await stack.slipway("backup", "verify", "--copy"))).toMatch(/copy: by-hand-\w+ is good: /);
  expect(readdirSync(join(backups, prefix)).some((file) => file.startsWith("by-hand-"))).toBe(true);
});

test("a store that refuses the keys is said and fails no release", async () => {
  bucket.keys = { ...bucketKeys, secretKey: "another" };
  const output = succeeded(await stack.up("-c", "slipway:version=1.1.0"));
  expect(output).toMatch(/warning: copy: s3:\S+ refuses the keys/);
  expect(output).not.toContain(bucketKeys.secretKey);
  expect(succeeded(await stack.slipway("status"))).toMatch(/^copy +FAILED \d+ s ago: copy: s3:\S+ refuses the keys/m);
  expect((await stack.slipway("backup", "now")).code).toBe(1);
  expect(await figures()).toMatchObject({ backup_failing: 0, backup_copy_failing: 1 });
});
