import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { removeHalfAttributes, removeHalfLocks } from "./heal/attributes.ts";
import type { Checkpoint, StackFiles } from "./heal/checkpoint.ts";
import { DamagedState, readCheckpoint, readLocks } from "./heal/checkpoint.ts";
import { restoreState } from "./heal/damaged-state.ts";
import { graceSeconds, LabelledHost } from "./heal/host.ts";
import type { Killed } from "./heal/leftovers.ts";
import { halfMade, mayHaveTraffic, owners, settled } from "./heal/leftovers.ts";
import type { LockFile } from "./heal/locks.ts";
import { holder } from "./heal/locks.ts";
import { endOrphans } from "./heal/orphans.ts";
import { SetupFailed } from "./setup-failed.ts";
import { runningProcesses } from "./processes.ts";
import { say } from "./step.ts";

/** A stack that a killed `pulumi up` may have left half-made. */
export interface Patient extends StackFiles {
  /** Runs the engine on this stack and resolves with what it printed. */
  readonly pulumi: (args: string[], input?: string) => Promise<string>;
  /** Told one line for each thing that was mended. Default: stderr. */
  readonly report?: (line: string) => void;
}

/** Longest time from a run's start to its death that is believed when its lock is gone, in milliseconds. */
const longestRunMs = 10 * 60_000;

/**
 * Mends what a killed `pulumi up` leaves behind, so that the next one just works.
 *
 * Costs a few milliseconds when nothing is wrong. A killed run left a lock, or operations that the engine had announced
 * and not finished; without either nothing on any host is even looked at.
 *
 * The lock goes last but for the pending operations, which `pulumi stack import` clears: healing that is itself killed
 * is started again by what is left.
 * @throws SetupFailed when a living run, or one on another machine, holds the stack.
 */
export async function heal(patient: Patient): Promise<void> {
  const { report = say } = patient;
  const halfLocks = await removeHalfLocks(patient, report);
  if (halfLocks > 0) report(`✓ mended: removed ${halfLocks} half-written lock(s) of the state (a full disk?)`);
  const [locks, found] = await Promise.all([readLocks(patient), readCheckpoint(patient).catch(whichIsDamaged)]);
  if (locks.length === 0 && !(found instanceof DamagedState) && !found.pending.some(settled)) return;

  const processes = await runningProcesses();
  for (const lock of locks) mustBeDead(lock, patient.stack, holder(lock, hostname(), processes));
  const checkpoint = found instanceof DamagedState ? await restoreState(patient, found, report) : found;
  const unsettled = checkpoint.pending.some(settled);
  const half = await removeHalfAttributes(patient);
  if (half > 0) report(`✓ mended: removed ${half} half-written attribute file(s) of the state`);
  const orphans = await endOrphans(processes);
  if (orphans > 0) report(`✓ mended: ended ${orphans} plugin process(es) of a killed run`);

  const since = locks.length > 0 ? Math.min(...locks.map((lock) => lock.since)) : checkpoint.written - longestRunMs;
  await tidyHosts(checkpoint, { since, locked: locks.length > 0 }, report);
  for (const { file, pid } of locks) {
    await Promise.all([rm(file, { force: true }), rm(`${file}.attrs`, { force: true })]);
    report(`✓ mended: removed the lock of a run that was killed (process ${pid})`);
  }
  if (unsettled) await clearPending(patient, report);
}

function whichIsDamaged(error: unknown): DamagedState {
  if (error instanceof DamagedState) return error;
  throw error;
}

function mustBeDead(lock: LockFile, stack: string, state: ReturnType<typeof holder>): void {
  const { pid, username, hostname: machine, since } = lock;
  const who = `stack ${stack}: locked by process ${pid} of ${username} on ${machine} since ${new Date(since).toISOString()}`;
  if (state === "living") throw new SetupFailed(`${who}, which is at work`, "wait until it has ended, or end it");
  if (state === "elsewhere") {
    throw new SetupFailed(
      `${who}, another machine`,
      `wait until it has ended; if you know that it is dead: pulumi cancel --stack ${stack}`,
    );
  }
}

async function tidyHosts(checkpoint: Checkpoint, killed: Killed, report: (line: string) => void): Promise<void> {
  await Promise.all(
    owners(checkpoint).map(async (owner) => {
      const host = new LabelledHost(owner);
      const found = halfMade(await host.find(), checkpoint, killed);
      const live = found.some(({ labels }) => "slipway.slot" in labels) ? await host.live() : "none";
      const remove = async (thing: (typeof found)[number]): Promise<void> => {
        if (mayHaveTraffic(thing, live)) {
          report(`! left alone: container ${thing.name} is not in the state, but traffic may go to it`);
          return;
        }
        if (thing.kind === "container")
          report(`• ending half-made container ${thing.name} (at most ${graceSeconds} s) …`);
        await host.remove(thing);
        report(`✓ mended: removed half-made ${thing.kind} ${thing.name}`);
      };
      await Promise.all(found.filter(({ kind }) => kind === "container").map(remove));
      await Promise.all(found.filter(({ kind }) => kind === "network").map(remove));
    }),
  );
}

/**
 * Export, leave out, import: the engine checks what it reads and writes, and nothing is asked of any provider, which a
 * refresh would do for every resource. Operations on anything but containers and commands stay: the engine tells of them.
 */
async function clearPending({ pulumi }: Patient, report: (line: string) => void): Promise<void> {
  const exported = JSON.parse(await pulumi(["stack", "export"])) as {
    deployment: { pending_operations: { type: string; resource: { urn: string; type: string } }[] };
  };
  const pending = exported.deployment.pending_operations;
  exported.deployment.pending_operations = pending.filter((operation) => !settled(operation));
  await pulumi(["stack", "import"], JSON.stringify(exported));
  const names = pending.filter(settled).map(({ type, resource }) => `${type} ${resource.urn.split("::").at(-1) ?? ""}`);
  report(`✓ mended: cleared unfinished operations from the state (${names.join(", ")})`);
}
