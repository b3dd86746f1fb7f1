import { describe, expect, it } from "vitest";
import { Waiting } from "../../router/waiting.ts";

const line = (id: string, age: string, analysers: string, server = "green-1") =>
  `${id}: proto=tcpv4 src=127.0.0.1:58662 fe=public be=service srv=${server} ts=00 epoch=0 age=${age} calls=3 rate=0 cpu=0 lat=0 ` +
  `rq[f=49c40000h,i=0,an=8000h,rx=,wx=,ax=] rp[f=80400000h,i=0,an=${analysers}h,rx=4m54s,wx=,ax=] scf=[8,80h,fd=18] exp=4m54s rc=0 c_exp=`;
const waiting = "1400000";
const streaming = "4000000";

/** Looks at 0 ms and again; requests are late after 5 s. */
function lateAt(ms: number, first: string, then: string) {
  const tracker = new Waiting();
  const rules = { minMs: 5000, mostOfAddress: Infinity };
  tracker.look(first, { askedMs: 0, answeredMs: 0 }, rules);
  const found = tracker.look(then, { askedMs: ms, answeredMs: ms }, rules);
  return Object.fromEntries([...found].flatMap(([server, { late }]) => (late > 0 ? [[server, late]] : [])));
}

describe("requests without an answer", () => {
  it("are late once they have been seen waiting for so long", () => {
    const [first, then] = [line("0xa1", "0s", waiting), line("0xa1", "5s", waiting)];
    expect(lateAt(5000, first, then)).toEqual({ "green-1": 1 });
    expect(lateAt(4999, first, line("0xa1", "4s", waiting))).toEqual({});
  });

  it("are late also when the proxy took long to name them", () => {
    const tracker = new Waiting();
    const rules = { minMs: 5000, mostOfAddress: Infinity };
    // It came 0.5 s after the question, and is 5.5 s old when the second answer names it.
    tracker.look(line("0xa1", "0s", waiting), { askedMs: 0, answeredMs: 600 }, rules);
    expect([...tracker.look(line("0xa1", "5s", waiting), { askedMs: 6010, answeredMs: 6010 }, rules).values()]).toEqual(
      [{ all: 1, late: 1, since: 600 }],
    );
  });

  it("are told from streams, which have their answer's head", () => {
    expect(lateAt(60_000, line("0xa1", "1s", streaming), line("0xa1", "1m1s", streaming))).toEqual({});
  });

  it("are not taken for the next request on the same connection", () => {
    expect(lateAt(60_000, line("0xa1", "30s", waiting), line("0xa1", "2s", waiting))).toEqual({});
  });

  it("do not count the time that the connection was idle before", () => {
    expect(lateAt(1000, line("0xa1", "50s", waiting), line("0xa1", "51s", waiting))).toEqual({});
  });

  it("are counted by server", () => {
    const all = (age: string) =>
      [line("0xa1", age, waiting), line("0xa2", age, waiting), line("0xa3", age, waiting, "blue-1")].join("\n");
    expect(lateAt(3_700_000, all("0s"), all("1h1m40s"))).toEqual({ "green-1": 2, "blue-1": 1 });
  });

  it("are not the new release's where they wait since the one that had its servers before", () => {
    const tracker = new Waiting((server) => server.startsWith("green"));
    const rules = { minMs: 5000, mostOfAddress: Infinity };
    const at = (ms: number, ...lines: string[]) =>
      Object.fromEntries(tracker.look(lines.join("\n"), { askedMs: ms, answeredMs: ms }, rules));
    expect(at(0, line("0xa1", "40s", waiting), line("0xb1", "40s", waiting, "blue-1"))).toMatchObject({
      "blue-1": { all: 1 },
    });
    // Its own, and what waits in the slot beside it, count as ever.
    const found = at(
      9000,
      line("0xa1", "49s", waiting),
      line("0xa2", "1s", waiting),
      line("0xb1", "49s", waiting, "blue-1"),
    );
    expect(found).toMatchObject({ "green-1": { all: 1, late: 0 }, "blue-1": { all: 1, late: 1 } });
    // Another request under the name of the earlier one is the release's own.
    expect(at(10_000, line("0xa1", "0s", waiting))).toMatchObject({ "green-1": { all: 1 } });
  });
});
