import type * as nodeCrypto from "node:crypto";
import { stdout } from "node:process";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { parseState } from "../../router/proxy-state.ts";
import { crashes } from "../support/run/knobs.ts";
import { ledgerOf } from "./support/simulated-checks.ts";
import { explore, interleave, type Exploration, type Scenario } from "./support/simulated-crashes.ts";
import { evenPace, type Behaviour, type SimulatedHost } from "./support/simulated-host.ts";
import { globals } from "./support/simulated-node.ts";
import { plant, type Plant } from "./support/simulated-plants.ts";
import { control, order, up } from "./support/simulated-pulumi.ts";

// The router's own code on a simulated machine: whatever it asks of Node is answered there, in virtual time.
vi.mock("node:fs/promises", async () => (await import("./support/simulated-node.ts")).fs);
vi.mock("node:timers/promises", async () => (await import("./support/simulated-node.ts")).timers);
vi.mock("node:net", async () => ({ connect: (await import("./support/simulated-node.ts")).connect }));
vi.mock("node:http", async () => ({ request: (await import("./support/simulated-node.ts")).request }));
// Chance would make each state a new one.
vi.mock("node:crypto", async (real) => ({
  ...(await real<typeof nodeCrypto>()),
  randomBytes: (await import("./support/simulated-node.ts")).noChance,
}));
// Unchanged, unless a fault is planted.
vi.mock("../../router/journal.ts", async (real) =>
  (await import("./support/simulated-plants.ts")).inJournal(await real()),
);
vi.mock("../../router/transitions.ts", async (real) =>
  (await import("./support/simulated-plants.ts")).inTransitions(await real()),
);
vi.mock("../../router/traffic.ts", async (real) =>
  (await import("./support/simulated-plants.ts")).inTraffic(await real()),
);
vi.mock("../../router/verdict.ts", async (real) =>
  (await import("./support/simulated-plants.ts")).inVerdict(await real()),
);
vi.mock("../../router/retreat.ts", async (real) =>
  (await import("./support/simulated-plants.ts")).inRetreat(await real()),
);

const depthWanted = crashes();

beforeAll(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 0 });
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const well: Behaviour = () => "well";
const weightOf = ({ proxy }: SimulatedHost, slot: string): number =>
  proxy.servers.find(({ name }) => name.startsWith(slot))?.weight ?? 0;
const phaseOf = (host: SimulatedHost) => ledgerOf(host).running?.phase;
const version =
  (wanted: string): Scenario["act"] =>
  (host, checks) =>
    up(host, checks, wanted);

/** 1.0.0 is live and good, 1.1.0 is like this. */
const bad = (name: string, behaviour: Behaviour): Scenario => ({
  name,
  before: ["1.0.0"],
  behaviour: (host, slot, replica) =>
    host.replicas[slot].release?.version === "1.1.0" ? behaviour(host, slot, replica) : "well",
  act: version("1.1.0"),
  ends: "1.0.0",
  then: "1.1.0",
});
const good = { ...bad("good release", well), ends: "1.1.0" };
const both = { before: ["1.0.0", "1.1.0"], behaviour: well, ends: "1.0.0", then: "1.0.0" };
const back: Scenario = { ...both, name: "return", act: version("1.0.0") };

/** Withdrawn, it does not come again, and another one takes its place; there is nothing that could be lost between. */
const withdrawn: Scenario = {
  ...both,
  name: "a rollback by hand, and updates after it",
  act: async (host, checks) => {
    await order(host, checks, "rollback");
    await up(host, checks, "1.1.0");
    await up(host, checks, "1.2.0");
  },
  ends: "1.2.0",
  then: "1.2.0",
};

const dies = bad("dies at its first step", (host, slot) => (weightOf(host, slot) > 0 ? "dead" : "well"));
const fails = bad("fails at its first step", () => "failing");
const abortWhen =
  (isTime: (host: SimulatedHost) => boolean): Scenario["act"] =>
  async (host, checks) => {
    const update = up(host, checks, "1.1.0");
    const over = new AbortController();
    void update.finally(() => {
      over.abort();
    });
    while (!over.signal.aborted && !isTime(host)) await host.sleep(5, undefined, "client");
    await order(host, checks, "abort");
    await update;
  };
