import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { allUpgrades } from "./run/knobs.ts";

/** Slipway at some time before. */
export interface EarlierSlipway {
  /** Its version, or what it was. */
  readonly name: string;
  readonly commit: string;
}

/** Stands for the version before as long as no version has a tag. It goes with the first tag. */
const beforeAnyTag: EarlierSlipway = {
  name: "Slipway before volumes, roles and copies",
  commit: "fe12640ead48d2c17060fd4b97c58a0e92bd3c5a",
};

/** Before each fact had one place: its state has passwords in plain text, and its controller knows half of the commands. */
export const longBefore = "5a50bcce4c4fb199d7d8adf61c216f3345debca4";

/** @param tags one a line @returns the newest first */
export function earlierVersions(tags: string, isEach: boolean): readonly [EarlierSlipway, ...EarlierSlipway[]] {
  const released = tags
    .split("\n")
    .filter((tag) => /^v\d+\.\d+\.\d+$/.test(tag))
    .map((tag): EarlierSlipway => ({ name: `Slipway ${tag}`, commit: tag }))
    .toSorted((a, b) => b.name.localeCompare(a.name, "en", { numeric: true }));
  const [newest = beforeAnyTag, ...older] = released;
  return isEach ? [newest, ...older] : [newest];
}

/** Versions that upgrades are tried from: the one before, and with SLIPWAY_UPGRADES=1 each. What is being released is none of them. */
export const upgradesFrom = () =>
  earlierVersions(git("tag", "--list", "v*", "--merged", "HEAD", "--no-contains", "HEAD"), allUpgrades());

const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();

/**
 * Puts an earlier Slipway into a folder, with this one's packages.
 *
 * @throws Error where the clone does not have its history
 */
export function checkOutEarlier(commit: string, folder: string): void {
  try {
    execFileSync("git", ["cat-file", "-e", `${commit}^{commit}`], { stdio: "ignore" });
  } catch {
    throw new Error(
      `upgrades are tried from ${commit}, which this clone does not have. Fix: git fetch --unshallow --tags`,
    );
  }
  git("worktree", "add", "--detach", folder, commit);
  symlinkSync(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
}

/** Takes it away again. */
export const removeEarlier = (folder: string) => git("worktree", "remove", "--force", folder);
