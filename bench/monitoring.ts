import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { watchers, type Watcher } from "../lib/releases/declared-on-host.ts";
import { watcherPorts } from "../monitoring/watcher-ports.ts";
import { keepRawData } from "./raw-data.ts";

/**
 * What it costs to be watched while nobody asks anything: memory, processor time and disk a day of the containers that
 * `slipway:monitoring.kind: host` puts on this machine.
 *
 * Needs a stack that is up with it: `node bench/monitoring.ts <service>-<stack> [seconds]`. Exact figures of the disk need days; what is told
 * is what Prometheus has written, by its own usual size of a sample.
 */
const [prefix = "ape-2026-local", seconds = "300"] = process.argv.slice(2);
/** As Prometheus's own documentation has it: 1 to 2 bytes once a block is written. */
const bytesPerSample = 2;
/** Of the kernel's clock for processes, in a second. */
const ticks = 100;

const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();
const inspected = (part: Watcher, format: string) =>
  docker("inspect", "--type", "container", "--format", format, `${prefix}-${part}`);
const running = docker("ps", "--format", "{{.Names}}").split("\n");
const there = watchers.filter((part) => running.includes(`${prefix}-${part}`));
const pids = Object.fromEntries(there.map((part) => [part, inspected(part, "{{.State.Pid}}")]));
const address = inspected("prometheus", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");

/** Seconds of processor time that a process has had. */
const processorTime = (pid: string): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
};
const memoryMb = (pid: string): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
async function samples(): Promise<number> {
  const text = await (await fetch(`http://${address}:${String(watcherPorts.prometheus)}/metrics`)).text();
  const lines = [...text.matchAll(/^prometheus_tsdb_head_samples_appended_total(?:\{[^}]*\})? (\S+)/gm)];
  return lines.reduce((sum, [, value]) => sum + Number(value), 0);
}

const look = async () => ({
  at: performance.now(),
  processor: Object.fromEntries(Object.entries(pids).map(([part, pid]) => [part, processorTime(pid)])),
  samples: await samples(),
});
const before = await look();
await pause(Number(seconds) * 1_000);
const after = await look();

const elapsed = (after.at - before.at) / 1_000;
const memory = Object.fromEntries(Object.entries(pids).map(([part, pid]) => [part, memoryMb(pid)]));
keepRawData("monitoring", { before, after, memory });
for (const part of there) {
  const share = ((after.processor[part] ?? 0) - (before.processor[part] ?? 0)) / elapsed;
  console.log(`${part.padEnd(19)}${(memory[part] ?? 0).toFixed(0)} MB, ${(share * 100).toFixed(2)} % of a core`);
}
const perDay = ((after.samples - before.samples) / elapsed) * 86_400;
console.log(
  `${"disk".padEnd(19)}${((perDay * bytesPerSample) / 2 ** 20).toFixed(1)} MB a day: ${(perDay / 1e6).toFixed(2)} million samples`,
);
