import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/** How long another run may hold the lock, in seconds: longer than any step takes. */
const patienceSeconds = 1_800;

/**
 * Does the work while no other process holds the same lock file. The lock is held by a flock(1) child that ends when
 * our end of its stdin closes, which the kernel does even after kill -9. Without flock(1) the work is done all the
 * same: everything under a lock here is also safe, only wasteful, to do twice at once.
 * @param waiting called when another process holds the lock.
 */
export async function withLock<T>(file: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const holder = spawn(
    "flock",
    ["--wait", String(patienceSeconds), file, "sh", "-c", "echo held; exec cat >/dev/null"],
    {
      stdio: ["pipe", "pipe", "ignore"],
      // Its own group, so that Ctrl-C ends the work before the lock.
      detached: true,
    },
  );
  const soon = setTimeout(waiting, 1_000);
  const held = await new Promise<"held" | "missing" | "late">((resolve) => {
    holder.stdout.once("data", () => {
      resolve("held");
    });
    holder.once("error", () => {
      resolve("missing");
    });
    holder.once("close", () => {
      resolve("late");
    });
  });
  clearTimeout(soon);
  if (held === "late") throw new Error(`${file}: still locked by another run after ${patienceSeconds} s`);
  try {
    return await work();
  } finally {
    if (held === "held") holder.stdin.end();
  }
}
