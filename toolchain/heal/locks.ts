// Whose is a lock on a stack, and is that run still alive?
import type { RunningProcess } from "../processes.ts";

export interface LockFile {
  file: string;
  pid: number;
  username: string;
  hostname: string;
  /** When the run began, in milliseconds since the epoch. */
  since: number;
}

/** `dead` is the only one that may be removed. */
export type Holder = "dead" | "living" | "elsewhere";

/** Clocks are read at different moments and process starts are rounded: this much, in milliseconds, proves nothing. */
const TOLERANCE = 3_000;

/**
 * A process that carries the holder's number but started after the lock was written is another one: numbers are used
 * again, soon after a reboot above all.
 */
export function holder(lock: LockFile, hostname: string, processes: RunningProcess[]): Holder {
  if (lock.hostname !== hostname) return "elsewhere";
  const found = processes.find(({ pid }) => pid === lock.pid);
  return found === undefined || found.startedAt > lock.since + TOLERANCE ? "dead" : "living";
}
