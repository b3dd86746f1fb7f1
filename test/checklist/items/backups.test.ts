import { expect, test } from "vitest";
import { backupsItem } from "../../../checklist/items/backups.ts";
import type { CheckedHost } from "../../../checklist/host.ts";
import type { BackupsOnHost } from "../../../lib/releases/backup-variables.ts";
import { diagnose } from "../support/diagnose.ts";
import { saying } from "../support/fake-host.ts";

const today = new Date("2026-11-27T08:00:00Z");
const seconds = (time: string) => String(Date.parse(time) / 1_000);
const lately = seconds("2026-11-26T08:00:00Z");
const backups = {
  variables: { BACKUPS: "/var/backups/slipway/shop-staging" },
  parts: ["postgres.dump", "uploads.volume.tar"],
  copies: undefined,
} satisfies BackupsOnHost;
const copies = {} as NonNullable<BackupsOnHost["copies"]>;
const both = `${lately} 4 by-hand-1.postgres.dump\n${lately} 4 by-hand-1.uploads.volume.tar\n`;
const host = (stdout: string, isCopied = false): CheckedHost => ({
  ...saying({ stdout }),
  backups: isCopied ? { ...backups, copies } : backups,
});
const look = (...hosts: CheckedHost[]) => diagnose(backupsItem({ stack: "staging", today, hosts }));

test("a backup of everything is proven, and with its copy where copies are declared", async () => {
  expect(await look(host(both))).toEqual({ outcome: "proven", says: "" });
  expect(await look(host(`${both}copied ${lately} by-hand-1\n`, true))).toEqual({ outcome: "proven", says: "" });
});

test.each([
  [
    "a volume without one",
    `${lately} 4 by-hand-1.postgres.dump\n`,
    false,
    /^there is no backup of uploads\.volume\.tar →/,
  ],
  [
    "an old one",
    both.replaceAll(lately, seconds("2026-10-01T08:00:00Z")),
    false,
    /by-hand-1\.postgres\.dump is 57 days old, and the newest →/,
  ],
  ["the last try", `${both}backup-failed ${lately} no room\n`, false, /^the last backup failed: no room →/],
  ["never copied", both, true, /^no backup was ever copied elsewhere →/],
  [
    "a copy that failed",
    `${both}copied ${lately} by-hand-1\ncopy-failed ${lately} refuses the keys\n`,
    true,
    /^refuses the keys →/,
  ],
  [
    "a copy of an earlier one",
    `${both}copied ${seconds("2026-11-25T08:00:00Z")} by-hand-0\n`,
    true,
    /^the newest backup lies only on its own host; by-hand-0 was copied on 2026-11-25/,
  ],
])("broken: %s", async (_, said, isCopied, says) => {
  const found = await look(host(said, isCopied));
  expect(found.outcome).toBe("broken");
  expect(found.says).toMatch(says);
  expect(found.says).toMatch(/ → slipway backup now --stack staging$/);
});

test("could not look: the host is away", async () => {
  const away = { ...saying({ code: 255, stderr: "Connection refused" }), backups };
  expect((await look(away)).outcome).toBe("could-not-look");
});
