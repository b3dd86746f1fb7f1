import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { stockImages } from "../lib/images/stock-images.ts";
import { parseSettings } from "../settings/settings.ts";
import { rawConfig } from "../test/support/raw-config.ts";
import { PulumiStack } from "../test/support/pulumi-stack.ts";
import { removeEverything } from "../test/support/on-host.ts";
import { own } from "../test/support/run/id.ts";
import { leasePorts, leaseSubnet } from "../test/support/run/lease.ts";
import { tag } from "../toolchain/stock-images.ts";
import { cd } from "../workflows/cd.ts";
import { ci } from "../workflows/ci.ts";
import { runLocally, type LocalResult } from "../workflows/run/local.ts";
import { criticalPath, secondsOf, type OnPath, type Timed } from "./critical-path.ts";
import { keepRawData } from "./raw-data.ts";

/**
 * What a push waits for: the longest chain of jobs through ci.yml, and from its gate through cd.yml to staging, against the guide's figures.
 *
 * `node bench/ci.ts [jobs of ci.yml …]` runs jobs of the sample service's ci.yml here, all of them by default, builds its image without a
 * cache, and updates a stack on this machine's Docker. Needs `eval "$(make -s env)"`. What a machine of GitHub's takes to begin, to download
 * and to upload is in none of it.
 */
const guide = { build: { before: 15, after: 5 }, deploy: { before: 10, after: 3 } };
/** Minutes that the guide gives a job, for those that cannot run here. */
const guideJobs: Readonly<Record<string, number>> = { lint: 2, unit: 10, integration: 15, security: 5, image: 5 };

const folder = mkdtempSync(join(tmpdir(), "slipway-bench-ci-"));
const service = join(folder, "ape-2026");
const project = join(import.meta.dirname, "..");
const jobs = process.argv.slice(2);

/** Every job of ci.yml. Combinations of a matrix run side by side on GitHub, so the longest counts. */
async function measureCi(): Promise<Record<string, Timed>> {
  cpSync(join(project, "examples/ape-2026"), service, { recursive: true });
  // Where the public registries are out of reach, the same from Debian's packages.
  const file = join(service, ".github/workflows/ci.yml");
  const text = readFileSync(file, "utf8").replace(stockImages.postgres, tag("postgres"));
  writeFileSync(file, text.replace(stockImages.redis, tag("redis")));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: service, stdio: "ignore" });
  git("init", "--quiet", "--initial-branch", "main");
  git("add", "--all");
  git("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "--message", "chore: begin");
  const lines: string[] = [];
  const results = await runLocally({
    folder: service,
    ...(jobs.length === 0 ? {} : { jobs }),
    tell: (line) => lines.push(line),
    signal: new AbortController().signal,
  });
  keepRawData("ci", results);
  return Object.fromEntries(Object.keys(ci.jobs).map((id) => [id, timeOf(id, results)]));
}

function timeOf(id: string, results: readonly LocalResult[]): Timed {
  const mine = results.filter((each) => each.id === id);
  const minutes = guideJobs[id];
  const byGuide = minutes === undefined ? {} : { seconds: minutes * 60 };
  const [first] = mine;
  // A failed job ends early, so its time says nothing; the gate's says all, whatever it found.
  if (first === undefined || (id !== ci.gate && mine.some(({ result }) => result !== "success"))) {
    const why =
      first === undefined
        ? "not run"
        : (first.notHere ?? (first.result === "skipped" ? "nothing to do on a push" : "red here"));
    return { ...byGuide, basis: `${minutes === undefined ? "unknown" : "the guide's"}: ${why}` };
  }
  return { seconds: Math.max(...mine.map(({ seconds }) => seconds)), basis: "measured" };
}

function seconds(work: () => unknown): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1_000;
}

