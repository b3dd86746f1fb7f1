import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentile } from "./percentile.ts";
import { keepRawData } from "./raw-data.ts";

/**
 * How long a preview that changes nothing takes, against an empty program (one that only imports the SDK) on the same engine in the
 * same run.
 *
 * Needs `eval "$(make -s env)"` and a stack that is up. Runs are interleaved, so that both meet the same machine.
 */
const rounds = Number(process.argv[2] ?? 7);
const project = join(import.meta.dirname, "..");

const empty = mkdtempSync(join(tmpdir(), "slipway-bench-"));
mkdirSync(join(empty, "state"));
symlinkSync(join(project, "node_modules"), join(empty, "node_modules"));
writeFileSync(join(empty, "package.json"), '{"type":"module"}');
// What `pulumi new typescript` starts with.
writeFileSync(join(empty, "index.ts"), 'import * as pulumi from "@pulumi/pulumi";\npulumi.getStack();\n');
writeFileSync(
  join(empty, "Pulumi.yaml"),
  "name: empty\nruntime: {name: nodejs, options: {typescript: false}}\nmain: index.ts\nbackend: {url: 'file://./state'}\n",
);

function pulumi(cwd: string, ...args: string[]): number {
  const start = performance.now();
  execFileSync("pulumi", ["--non-interactive", ...args], { cwd, stdio: ["ignore", "ignore", "inherit"] });
  return performance.now() - start;
}

try {
  pulumi(empty, "stack", "init", "bench");
  pulumi(empty, "up", "--yes", "--skip-preview", "--stack", "bench");
  pulumi(project, "preview", "--expect-no-changes");
  const base: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    base.push(pulumi(empty, "preview", "--stack", "bench"));
    ours.push(pulumi(project, "preview", "--expect-no-changes"));
  }
  keepRawData("preview", { empty: base, ours });
  const [emptyMs, oursMs] = [percentile(base, 50), percentile(ours, 50)];
  console.log(`empty program   ${emptyMs.toFixed(0)} ms  (${base.map((ms) => ms.toFixed(0)).join(" ")})`);
  console.log(`no-op preview   ${oursMs.toFixed(0)} ms  (${ours.map((ms) => ms.toFixed(0)).join(" ")})`);
  console.log(`ratio           ${(oursMs / emptyMs).toFixed(2)} (at most 2.5, goal 1.5)`);
} finally {
  rmSync(empty, { recursive: true });
}
