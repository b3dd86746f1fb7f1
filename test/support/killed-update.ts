import { once } from "node:events";
import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "vitest";
import { readCheckpoint, readLocks } from "../../toolchain/heal/checkpoint.ts";
import { runningProcesses } from "../../toolchain/processes.ts";
import type { PulumiStack } from "./pulumi-stack.ts";

/** Longest wait for a moment to kill at, in ms. */
const limit = 120_000;

/** @returns names of what the engine works on now */
export async function working({ files }: Pick<PulumiStack, "files">): Promise<string[]> {
  const { pending } = await readCheckpoint(files).catch(() => ({ pending: [] })); // It is being written.
  return pending.map(({ resource }) => resource.urn.split("::").at(-1) ?? "");
}

/** Waits for a moment of an update that runs. */
export async function until(update: ChildProcess, moment: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + limit;
  while (!(await moment())) {
    expect(update.exitCode, "the update ended before the moment came").toBe(null);
    expect(Date.now(), "the moment did not come").toBeLessThan(deadline);
    await pause(20);
  }
}

/** Starts an update, kills it with everything in its group once the moment has come, and mends what it left. @returns what was mended */
export async function killedAt(stack: PulumiStack, moment: () => boolean | Promise<boolean>): Promise<string[]> {
  const update = stack.startUp();
  const ended = once(update, "exit");
  await until(update, moment);
  process.kill(-(update.pid ?? NaN), "SIGKILL");
  await ended;
  const locks = await readLocks(stack.files);
  expect(locks).toHaveLength(1);
  // The engine may be another one than the group's first process, and a busy machine may take its time to end it.
  for (const { pid } of locks) while ((await runningProcesses()).some((each) => each.pid === pid)) await pause(20);
  return stack.heal();
}
