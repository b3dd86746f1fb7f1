import { spawn } from "node:child_process";
import { join } from "node:path";
import { Refusal } from "./ledger.ts";

/** How long one who was killed just now may take to be gone, in seconds. */
const waitSeconds = 2;
const takenCode = 9;

/**
 * One daemon a journal. The lock is a file's in the folder itself, so that it holds between containers with networks of their own, which
 * a name in the kernel's abstract namespace does not. Node has no flock, so a child holds it: it ends when its input does, however this
 * process ends, and the kernel takes the lock back.
 *
 * @param onLost what happens if the child ends before this process does
 * @throws Refusal if another process has it
 */
export async function lockFolder(folder: string, onLost: () => void): Promise<void> {
  const path = join(folder, "lock");
  const args = ["--wait", String(waitSeconds), "--conflict-exit-code", String(takenCode), path];
  const holder = spawn("flock", [...args, "sh", "-c", "echo locked; exec cat"], { stdio: ["pipe", "pipe", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    holder.once("error", reject);
    holder.once("exit", (code) => {
      const why = code === takenCode ? "another controller has this journal" : `no lock, got exit code ${String(code)}`;
      reject(new Refusal(`${folder}: ${why}; allowed one. Fix: stop the other one`));
    });
    holder.stdout.once("data", () => {
      resolve();
    });
  });
  holder.once("exit", onLost);
  // It must not keep a process alive that is at its end.
  for (const part of [holder, holder.stdin, holder.stdout] as { unref?(): void }[]) part.unref?.();
}
