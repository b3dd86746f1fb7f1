import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { ControllerConfig } from "../router/controller-config.ts";
import type { Slot } from "../router/ledger.ts";
import { Random } from "../test/faults/random.ts";
import { every, faultKinds, type FaultKind } from "../test/router/support/fault-kinds.ts";
import { TestHost, type Outcome } from "../test/router/support/host.ts";
import { until } from "../test/router/support/until.ts";
import type { Replica } from "../test/router/support/replica.ts";
import { release } from "../test/router/support/samples.ts";
import { SteadyLoad, type Sample } from "../test/support/load/steady.ts";
import { percentile } from "./percentile.ts";
import { keepRawData } from "./raw-data.ts";

/**
 * How fast a release that turns bad loses its traffic, whether each one does, and whether a healthy one ever does.
 *
 * Real HAProxy and the real controller; the replicas are small Node services. Health checks and limits are the product's defaults.
 * Needs `eval "$(make -s env)"` and haproxy. Exit code 1 if a verdict was wrong; times are only reported.
 */
const { values } = parseArgs({
  options: {
    faults: { type: "string", default: "60" },
    healthy: { type: "string", default: "100" },
    boundary: { type: "string", default: "10" },
    blast: { type: "string", default: "10" },
    rate: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    load: { type: "string" },
  },
});
const random = new Random(Number(values.seed));
const rate = Number(values.rate);
const health = { path: "/health", intervalMs: 500, timeoutMs: 2_000, gateSeconds: 10 };
let wrong = 0;

interface Seen {
  readonly requests: number;
  readonly failed: number;
  readonly failures: Readonly<Record<string, number>>;
}

/** A host with version 1.0.0 live in both slots, under load. */
class Bench {
  readonly host: TestHost;
  /** In a process of its own: what the replicas do must not slow it down, nor the other way round. */
  readonly #load: ChildProcess;
  #version = 0;

  private constructor(host: TestHost, rate: number) {
    this.host = host;
    this.#load = fork(import.meta.filename, ["--load", host.url, "--rate", String(rate)]);
  }

  static async open(profile: ControllerConfig["profile"], rate: number): Promise<Bench> {
    const host = await TestHost.start({ health, profile });
    const { code, stderr } = await host.release("blue", release("1.0.0"));
    if (code !== 0) throw new Error(`the first release failed: ${stderr}`);
    return new Bench(host, rate);
  }

  async close(): Promise<void> {
    this.#load.disconnect();
    await this.host.stop();
  }

