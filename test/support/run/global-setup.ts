import { runMinutes } from "./knobs.ts";
import { forget, knownRuns, runId } from "./id.ts";
import { sweep } from "./sweep.ts";

/** Longest time that a run may take, and that it may take to end once its tests are over, in ms. */
const limitMs = runMinutes() * 60_000;
const endLimitMs = 60_000;

/**
 * Around every run: sweeps what killed runs left, and at the end, failed or not, what this one left. A run that does not end by itself
 * is ended, and fails.
 */
export default function setUp(): () => void {
  const id = runId();
  for (const run of knownRuns()) {
    if (run.pid === process.pid || isAlive(run.pid)) continue;
    tell(`swept what a killed run left`, sweep(run.id));
    forget(run);
  }
  endAfter(limitMs, "the run took");
  return () => {
    // A process that holds a worker's output open would keep the runner from ending.
    tell("swept what this run left", sweep(id));
    for (const run of knownRuns()) if (run.id === id) forget(run);
    endAfter(endLimitMs, "after its last test the run did not end for");
  };
}

function endAfter(ms: number, what: string): void {
  const end = () => {
    process.stderr.write(`\n✗ ${what} ${ms / 60_000} minutes and is ended.\n`);
    sweep(runId());
    process.exit(1);
  };
  setTimeout(end, ms).unref();
}

function tell(what: string, found: readonly string[]): void {
  if (found.length > 0) process.stderr.write(`\n${what}:\n${found.map((line) => `  ${line}\n`).join("")}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
