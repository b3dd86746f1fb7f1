import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Ledger } from "../../../router/ledger.ts";
import {
  describeRecord,
  parseRecord,
  recordAfter,
  type RolloutRecord,
  unknownOrigin,
} from "../../../router/telling/record.ts";
import { RecordKeeper, type CountedServer, type RecordKeeperOptions } from "../../../router/telling/record-keeper.ts";
import { listRecords, pruneRecords, readRecord, recordPath } from "../../../router/telling/record-store.ts";
import { until } from "../support/until.ts";
import { instant, ledgersOf, liveBlue, recordOf, service } from "../support/records.ts";
import { release } from "../support/samples.ts";

let state: string;
let lines: string[];
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "slipway-record-"));
  lines = [];
});
afterEach(async () => {
  // Something may just be written.
  await rm(state, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
});

const origin = { by: "alice", backup: ["postgres-7.dump", "redis-7.rdb"] };

describe("a record", () => {
  it("has who, from and to, every step with its time and share, and the verdict", () => {
    expect(recordOf(ledgersOf("rejected"), origin)).toEqual({
      schema: 1,
      rollout: 2,
      service,
      kind: "release",
      strategy: "blue-green",
      slot: "green",
      from: release("1.0.0"),
      to: release("1.1.0"),
      ...origin,
      startedAt: instant(0),
      endedAt: instant(5),
      seconds: { drain: null, prepare: null, gate: 1, move: 3, watch: 0, return: 1 },
      steps: [
        { at: instant(0), phase: "gate", percent: 0, paused: false },
        { at: instant(1), phase: "move", percent: 0, paused: false },
        { at: instant(2), phase: "move", percent: 10, paused: false },
        { at: instant(3), phase: "move", percent: 100, paused: false },
        { at: instant(4), phase: "return", percent: 0, paused: false },
      ],
      traffic: { blue: null, green: null },
      verdict: "rejected",
      reason: "got 3 errors",
    });
  });

  it("has what each phase took, and what came before the rollout if the guard was seen", () => {
    const guarded = { from: instant(-42), to: instant(-12) };
    const found = ledgersOf("promoted").reduce<RolloutRecord | null>(
      (known, ledger, index) =>
        recordAfter(known, ledger, { service, origin, guarded: index === 0 ? guarded : undefined, at: instant(index) }),
      null,
    );
    expect(found).toMatchObject({ guarded, seconds: { drain: 30, prepare: 12, gate: 1, return: 0 } });
  });

  it("is the same however often it is told the same", () => {
    const ledgers = ledgersOf("promoted");
    expect(recordOf(ledgers.flatMap((ledger) => [ledger, ledger])).steps.map(({ percent }) => percent)).toEqual(
      recordOf(ledgers).steps.map(({ percent }) => percent),
    );
  });

  it("keeps who started it, whoever joins", () => {
    const [first, ...rest] = ledgersOf("promoted");
    if (!first) throw new Error("no ledger");
    const begun = recordOf([first], origin);
    const joined = { by: "bob", backup: ["other.dump"] };
    const end = rest.reduce(
      (known, ledger) => recordAfter(known, ledger, { service, origin: joined, at: instant(9) }) ?? known,
      begun,
    );
    expect(end).toMatchObject({ ...origin, verdict: "promoted" });
  });

  it("shows when a person held it", () => {
    const [gate, moving] = ledgersOf("promoted");
    const paused = { ...moving, running: { ...moving?.running, paused: true } } as Ledger;
    const found = recordOf([gate, moving, paused, moving].filter((ledger) => ledger !== undefined));
    expect(found.steps.map((step) => step.paused)).toEqual([false, false, true, false]);
  });

  it("is not made up for an end that nobody saw", () => {
    const at = instant(9);
    const old = recordOf(ledgersOf("promoted"));
    const unseen = ledgersOf("promoted", "", 7).at(-1) ?? liveBlue;
    expect(recordAfter(null, unseen, { service, origin: unknownOrigin, at })).toBeNull();
    expect(recordAfter(old, unseen, { service, origin: unknownOrigin, at })).toBe(old);
  });

  it("names what the image was made from, as whoever began it found out", () => {
    const source = { commit: "0123abc", author: "Ada <ada@example.com>" };
    const record = recordOf(ledgersOf("promoted"), { ...origin, source });
    expect(record).toMatchObject({ source });
    expect(describeRecord(record)).toContain("(green, commit 0123abc by Ada <ada@example.com>) by alice");
    const commit = recordOf(ledgersOf("promoted"), { ...origin, source: { commit: "0123abc", author: null } });
    expect(describeRecord(commit)).toContain("(green, commit 0123abc) by alice");
    const at = instant(9);
    const ended = ledgersOf("promoted").at(-1) ?? liveBlue;
    expect(recordAfter(record, ended, { service, origin: unknownOrigin, at })).toMatchObject({ source });
  });

  it("is one line for people", () => {
    expect(describeRecord(recordOf(ledgersOf("rejected"), origin))).toBe(
      `2  ${instant(0)}  release  1.0.0-aaaa → 1.1.0-aaaa (green) by alice: rejected, got 3 errors`,
    );
    expect(describeRecord(recordOf(ledgersOf("promoted").slice(0, 3)))).toContain("(green): at 10 %");
    // A reason may count requests that were never over: nothing else of the line speaks of them.
    const none = { version: "1.1.0", requests: 0, errors: 0, averageMs: null, p50Ms: null, p95Ms: null, p99Ms: null };
    const silent = (record: RolloutRecord) => describeRecord({ ...record, traffic: { blue: null, green: none } });
    expect(silent(recordOf(ledgersOf("rejected"), origin))).toMatch(/got 3 errors$/);
    expect(silent(recordOf(ledgersOf("promoted")))).toMatch(/no requests, judged by its health alone$/);
  });
});

describe("the keeper", () => {
  const options = (change: Partial<RecordKeeperOptions> = {}): RecordKeeperOptions => ({
    service,
    stateFolder: state,
    proxyState: () => Promise.reject(new Error("away")),
    onChange: () => undefined,
    log: (line) => lines.push(line),
    ...change,
  });
  const tell = (keeper: RecordKeeper, ledgers: readonly Ledger[]) => {
    for (const ledger of ledgers) keeper.saw(ledger);
  };
  const onDisk = (rollout = 2) => readRecord(state, rollout);

  it("writes the record and goes on with it after a crash at any change", async () => {
    const ledgers = ledgersOf("promoted");
    for (let crash = 1; crash < ledgers.length; crash++) {
      await rm(join(state, "rollouts"), { recursive: true, force: true });
      const first = await RecordKeeper.open(options(), liveBlue);
      first.introduce(2, origin);
      tell(first, ledgers.slice(0, crash));
      await until("the first part", async () => JSON.stringify(await onDisk()) === JSON.stringify(first.record));
      const second = await RecordKeeper.open(options(), ledgers[crash] ?? liveBlue);
      tell(second, ledgers.slice(crash));
      await until("the end", async () => (await onDisk()).verdict === "promoted");
      const found = await onDisk();
      expect(found.steps.map(({ percent }) => percent)).toEqual([0, 0, 10, 100, 100]);
      expect(found).toMatchObject({ ...origin, from: { id: "1.0.0-aaaa" } });
    }
  });

  it("counts what each version answered, on top of what was counted before a crash", async () => {
    let answers = 0;
    const proxyState = () => Promise.resolve(proxyWith({ "blue-1": 1000 + 9 * answers, "green-1": answers }));
    const ledgers = ledgersOf("promoted");
    const first = await RecordKeeper.open(options({ proxyState }), liveBlue);
    tell(first, ledgers.slice(0, 2));
    await until("a base", () => first.record?.traffic.green?.requests === 0);
    answers = 10;
    tell(first, ledgers.slice(2, 3));
    await until("ten answers", async () => (await onDisk()).traffic.green?.requests === 10);

    const second = await RecordKeeper.open(options({ proxyState }), ledgers[3] ?? liveBlue);
    await until("the same again", () => second.record?.steps.at(-1)?.percent === 100);
    await until("a new base", async () => (await onDisk()).traffic.blue?.averageMs === null);
    answers = 15;
    second.timed("green", { p50Ms: 4, p95Ms: 9, p99Ms: 12 });
    tell(second, ledgers.slice(4));
    await until("the end", async () => (await onDisk()).traffic.green?.requests === 15);
    expect((await onDisk()).traffic).toMatchObject({
      blue: { version: "1.0.0", requests: 135, errors: 0 },
      green: { version: "1.1.0", requests: 15, errors: 0, p50Ms: 4, p95Ms: 9, p99Ms: 12 },
    });
  });

  it("says once that it can't write, and disturbs nobody", async () => {
    await writeFile(join(state, "rollouts"), "not a folder");
    const keeper = await RecordKeeper.open(options(), liveBlue);
    for (const ledger of ledgersOf("promoted")) {
      keeper.saw(ledger);
      await until("a line", () => lines.length > 0);
    }
    expect(keeper.record?.verdict).toBe("promoted");
    expect(lines).toEqual([
      `${recordPath(state, 2)}: can't be written, got EEXIST; rollouts go on without it. Fix: make room on the host's disk`,
    ]);
  });

  it("adds what somebody found out about the databases, to that rollout only", async () => {
    const keeper = await RecordKeeper.open(options(), liveBlue);
    tell(keeper, ledgersOf("promoted"));
    const data = ["Redis since the backup: keys were written or expired"];
    keeper.note(2, data);
    await until("the note", async () => (await onDisk()).data?.length === 1);
    expect(await onDisk()).toMatchObject({ verdict: "promoted", data });
    expect(() => {
      keeper.note(1, []);
    }).toThrow("note: got rollout 1; allowed 2");
  });

  it("survives listeners that throw", async () => {
    const onChange = () => {
      throw new TypeError("secret");
    };
    const keeper = await RecordKeeper.open(options({ onChange }), liveBlue);
    tell(keeper, ledgersOf("promoted"));
    expect(lines[0]).toBe("record: can't be kept, got TypeError; rollouts go on");
  });
});

describe("the store", () => {
  const put = async (rollouts: readonly number[]) => {
    const keeper = await RecordKeeper.open(
      {
        service,
        stateFolder: state,
        proxyState: () => Promise.reject(new Error()),
        onChange: () => undefined,
        log: (line) => lines.push(line),
      },
      liveBlue,
    );
    for (const rollout of rollouts) {
      for (const ledger of ledgersOf("promoted", "", rollout)) keeper.saw(ledger);
      await until("a record", async () => (await readRecord(state, rollout)).verdict !== null);
    }
  };

  it("lists newest first, leaves damaged ones out, and keeps by count", async () => {
    await put([2, 9, 10]);
    await writeFile(recordPath(state, 11), '{"schema":1');
    expect((await listRecords(state)).map(({ rollout }) => rollout)).toEqual([10, 9, 2]);
    await pruneRecords(state, 2);
    expect((await readdir(join(state, "rollouts"))).sort()).toEqual(["10.json", "11.json"]);
  });

  it("has nothing on a new host, and says which there are", async () => {
    expect(await listRecords(state)).toEqual([]);
    await expect(readRecord(state, 3)).rejects.toThrow("rollout: got 3; allowed none yet");
    await put([4, 5]);
    await expect(readRecord(state, 3)).rejects.toThrow("rollout: got 3; allowed 4 to 5. Fix: slipway rollout list");
  });

  it("reads only its own schema", async () => {
    await put([2]);
    const text = await readFile(recordPath(state, 2), "utf8");
    expect(parseRecord(text, "x")).toEqual(await readRecord(state, 2));
    expect(() => parseRecord(text.replace('"schema":1', '"schema":2'), "x")).toThrow("x.schema: got 2");
  });
});

function proxyWith(answers: Readonly<Record<string, number>>): { servers: ReadonlyMap<string, CountedServer> } {
  const none = { answers5xx: 0, connectErrors: 0, answerErrors: 0, redispatched: 0 };
  const servers = Object.entries(answers).map(([name, count]) => {
    const server: unknown = { name, counters: { ...none, answers: count, averageMs: 5 } };
    return [name, server as CountedServer] as const;
  });
  return { servers: new Map(servers) };
}
