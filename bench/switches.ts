import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { TestHost } from "../test/router/support/host.ts";
import { release } from "../test/router/support/samples.ts";

/**
 * What users notice of a switch between two warm slots: dropped requests, slower answers within 2 s around it against the rest of the
 * same run, and how long after `slipway-router rollback` begins somebody still gets the old version.
 *
 * Real HAProxy and the real controller; the replicas are small Node services. Requests come at a constant rate, whatever the answers
 * do, and their times count from when they were due: GET and 16 kB POST, on kept and on fresh connections, a quarter each.
 * Needs `eval "$(make -s env)"` and haproxy.
 */
const { values } = parseArgs({
  options: {
    switches: { type: "string", default: "10" },
    rate: { type: "string", default: "500" },
    load: { type: "string" },
  },
});
/** Between two switches, in ms. */
const pauseMs = 5_000;
const aroundMs = 1_000;

interface Sample {
  /** In ms since 1970. */
  readonly due: number;
  readonly ms: number;
  /** Null for a dropped request. */
  readonly version: string | null;
}

const now = () => performance.timeOrigin + performance.now();

/** The generator, in a process of its own: runs until it is told to stop, then hands over all that it saw. */
async function generate(url: string, rate: number): Promise<Sample[]> {
  const agents = [new Agent({ keepAlive: true, maxSockets: 64 }), new Agent({ keepAlive: false })];
  const body = Buffer.alloc(16 * 1024, "x");
  const samples: Sample[] = [];
  const open = new Set<Promise<void>>();
  const send = (index: number, due: number) =>
    new Promise<void>((resolve) => {
      const end = (version: string | null) => {
        samples.push({ due, ms: now() - due, version });
        resolve();
      };
      const isPost = index % 4 >= 2;
      const agent = agents[index % 2];
      const call = request(
        url,
        { method: isPost ? "POST" : "GET", timeout: 10_000, ...(agent ? { agent } : {}) },
        (answer) => {
          answer.resume();
          answer.on("error", () => undefined);
          answer.on("close", () => {
            const isWhole = answer.complete && answer.statusCode === 200;
            end(isWhole ? String(answer.headers["x-slipway-version"]) : null);
          });
        },
      );
      call.on("timeout", () => call.destroy());
      call.on("error", () => {
        end(null);
      });
      call.end(isPost ? body : undefined);
    });
  const stop = new AbortController();
  process.once("message", () => {
    stop.abort();
  });
  const began = now();
  for (let sent = 0; !stop.signal.aborted;) {
    for (const due = ((now() - began) * rate) / 1000; sent < due; sent++) {
      const sending = send(sent, began + (sent * 1000) / rate);
      open.add(sending);
      void sending.then(() => open.delete(sending));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(open);
  return samples;
}

async function measure(switches: number, rate: number): Promise<void> {
  const host = await TestHost.start({
    profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0.3 },
  });
  try {
    await host.release("blue", release("1.0.0"));
    await host.release("green", release("1.1.0"));
    const load = fork(import.meta.filename, ["--load", `${host.url}/work`, "--rate", String(rate)]);
    const commands: { readonly at: number; readonly from: string }[] = [];
    for (let done = 0; done < switches; done++) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      commands.push({ at: now(), from: done % 2 === 0 ? "1.1.0" : "1.0.0" });
      const { code, stderr } = await host.run(["rollback"]);
      if (code !== 0) throw new Error(`rollback: ended with ${String(code)}, ${stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    report(await samplesOf(load), commands);
  } finally {
    await host.stop();
  }
}

async function samplesOf(load: ChildProcess): Promise<Sample[]> {
  const told = once(load, "message");
  load.send("stop");
  const [samples] = (await told) as [Sample[]];
  return samples;
}

function report(samples: readonly Sample[], commands: readonly { at: number; from: string }[]): void {
  const isAround = ({ due }: Sample) => commands.some(({ at }) => Math.abs(due - at) <= aroundMs);
  const times = (some: readonly Sample[]) => some.map(({ ms }) => ms);
  const [around, steady] = [times(samples.filter(isAround)), times(samples.filter((sample) => !isAround(sample)))];
  const tails = commands.map(({ at, from }) => {
    const late = samples.filter(({ due, version }) => version === from && due >= at && due < at + pauseMs - aroundMs);
    return Math.max(0, ...late.map(({ due }) => due - at));
  });
  const dropped = samples.filter(({ version }) => version === null).length;
  const [steady99, around99] = [percentile(steady, 99), percentile(around, 99)];
  console.log(
    `${samples.length} requests, ${commands.length} switches, machine's load ${loadavg()[0]?.toFixed(1) ?? "?"}`,
  );
  console.log(`dropped                              ${dropped} (at most 0)`);
  console.log(
    `p50, p99 away from switches          ${percentile(steady, 50).toFixed(1)} ms, ${steady99.toFixed(1)} ms`,
  );
  console.log(
    `p50, p99 within 1 s of a switch      ${percentile(around, 50).toFixed(1)} ms, ${around99.toFixed(1)} ms`,
  );
  console.log(
    `p99 around a switch, more            ${(around99 - steady99).toFixed(1)} ms (at most 5), ratio ${(around99 / steady99).toFixed(2)}`,
  );
  console.log(
    `old version last sent a request to   ${percentile(tails, 50).toFixed(0)} ms p50, ${percentile(tails, 99).toFixed(0)} ms p99 after the command (at most 500)`,
  );
}

const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((values.length * percent) / 100) - 1)] ?? NaN;

if (values.load === undefined) await measure(Number(values.switches), Number(values.rate));
else {
  const samples = await generate(values.load, Number(values.rate));
  process.send?.(samples, () => {
    process.disconnect();
  });
}
