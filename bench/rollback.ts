import { loadavg } from "node:os";
import { PulumiStack } from "../test/support/pulumi-stack.ts";
import { removeEverything } from "../test/support/on-host.ts";
import { startLoadProcess } from "../test/support/load/steady-process.ts";
import { now, type Sample } from "../test/support/load/steady.ts";
import { percentile } from "./percentile.ts";
import { keepRawData } from "./raw-data.ts";

/**
 * A whole rollback by `pulumi up --yes --skip-preview` to the version that the standby holds: how long until the command ends, and until
 * nobody gets the version that is left; against an update with nothing to do in the same run.
 *
 * Real engine, real containers of the sample service, 50 requests/s. Needs `eval "$(make -s env)"` and Docker.
 */
const rounds = Number(process.argv[2] ?? 10);
const name = "bench-rollback";
const port = 18097;
const url = `http://127.0.0.1:${port}`;

const stack = new PulumiStack(name);

async function up(...args: string[]): Promise<{ began: number; ms: number }> {
  const began = now();
  const { code, output } = await stack.up(...args);
  if (code !== 0) throw new Error(`pulumi up failed:\n${output}`);
  return { began, ms: now() - began };
}

function lastOf(samples: readonly Sample[], version: string, from: number, to: number): number {
  const late = samples.filter((sample) => sample.version === version && sample.due >= from && sample.due < to);
  return Math.max(0, ...late.map(({ due }) => due - from));
}

try {
  await stack.init({
    version: "1.0.0",
    subnet: "10.213.97.0/24",
    listenPort: String(port),
    "backups.directory": `${stack.folder}/backups`,
  });
  await up();
  await stack.set({ version: "1.1.0" });
  await up();
  const stop = startLoadProcess({ url, postUrl: `${url}/api/v1/echo`, rate: 50 });
  const nothing: number[] = [];
  const updates: { readonly from: string; readonly began: number; readonly ms: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    nothing.push((await up("--expect-no-changes")).ms);
    const [from, to] = round % 2 === 0 ? ["1.1.0", "1.0.0"] : ["1.0.0", "1.1.0"];
    await stack.set({ version: to });
    updates.push({ from, ...(await up()) });
  }
  const samples = await stop();
  keepRawData("rollback", { nothing, updates, samples });
  const whole = updates.map(({ ms }) => ms);
  const last = updates.map(({ from, began, ms }) => lastOf(samples, from, began, began + ms));
  const dropped = samples.filter(({ problem }) => problem !== "").length;
  const [base, middle] = [percentile(nothing, 50), percentile(whole, 50)];
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
  console.log(`${samples.length} requests, ${dropped} dropped, machine's load ${loadavg()[0]?.toFixed(1) ?? "?"}`);
  console.log(`nothing to do            ${seconds(base)} p50`);
  console.log(`rollback, whole command  ${seconds(middle)} p50, ${seconds(Math.max(...whole))} worst (at most 5 s)`);
  console.log(`ratio                    ${(middle / base).toFixed(2)}`);
  console.log(`the version left serves  ${seconds(percentile(last, 50))} p50, ${seconds(Math.max(...last))} worst`);
} finally {
  await stack.destroy();
  removeEverything(name);
  stack.remove();
}