  /** What the load saw so far. */
  async seen(): Promise<Seen> {
    const told = once(this.#load, "message");
    this.#load.send("tell");
    const [seen] = (await told) as [Seen];
    return seen;
  }

  /** A new version into a slot. @param prepare is given its replica before anyone sees it */
  async begin(slot: Slot, prepare: (replica: Replica) => unknown = () => undefined) {
    const version = release(`2.${this.#version++}.0`);
    // Requests that hang in the last version would be waited for.
    await this.host.killSlot(slot);
    const guarded = await this.host.guard(slot, version);
    if (guarded.code !== 0) throw new Error(`guard: ${guarded.stderr}`);
    const [replica] = await this.host.place(slot, version);
    if (!replica) throw new Error("needs a replica");
    prepare(replica);
    const mark = this.host.log.length;
    const promotion = this.host.promote(slot, version);
    const reaches = (percent: number) =>
      until(`${percent} %`, () => this.host.log.slice(mark).includes(`${percent} % → ${slot}`), 20_000);
    return { replica, promotion, reaches };
  }

  async expect(what: string, wanted: "promoted" | "rejected", promotion: Promise<Outcome>): Promise<boolean> {
    const { code, stdout, stderr } = await promotion;
    const isRight = code === (wanted === "promoted" ? 0 : 1);
    if (!isRight) {
      wrong++;
      console.log(`WRONG: ${what} was to be ${wanted}, got exit ${String(code)}: ${stdout}${stderr}`);
    }
    return isRight;
  }
}

function kindOf(turn: number): FaultKind {
  const kind = faultKinds[turn % faultKinds.length];
  if (!kind) throw new Error("there are no kinds of faults");
  return kind;
}

/** Each kind in turn, one half at a share of 50 %, the other in the watch. @returns times to weight 0 by kind, in ms */
async function faults(count: number): Promise<void> {
  const times = new Map<FaultKind, number[]>(faultKinds.map((kind) => [kind, []]));
  for (const steps of [[50, 100], [100]]) {
    const bench = await Bench.open({ steps, previewSeconds: 0, pauseSeconds: 60, watchSeconds: 60 }, rate);
    for (let turn = 0; turn < count / 2; turn++) {
      const kind = kindOf(turn);
      const { replica, promotion, reaches } = await bench.begin("green");
      await reaches(steps[0] ?? 100);
      await pause((kind.onsetMs ?? 0) + random.below(1_000));
      const began = performance.now();
      kind.spoil(replica);
      times.get(kind)?.push((await bench.host.withoutWeight("green")) - began);
      await bench.expect(kind.name, "rejected", promotion);
    }
    await bench.close();
  }
  keepRawData(
    "detection-faults",
    Array.from(times, ([{ name }, ms]) => ({ name, ms })),
  );
  console.log(`\n${count} faults at ${rate} requests/s, from the fault to weight 0`);
  for (const [{ name, allowedMs }, some] of times) {
    console.log(
      `${name.padEnd(24)} ${String(some.length).padStart(3)} caught, p50 ${milliseconds(some, 50)}, worst ${milliseconds(some, 100)} (at most ${allowedMs} ms)`,
    );
  }
}

async function healthy(count: number): Promise<void> {
  const bench = await Bench.open({ steps: [50, 100], previewSeconds: 0, pauseSeconds: 0.5, watchSeconds: 1.5 }, rate);
  const base = (replica: Replica) => (replica.fault = () => (random.next() < 0.01 ? 500 : null));
  let promoted = 0;
  for (let turn = 0; turn < count; turn++) {
    const { promotion } = await bench.begin(turn % 2 === 0 ? "green" : "blue", base);
    if (await bench.expect("a healthy release", "promoted", promotion)) promoted++;
  }
  const { requests, failed } = await bench.seen();
  await bench.close();
  console.log(`\nhealthy releases with 1 % errors: ${promoted} of ${count} promoted`);
  console.log(`  ${failed} of ${requests} requests failed, ${((failed * 100) / requests).toFixed(2)} %`);
}

/** 10.0 % errors stay, 11.1 % go. */
async function boundary(count: number): Promise<void> {
  const bench = await Bench.open({ steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 4 }, rate);
  const right = { promoted: 0, rejected: 0 };
  for (let turn = 0; turn < count; turn++) {
    const [nth, wanted] = turn % 2 === 0 ? ([10, "promoted"] as const) : ([9, "rejected"] as const);
    const { live } = await bench.host.ledger();
    const { replica, promotion } = await bench.begin(live === "blue" ? "green" : "blue", every(nth, 500));
    if (await bench.expect(`a release with every ${nth}th request failing`, wanted, promotion)) right[wanted]++;
    // Otherwise the next one would have its errors in common with this one.
    replica.fault = () => null;
  }
  await bench.close();
  console.log(
    `\n10.0 % errors: ${right.promoted} of ${Math.ceil(count / 2)} stay; 11.1 %: ${right.rejected} of ${Math.floor(count / 2)} go`,
  );
}

/** Of a version that answers nothing but errors, and is healthy all the same: who notices, of all who came during the rollout. */
async function blast(count: number): Promise<void> {
  const blastRate = 1_000;
  const bench = await Bench.open({ steps: [5, 100], previewSeconds: 0, pauseSeconds: 60, watchSeconds: 60 }, blastRate);
  const shares: number[] = [];
  const failures: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const before = await bench.seen();
    const { promotion } = await bench.begin("green", (replica) => {
      replica.fault = () => 500;
      replica.isHealthy = false;
      // As long as a small service takes to start.
      setTimeout(() => (replica.isHealthy = true), 3_000);
    });
    await bench.expect("a release that fails every request", "rejected", promotion);
    const after = await bench.seen();
    const failed = after.failed - before.failed;
    failures.push(failed);
    shares.push((failed * 100) / (after.requests - before.requests));
  }
  const { failures: all } = await bench.seen();
  keepRawData("detection-blast", { failures, shares });
  await bench.close();
  console.log(
    `\na version that fails every request, first step 5 %, ${blastRate} requests/s: ${percentile(failures, 50)} requests failed p50, ${percentile(failures, 100)} worst, ${JSON.stringify(all)};`,
  );
  console.log(
    `  ${percentile(shares, 50).toFixed(2)} % p50, ${percentile(shares, 100).toFixed(2)} % worst of the requests from guard to verdict (at most 0.5 %)`,
  );
}

const milliseconds = (some: readonly number[], percent: number) =>
  `${String(Math.round(percentile(some, percent))).padStart(5)} ms`;

if (values.load === undefined) {
  if (Number(values.faults) > 0) await faults(Number(values.faults));
  if (Number(values.healthy) > 0) await healthy(Number(values.healthy));
  if (Number(values.boundary) > 0) await boundary(Number(values.boundary));
  if (Number(values.blast) > 0) await blast(Number(values.blast));
  process.exitCode = wrong === 0 ? 0 : 1;
} else {
  const seen = { requests: 0, failed: 0, failures: {} as Record<string, number> } satisfies Seen;
  const onEnd = ({ problem }: Sample) => {
    seen.requests++;
    if (problem === "") return;
    seen.failed++;
    seen.failures[problem] = (seen.failures[problem] ?? 0) + 1;
  };
  const load = new SteadyLoad({ url: `${values.load}/work`, rate, onEnd });
  process.on("message", () => process.send?.(seen));
  process.once("disconnect", () => void load.stop());
}
