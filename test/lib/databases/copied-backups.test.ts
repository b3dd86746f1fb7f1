import { expect, test } from "vitest";
import { parseCopies } from "../../../lib/databases/copied-backups.ts";

test("a copy is a line: when, its id, its marks and its files", () => {
  const said =
    "2026-11-27T18:20:12.136291215Z ce6d024e74f14d6afefe2f7ca39cd4f2 000001-before-1.0.0,by-0a0b,bytes-3000003 " +
    "/backups/000001-before-1.0.0.postgres.dump,/backups/000001-before-1.0.0.user-files.volume.tar\n";
  expect(parseCopies(said)).toEqual([
    {
      name: "000001-before-1.0.0",
      id: "ce6d024e",
      at: "2026-11-27T18:20:12.136Z",
      bytes: 3_000_003,
      parts: ["postgres.dump", "user-files.volume.tar"],
    },
  ]);
  expect(parseCopies("\n")).toEqual([]);
});
