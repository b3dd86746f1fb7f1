import { readFileSync } from "node:fs";
import { pullable } from "./tag.ts";

/** Longest that the removal may take, in seconds. */
export const removalSeconds = 60;

const functions = readFileSync(new URL("old-images.sh", import.meta.url), "utf8");

/** Shell text that runs on the host after a promotion. POSIX; variables are described in the file. */
export const removalScript = `${functions}remove_old_images || true\nremove_built_images || true\n`;

/** Shell text that runs on the host when nothing of the stack is left there but what it built. */
export const lastRemovalScript = `${functions}remove_built_images || true\n`;

/** Images that must stay, as `HELD` of the script: the ways back. */
export const heldImages = (images: readonly string[]): string => [...new Set(images.map(pullable))].join("\n");
