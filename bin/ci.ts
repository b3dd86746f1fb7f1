import { suggest } from "../lib/suggest.ts";
import { localJobs, runLocally, type LocalJob, type LocalResult } from "../workflows/run/local.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { printJson, teller } from "./print.ts";
import { topFolder } from "./top-folder.ts";

export interface CiOptions {
  readonly fix?: true;
  readonly list?: true;
  readonly json?: true;
}

/** `slipway ci [jobs]`: runs jobs of the clone's ci.yml on this machine. */
export async function ci(jobs: readonly string[], options: CiOptions): Promise<void> {
  const folder = topFolder(process.cwd(), "cd into the service's clone");
  const known = await localJobs(folder);
  const unknown = jobs.filter((job) => !known.some(({ id, name }) => job === id || job === name));
  if (unknown.length > 0) throw unknownJobs(unknown, known);
  if (options.list) list(known, options);
  else await runAll(folder, jobs, options);
}

async function runAll(folder: string, jobs: readonly string[], { fix, json }: CiOptions): Promise<void> {
  const tell = teller(json);
  const stop = new AbortController();
  const onInterrupt = () => {
    tell("ending (again: at once) …");
    stop.abort();
  };
  process.once("SIGINT", onInterrupt).once("SIGTERM", onInterrupt);
  const some = jobs.length === 0 ? {} : { jobs };
  const shared = { folder, ...some, tell, signal: stop.signal };
  if (fix) await runLocally({ ...shared, fix: true });
  const results = await runLocally(shared);
  process.off("SIGINT", onInterrupt).off("SIGTERM", onInterrupt);
  if (json) printJson(results);
  else for (const line of summary(results)) tell(line);
  const isBad = ({ id, name, result, notHere }: LocalResult) =>
    result === "failure" ||
    result === "cancelled" ||
    // What was asked for by name and did not run is no success.
    (notHere !== undefined && (jobs.includes(id) || jobs.includes(name)));
  if (results.some(isBad)) process.exitCode = exitCodes.failed;
}

function summary(results: readonly LocalResult[]): string[] {
  const line = ({ name, result, seconds, notHere }: LocalResult) => {
    if (notHere !== undefined) return `– ${name}: not run here, ${notHere}`;
    if (result === "skipped") return `– ${name}: has nothing to do on a push`;
    return `${result === "success" ? "✓" : "✗"} ${name}${result === "cancelled" ? ": ended early" : ""} (${seconds.toFixed(0)} s)`;
  };
  return ["", ...results.map(line)];
}

function list(jobs: readonly LocalJob[], { json }: CiOptions): void {
  if (json) printJson(jobs);
  else
    for (const { id, name, fixes, notHere } of jobs)
      teller(false)(
        `${id}: ${name}${fixes ? "; mends with --fix" : ""}${notHere === undefined ? "" : `; not here: ${notHere}`}`,
      );
}

function unknownJobs(unknown: readonly string[], known: readonly LocalJob[]): Failure {
  const ids = known.map(({ id }) => id);
  const lines = unknown.map((job) => {
    const meant = suggest(job, ids);
    return `ci.yml has no job ${job}${meant === undefined ? "" : `; did you mean ${meant}`}; allowed ${ids.join(", ")}. Fix: slipway ci --list`;
  });
  return new Failure(lines.join("\n"), exitCodes.usage);
}
