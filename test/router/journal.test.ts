import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { journalPath, loadJournal, saveJournal } from "../../router/journal.ts";
import { emptyLedger, type Ledger } from "../../router/ledger.ts";
import { condemn, guard, start } from "../../router/transitions.ts";
import { release } from "./support/samples.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-journal-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const wish = { slot: "blue", release: release("1.0.0"), rollout: 1 } as const;
const running: Ledger = condemn(start(guard(emptyLedger, wish), wish, "plan", { green: null }, "now"), "it broke");

describe("journal", () => {
  it("gives back what was saved and leaves nothing else", async () => {
    await saveJournal(folder, emptyLedger);
    await saveJournal(folder, running);
    expect(await loadJournal(folder)).toEqual(running);
    expect(await readdir(folder)).toEqual(["journal.json"]);
  });

  it("gives back the versions that were live; one from before they were kept has none", async () => {
    const older = { ...running, served: undefined };
    await saveJournal(folder, { ...running, served: ["1.1.0", "main-abc1234"] });
    expect((await loadJournal(folder)).served).toEqual(["1.1.0", "main-abc1234"]);
    await saveJournal(folder, older as unknown as Ledger);
    expect(await loadJournal(folder)).toEqual(running);
  });

  it("starts empty on a new host", async () => {
    expect(await loadJournal(folder)).toEqual(emptyLedger);
  });

  it("ignores a write that was cut off, at every byte of it", async () => {
    await saveJournal(folder, running);
    const next = JSON.stringify({ ...running, live: "blue" });
    for (let length = 0; length <= next.length; length += 40) {
      await writeFile(`${journalPath(folder)}.new`, next.slice(0, length));
      expect(await loadJournal(folder)).toEqual(running);
    }
    await saveJournal(folder, emptyLedger);
    expect(await readdir(folder)).toEqual(["journal.json"]);
  });

  it("starts empty if the very first write was cut off", async () => {
    await writeFile(`${journalPath(folder)}.new`, '{"schema":1,');
    expect(await loadJournal(folder)).toEqual(emptyLedger);
  });

  it.each([
    ["", "journal.json: not JSON, got 0 bytes"],
    ['{"schema":1,', "journal.json: not JSON, got 12 bytes"],
    ['{"schema":2}', "journal.json.schema: got 2; allowed a whole number from 1 to 1"],
    [JSON.stringify({ ...running, live: "red" }), 'journal.json.live: got "red"; allowed blue, green'],
    [JSON.stringify({ ...running, slots: {} }), "journal.json.slots.blue: got nothing; allowed an object"],
  ])("refuses %j instead of forgetting who is live", async (text, message) => {
    await writeFile(journalPath(folder), text);
    await expect(loadJournal(folder)).rejects.toThrow(message);
    expect(await readFile(journalPath(folder), "utf8")).toBe(text);
  });
});
