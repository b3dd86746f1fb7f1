import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Every process of a run inherits this variable: it holds the run's id. */
export const variable = "SLIPWAY_TEST_RUN";
/** Docker label of what a test makes with `docker` itself; its value is the run's id. */
export const label = "slipway.test";

/** One file a run, named `<id>.<pid>`, until nothing of it is left. */
const folder = join(tmpdir(), "slipway-test-runs");

/** A run that this machine knows of. */
export interface KnownRun {
  readonly id: string;
  /** Process that answers for it. */
  readonly pid: number;
}

/**
 * Id of this run, made at the first call. Part of every name that must not meet another run's, at most 9 characters long.
 */
export function runId(): string {
  const inherited = process.env[variable];
  if (inherited !== undefined) return inherited;
  const id = `t${randomBytes(4).toString("hex")}`;
  process.env[variable] = id;
  // Every user of the machine, whatever the umask.
  if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, 0o1777);
  writeFileSync(join(folder, `${id}.${process.pid}`), "");
  return id;
}

/** `name` for this run alone, such as a stack's. */
export function own(name: string): string {
  return `${name}-${runId()}`;
}

/** Whether `name` was made by `own` in a run. */
export function isOf(run: string, name: string): boolean {
  return name.endsWith(`-${run}`);
}

export function knownRuns(): KnownRun[] {
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    // No run was ever here.
  }
  return names.flatMap((name) => {
    const [, id, pid] = /^(t[0-9a-f]{8})\.(\d+)$/.exec(name) ?? [];
    return id === undefined ? [] : [{ id, pid: Number(pid) }];
  });
}

export function forget({ id, pid }: KnownRun): void {
  rmSync(join(folder, `${id}.${pid}`), { force: true });
}