const aborted: Scenario = {
  ...good,
  name: "abort in a step",
  act: abortWhen((host) => (ledgerOf(host).running?.percent ?? 0) > 0),
  ends: null,
  then: "1.2.0",
};
/** The old slot is down from the watch on, until a second after the rollout, which somebody ends by hand. */
const downUntil = new WeakMap<SimulatedHost, number>();
const alone: Scenario = {
  ...good,
  name: "abort while the old one is down",
  behaviour: (host, slot) => {
    if (phaseOf(host) === "watch" || phaseOf(host) === "return") downUntil.set(host, host.clock.now + 1_000);
    const isOld = host.replicas[slot].release?.version === "1.0.0" && slot === "blue";
    return isOld && host.clock.now < (downUntil.get(host) ?? 0) ? "dead" : "well";
  },
  act: abortWhen((host) => phaseOf(host) === "watch"),
  ends: null,
  then: "1.2.0",
};

const widths = { "1.0.0": 3, "1.1.0": 3 };
const weighs = ({ proxy }: SimulatedHost, slot: string, replica: number) =>
  proxy.servers.some(({ name, weight }) => name === `${slot}-${replica}` && weight > 0);
const roll: Scenario = { ...good, name: "rolling", widths };
const rolling: Scenario[] = [
  roll,
  { ...roll, name: "rolling to fewer", widths: { "1.0.0": 3, "1.1.0": 1 } },
  { ...roll, name: "rolling to more", widths: { "1.0.0": 1, "1.1.0": 3 } },
  {
    ...bad("rolling, the second replica dies at its first request", (host, slot, replica) =>
      replica === 2 && weighs(host, slot, 2) ? "dead" : "well",
    ),
    widths,
  },
  { ...bad("rolling, the second replica never starts", (_, __, replica) => (replica === 2 ? "dead" : "well")), widths },
];

/** With the number of crashes in a row; pairs where they are quick. */
const scenarios: [Scenario, number][] = [
  [{ ...both, name: "first release", before: [], act: version("1.0.0") }, 2],
  [good, 1],
  [back, 2],
  [{ ...both, name: "rollback by hand", act: (host, checks) => order(host, checks, "rollback") }, 1],
  [withdrawn, 1],
  [bad("bad at the gate", () => "dead"), 2],
  [dies, 1],
  [fails, 1],
  [bad("fails in the watch", (host) => (phaseOf(host) === "watch" ? "failing" : "well")), 1],
  [alone, 1],
  [aborted, 1],
  ...rolling.map((scenario): [Scenario, number] => [scenario, 1]),
];

function report(what: string, { states, runs }: Exploration, noun: string): void {
  stdout.write(`${what}: ${states} ${noun}, ${runs} runs\n`);
}

describe("a crash of controller, proxy, both or the host at any write and any command", () => {
  it.each(scenarios)("$name", { timeout: 3_600_000 }, async (scenario, depth) => {
    const found = await explore(scenario, Math.max(depth, depthWanted));
    report(scenario.name, found, "crashed states");
    expect(found.violations).toEqual([]);
    expect(found.states).toBeGreaterThan(100);
  });
});

const messages: [string, Scenario["act"]][] = [
  ["rollback", (host, checks) => order(host, checks, "rollback")],
  ["abort", (host, checks) => order(host, checks, "abort")],
  ["another release", version("1.2.0")],
  ["the same release", version("1.1.0")],
  ["the release before", version("1.0.0")],
  ["promote-now", (host) => control(host, "promote-now")],
  ["pause and resume", async (host) => [await control(host, "pause"), await control(host, "resume")]],
];

describe("a proxy that is away for longer than a rollout waits", () => {
  it("has a release rejected or promoted, and the next one promoted", async () => {
    const pace = { ...evenPace, restart: 40_000 };
    const found = await explore(good, 0, { pace });
    report("proxy away for 40 s", found, "crashed states");
    expect(found.violations).toEqual([]);
  });
});

describe("a message at any instant", () => {
  it.each(messages)("of a release: %s", async (name, act) => {
    const found = await interleave({ ...good, ends: null, then: "1.2.0" }, act, evenPace);
    report(name, found, "instants");
    expect(found.violations).toEqual([]);
  });

  it.each(messages.slice(0, 3))("of a return, on a slow disk: %s", async (name, act) => {
    const found = await interleave({ ...back, ends: null, then: "1.2.0" }, act, { disk: 40, proxy: 1, restart: 30 });
    report(name, found, "instants");
    expect(found.violations).toEqual([]);
  });
});

