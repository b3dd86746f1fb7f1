import type { RunningProcess } from "../processes.ts";

/** A lock on a stack, as the file back-end keeps it. */
export interface LockFile {
  readonly file: string;
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  /** When the run began, in milliseconds since the epoch. */
  readonly since: number;
}

/** `dead` is the only one that may be removed. */
export type Holder = "dead" | "living" | "elsewhere";

/** Clocks are read at different moments and process starts are rounded: this much, in milliseconds, proves nothing. */
const toleranceMs = 3_000;

/**
 * A process that carries the holder's number but started after the lock was written is another one: numbers are used
 * again, soon after a reboot above all.
 */
export function holder(lock: LockFile, hostname: string, processes: RunningProcess[]): Holder {
  if (lock.hostname !== hostname) return "elsewhere";
  const found = processes.find(({ pid }) => pid === lock.pid);
  return found === undefined || found.startedAt > lock.since + toleranceMs ? "dead" : "living";
}
