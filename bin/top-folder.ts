import { execFileSync } from "node:child_process";
import { exitCodes, Failure } from "./exit-codes.ts";

/** Top of the clone that a folder is in. @throws Failure outside of one, with what to do */
export function topFolder(folder: string, fix: string): string {
  try {
    const top = execFileSync("git", ["rev-parse", "--show-toplevel"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return top.trim();
  } catch {
    throw new Failure(`${folder} is in no clone. Fix: ${fix}`, exitCodes.usage);
  }
}