describe("a planted fault is noticed", () => {
  afterEach(() => {
    plant(null);
  });

  const planted: [Plant, Scenario, RegExp][] = [
    ["weights before the journal", good, /I1: proxy gives more than the journal has announced/],
    ["a configuration that is not written again", good, /I2: a plan stops what the proxy may use/],
    ["memory instead of the journal", good, /I\d/],
    ["a guard that leaves the standby in use", good, /I1: proxy may use what the journal does not know/],
    ["a step that is recorded before it is read back", good, /I3: a step is recorded that the proxy has not taken/],
    ["a promotion that forgets who is live", good, /I1: proxy gives weight to green, neither live/],
    ["a retreat that drains both", fails, /I1: (proxy|file) gives nobody a weight/],
    ["weight at the gate", good, /I1: (proxy|file) gives weight to blue, neither live nor through the gate/],
    ["a verdict that is blind", fails, /I4: live is not healthy|I3: live is not/],
    ["a way back that puts away the only copy", alone, /I1: (proxy|file) shuts out every slot that is well/],
    ["a rollback that withdraws nothing", withdrawn, /D2: a rollback by hand withdraws nothing/],
    ["a promotion that forgets what was withdrawn", withdrawn, /D2: a withdrawal is forgotten/],
    ["an update that brings what was withdrawn", withdrawn, /D2: (an update brings it again|live is withdrawn)/],
  ];
  it.each(planted)("%s", async (fault, scenario, expected) => {
    plant(fault);
    const what = await firstViolation(scenario);
    expect(what).toMatch(expected);
  });

  const onTheMachine: [string, Scenario, (host: SimulatedHost) => unknown, RegExp][] = [
    [
      "no fsync of a file",
      back,
      ({ disk }) => (disk.faults = { noFileSync: true }),
      /I5: the journal can't be read after a crash/,
    ],
    [
      "no fsync of the folder",
      back,
      ({ disk }) => (disk.faults = { noFolderSync: true }),
      /I5: a crash undoes what a client was told/,
    ],
    ["files written in place", good, ({ disk }) => (disk.faults = { inPlace: true }), /I5/],
    ["falls before rises", back, (host) => (host.fallsFirst = true), /I1: proxy gives nobody a weight/],
  ];
  it.each(onTheMachine)("%s", async (_, scenario, prepare, expected) => {
    expect(await firstViolation(scenario, prepare)).toMatch(expected);
  });

  async function firstViolation(scenario: Scenario, prepare?: (host: SimulatedHost) => unknown): Promise<string> {
    try {
      const found = await explore(scenario, 1, prepare ? { prepare: (host) => void prepare(host) } : {});
      return found.violations[0]?.what ?? "nothing";
    } catch (error) {
      return error instanceof Error ? error.message : "an error";
    }
  }
});

describe("what the exploration found", () => {
  // HAProxy marks a code with "* " while the next check is on its way.
  it("takes a server for checked while the next check runs", () => {
    const text = "# pxname,svname,status,weight,check_status\nservice,blue-1,UP,1,* L7OK\n";
    expect(parseState(text).servers.get("blue-1")).toMatchObject({ checked: true, check: "L7OK" });
  });

  // What a failed check said is a column too.
  it("reads the columns behind one that holds a comma", () => {
    const text =
      '# pxname,svname,status,weight,last_chk,addr\nservice,blue-1,DOWN,100,"No route to host, ""twice""",10.0.0.16:8000\n' +
      "service,spare-blue-1,DOWN,1,,10.0.0.16:8000\n";
    expect(parseState(text).servers.get("blue-1")).toMatchObject({ address: "10.0.0.16:8000", status: "down" });
  });

  // Between the journal's start of a rollout and its run there is nobody who could be told to stop.
  it.each(messages.slice(0, 2))("a message is never lost: %s", async (_, act) => {
    expect((await interleave({ ...good, ends: null, then: "1.2.0" }, act, evenPace)).unanswered).toBe(0);
  });
});
