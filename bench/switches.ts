import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { TestHost } from "../test/router/support/host.ts";
import { startLoadProcess } from "../test/support/load/steady-process.ts";
import { release } from "../test/router/support/samples.ts";
import { now, type Sample } from "../test/support/load/steady.ts";
import { percentile } from "./percentile.ts";
import { keepRawData } from "./raw-data.ts";

/**
 * What users notice of a switch between two warm slots: dropped requests, slower answers within 2 s around it against the rest of the
 * same run, and how long after `slipway-router rollback` begins somebody still gets the old version.
 *
 * Real HAProxy and the real controller; the replicas are small Node services. The load is `SteadyLoad`.
 * Needs `eval "$(make -s env)"` and haproxy.
 */
const { values } = parseArgs({
  options: {
    switches: { type: "string", default: "10" },
    rate: { type: "string", default: "500" },
  },
});
/** Of 200 handlers one takes 5 s, one 1 s, and the others 5 ms. */
const handlerMs = [5_000, 1_000, ...Array.from({ length: 198 }, () => 5)];
/** Between two switches, in ms. */
const pauseMs = 5_000;
const aroundMs = 1_000;

async function measure(switches: number, rate: number): Promise<void> {
  const host = await TestHost.start({
    profile: { steps: [100], previewSeconds: 0, pauseSeconds: 0, watchSeconds: 0.3 },
  });
  try {
    await host.release("blue", release("1.0.0"));
    await host.release("green", release("1.1.0"));
    const stopLoad = startLoadProcess({ url: `${host.url}/work`, rate, handlerMs });
    const commands: { readonly at: number; readonly from: string }[] = [];
    for (let done = 0; done < switches; done++) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      for (const { release: left } of (await host.ledger()).withdrawn) await host.run(["allow", left]);
      commands.push({ at: now(), from: done % 2 === 0 ? "1.1.0" : "1.0.0" });
      const { code, stderr } = await host.run(["rollback"]);
      if (code !== 0) throw new Error(`rollback: ended with ${String(code)}, ${stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const samples = await stopLoad();
    keepRawData("switches", { commands, samples });
    report(samples, commands);
  } finally {
    await host.stop();
  }
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

await measure(Number(values.switches), Number(values.rate));
