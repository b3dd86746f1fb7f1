import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serverAddress } from "../router/traffic.ts";
import { TestHost } from "../test/router/support/host.ts";
import { until } from "../test/router/support/until.ts";
import { startLoadProcess } from "../test/support/load/steady-process.ts";
import { release } from "../test/router/support/samples.ts";
import { percentile } from "./percentile.ts";
import { keepRawData } from "./raw-data.ts";

/**
 * What the way through Slipway's proxy costs, against a direct connection and against HAProxy with the shortest configuration that
 * does it, in turns in one run; and how exactly the declared shares come out.
 *
 * The service is an HAProxy that answers at once, so that it is not what is measured. Needs `eval "$(make -s env)"`, haproxy and wrk.
 */
const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, seconds: { type: "string", default: "5" } },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const rate = 1_000;
/** Shares to measure, in percent, and requests for each. */
const shares = [1, 5, 10, 25, 50, 75];
const perShare = 10_000;

if (spawnSync("wrk", ["-v"]).error) {
  console.error("wrk: not found. Fix: apt-get install wrk");
  process.exit(1);
}

const folder = await mkdtemp(join(tmpdir(), "slipway-bench-"));
const proxies: ChildProcess[] = [];

/** HAProxy with one frontend, ready to be asked. */
async function haproxy(name: string, bind: string, rules: string): Promise<void> {
  const file = join(folder, `${name}.cfg`);
  const defaults = "mode http\n  timeout connect 1s\n  timeout client 60s\n  timeout server 60s";
  await writeFile(file, `defaults\n  ${defaults}\nfrontend ${name}\n  bind ${bind}\n${rules}\n`);
  proxies.push(spawn("haproxy", ["-db", "-f", file], { stdio: "inherit" }));
  await until(name, async () => (await fetch(`http://${bind}/health`)).ok);
}

/** A version of the service that answers everything at once. */
const service = (name: string, address: string, version: string) =>
  haproxy(
    name,
    address,
    `  http-request return status 200 content-type application/json string '{"status":"healthy","version":"${version}"}' hdr x-slipway-version ${version}`,
  );

/** Requests/s from 32 kept connections that never pause. */
function throughput(url: string): number {
  const { stdout } = spawnSync("wrk", ["-t1", "-c32", `-d${String(seconds)}s`, url], { encoding: "utf8" });
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}

async function latencies(url: string): Promise<number[]> {
  const stop = startLoadProcess({ url, rate });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  return (await stop()).map(({ ms }) => ms);
}

const host = await TestHost.start({
  profile: { steps: [...shares, 100], previewSeconds: 0, pauseSeconds: 1, watchSeconds: 0 },
});
try {
  const [v1, v2] = [release("1.0.0"), release("1.1.0")];
  const direct = serverAddress(host.config, "blue", 1);
  await service("blue", direct, v1.version);
  await service("green", serverAddress(host.config, "green", 1), v2.version);
  await host.guard("blue", v1);
  if ((await host.promote("blue", v1)).code !== 0) throw new Error(`the first release failed:\n${host.log}`);
  const plain = "127.0.0.1:18990";
  await haproxy("plain", plain, `  default_backend service\nbackend service\n  server one ${direct}`);

  const paths = { direct: `http://${direct}/`, "plain HAProxy": `http://${plain}/`, Slipway: `${host.url}/` };
  const seen = Object.entries(paths).map(([name, url]) => ({ name, url, ms: [] as number[][], most: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const path of seen) {
      path.ms.push(await latencies(path.url));
      path.most.push(throughput(path.url));
    }
  }
  keepRawData("proxy-path", seen);
  console.log(`load of the machine ${loadavg()[0]?.toFixed(1) ?? "?"}; medians of ${String(rounds)} rounds`);
  const [base] = seen.map(({ ms, most }) => figures(ms, most));
  for (const { name, ms, most } of seen) {
    const { p50, p99, perSecond } = figures(ms, most);
    const [more, ratio] = [p50 - (base?.p50 ?? NaN), perSecond / (base?.perSecond ?? NaN)];
    console.log(
      `${name.padEnd(14)} p50 ${p50.toFixed(2)} ms (+ ${more.toFixed(2)}), p99 ${p99.toFixed(2)} ms at ${String(rate)} requests/s; ` +
        `${perSecond.toFixed(0)} requests/s at most (${ratio.toFixed(2)} of direct)`,
    );
  }

  await host.guard("green", v2);
  const promotion = host.promote("green", v2);
  for (const percent of shares) {
    await until(`${String(percent)} %`, async () => (await host.ledger()).running?.percent === percent);
    await host.run(["pause"]);
    const share = await shareOf(v2.version);
    console.log(`declared ${String(percent)} %, measured ${share.toFixed(2)} % of ${String(perShare)} requests`);
    await host.run(["resume"]);
  }
  await promotion;
} finally {
  for (const proxy of proxies) proxy.kill();
  await host.stop();
  await rm(folder, { recursive: true });
}

function figures(ms: readonly number[][], most: readonly number[]) {
  const middle = (numbers: readonly number[]) => percentile(numbers, 50);
  return {
    p50: middle(ms.map((some) => percentile(some, 50))),
    p99: middle(ms.map((some) => percentile(some, 99))),
    perSecond: middle(most),
  };
}

/** Share of a version in percent, of requests without cookies. */
async function shareOf(version: string): Promise<number> {
  let [left, found] = [perShare, 0];
  const worker = async () => {
    while (left-- > 0) {
      const answer = await fetch(host.url);
      await answer.arrayBuffer();
      if (answer.headers.get("x-slipway-version") === version) found++;
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return (100 * found) / perShare;
}
