import { readFileSync } from "node:fs";
import { pullable } from "./tag.ts";

/** Longest that the removal may take, in seconds. */
export const removalSeconds = 60;

/** Shell text that runs on the host after a promotion. POSIX; variables are described in the file. */
export const removalScript = `${readFileSync(new URL("old-images.sh", import.meta.url), "utf8")}remove_old_images || true\n`;

/** Images that must stay, as `HELD` of the script: the ways back. */
export const heldImages = (images: readonly string[]): string => [...new Set(images.map(pullable))].join("\n");