/** What a rollout of the stack `staging` waits for, by its own file. */
function stagingWaits(): number {
  const parsed = parseSettings(rawConfig("staging"), {});
  if ("problems" in parsed) throw new Error("Pulumi.staging.yaml has problems");
  const { replicas, profile } = parsed.settings;
  return (replicas - 1) * profile.pauseSeconds + profile.watchSeconds;
}

async function measureCd(): Promise<Record<string, Timed>> {
  const args = [
    "build",
    "--no-cache",
    "--quiet",
    "--build-arg",
    `PYTHON_IMAGE=${tag("python")}`,
    "--tag",
    own("bench-ci"),
  ];
  const build = seconds(() => execFileSync("docker", [...args, "."], { cwd: service, stdio: "ignore" }));
  execFileSync("docker", ["rmi", own("bench-ci")], { stdio: "ignore" });
  const name = own("bench-ci");
  const stack = new PulumiStack(name);
  try {
    await stack.init({
      version: "1.0.0",
      subnet: `${await leaseSubnet()}.0/24`,
      listenPort: String(await leasePorts()),
      "backups.directory": join(stack.folder, "backups"),
      "profile.pauseSeconds": "0",
      "profile.watchSeconds": "1",
    });
    await update(stack);
    await stack.set({ version: "1.1.0" });
    const start = performance.now();
    await update(stack);
    const work = (performance.now() - start) / 1_000 - 1;
    keepRawData("cd", { build, work });
    const waits = stagingWaits();
    return {
      ready: { seconds: 15, basis: "set: cd.yml asks every 15 s" },
      build: { seconds: build, basis: "measured: the image without a cache; not the push" },
      staging: {
        seconds: waits + work,
        basis: `set: ${waits} s of waiting; measured: ${work.toFixed(0)} s for pulumi up, image built`,
      },
    };
  } finally {
    removeEverything(name);
    stack.remove();
  }
}

async function update(stack: PulumiStack): Promise<void> {
  const { code, output } = await stack.up();
  if (code !== 0) throw new Error(output);
}

const clock = (time: number) => `${Math.floor(time / 60)} min ${String(Math.round(time % 60)).padStart(2, "0")} s`;

function print(title: string, path: readonly OnPath[]): void {
  console.log(`\n${title}`);
  for (const { id, seconds: time, basis } of path)
    console.log(`  ${id.padEnd(14)}${(time === undefined ? "?" : clock(time)).padStart(12)}  ${basis}`);
}

const against = (what: keyof typeof guide, path: readonly OnPath[]) => {
  const { before, after } = guide[what];
  console.log(`${what.padEnd(8)}${clock(secondsOf(path))}; the guide: from ${before} min to ${after}`);
};

try {
  const measured = await measureCi();
  const cdTimes = await measureCd();
  // ci.yml builds the same image, from a base that may be out of reach here.
  const isBuilt = measured.image?.basis === "measured";
  const ciTimes = isBuilt || cdTimes.build === undefined ? measured : { ...measured, image: cdTimes.build };
  const toGate = criticalPath(ci, ci.gate ?? "gate", ciTimes);
  const toStaging = criticalPath(cd, "staging", cdTimes);
  print(
    "ci.yml, job by job",
    Object.entries(ciTimes).map(([id, time]) => ({ id, ...time })),
  );
  print("ci.yml, the longest way to its gate", toGate);
  print("cd.yml, from there to staging", toStaging);
  const all = [...toGate, ...toStaging];
  const more = all.filter(({ seconds: time }) => time === undefined).map(({ id }) => id);
  const unknown = more.length === 0 ? "" : `, and ${more.join(", ")}, which nobody has measured`;
  console.log(`\nfrom a push to staging ${clock(secondsOf(all))}${unknown}; the guide: 25 min`);
  against(
    "build",
    toStaging.filter(({ id }) => id === "build"),
  );
  against(
    "deploy",
    toStaging.filter(({ id }) => id === "staging"),
  );
  console.log(`load average ${loadavg()[0]?.toFixed(1) ?? "?"}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
