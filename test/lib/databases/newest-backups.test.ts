import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { newestBackups } from "../../../lib/databases/newest-backups.ts";
import { localConnection } from "../../../lib/hosts/host-connection.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-newest-"));
const here = localConnection("unix:///var/run/docker.sock");
const backup = (file: string, at: string) => {
  writeFileSync(join(folder, file), "four");
  utimesSync(join(folder, file), new Date(at), new Date(at));
};
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("the newest of each database and volume, by when it was finished, and nothing that is half made", async () => {
  expect(await newestBackups(here, folder)).toEqual({ files: [] });
  backup("000002-before-1.1.0.postgres.dump", "2026-11-20T10:00:00Z");
  backup("000010-before-1.2.0.postgres.dump", "2026-11-25T10:00:00Z");
  backup("000010-before-1.2.0.postgres.dump.mark", "2026-11-26T10:00:00Z");
  backup("000011-before-1.3.0.postgres.dump.part", "2026-11-27T10:00:00Z");
  backup("000003-before-1.1.0.redis.rdb", "2026-11-26T10:00:00Z");
  expect(await newestBackups(here, folder)).toEqual({
    files: [
      { file: "000003-before-1.1.0.redis.rdb", at: "2026-11-26T10:00:00.000Z", bytes: 4 },
      { file: "000010-before-1.2.0.postgres.dump", at: "2026-11-25T10:00:00.000Z", bytes: 4 },
    ],
  });
  backup("000003-before-1.1.0.user-files.volume.tar", "2026-11-21T10:00:00Z");
  backup("000002-before-1.0.1.user-files.volume.tar", "2026-11-20T10:00:00Z");
  backup("000002-before-1.0.1.media.volume.tar", "2026-11-19T10:00:00Z");
  const kept = await newestBackups(here, folder);
  expect("files" in kept && kept.files.slice(2).map(({ file }) => file)).toEqual([
    "000003-before-1.1.0.user-files.volume.tar",
    "000002-before-1.0.1.media.volume.tar",
  ]);
  for (const file of readdirSync(folder)) if (file.endsWith(".volume.tar")) rmSync(join(folder, file));
  const all = await newestBackups(here, folder, 100);
  expect("files" in all && all.files.map(({ file }) => file)).toEqual([
    "000003-before-1.1.0.redis.rdb",
    "000010-before-1.2.0.postgres.dump",
    "000002-before-1.1.0.postgres.dump",
  ]);
});

test("what a restore put aside or brought is no backup; where all are listed, it can be restored as well", async () => {
  mkdirSync(folder, { recursive: true });
  const aside = "20261127120000-replaced.redis.rdb";
  backup("by-hand-20261126T100000Z.redis.rdb", "2026-11-26T10:00:00Z");
  backup(aside, "2026-11-27T12:00:00Z");
  backup("from-copy-000002-before-1.1.0.redis.rdb", "2026-11-27T11:00:00Z");
  const names = async (each?: number) => {
    const found = await newestBackups(here, folder, each);
    return "files" in found && found.files.map(({ file }) => file);
  };
  expect(await names()).toEqual(["by-hand-20261126T100000Z.redis.rdb"]);
  expect(await names(100)).toContain(aside);
});

test("a folder that is gone is no folder without backups", async () => {
  expect(await newestBackups(here, join(folder, "gone"))).toEqual({
    problem: expect.stringContaining("gone") as string,
  });
});

test("what became of the newest copy comes along, and of a backup that failed", async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ".copied"), "1795770000 000002-before-1.1.0\n");
  writeFileSync(join(folder, ".backup-failed"), "1795766400 not everything could be backed up\n");
  writeFileSync(join(folder, ".copy-failed"), "1795773600 copy: refuses the keys\n");
  expect(await newestBackups(here, folder)).toEqual({
    files: [],
    backupFailed: { reason: "not everything could be backed up", at: new Date(1_795_766_400_000).toISOString() },
    copied: { name: "000002-before-1.1.0", at: new Date(1_795_770_000_000).toISOString() },
    copyFailed: { reason: "copy: refuses the keys", at: new Date(1_795_773_600_000).toISOString() },
  });
});
