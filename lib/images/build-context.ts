import dockerIgnore from "@balena/dockerignore";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * Hash of everything that decides what `docker build` makes of a folder, known before anything is built: so a preview can name the
 * release, and an unchanged folder is never built again.
 *
 * @param folder the build context; what its `.dockerignore` leaves out does not count
 * @param inputs whatever else decides: base images, build arguments
 * @returns 16 hex digits
 * @throws Error (ENOENT) when there is no such folder
 */
export function hashBuildContext(folder: string, ...inputs: string[]): string {
  const ignoreFile = join(folder, ".dockerignore");
  const ignored = dockerIgnore.default().add(existsSync(ignoreFile) ? readFileSync(ignoreFile, "utf8") : "");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !ignored.ignores(file))
    .sort();
  const hash = createHash("sha256").update(JSON.stringify(inputs));
  for (const file of files) {
    const path = join(folder, file);
    // Docker's own cache looks at contents and the executable bit, not at times.
    const executable = (statSync(path).mode & 0o111) !== 0;
    hash.update(`\0${file}\0${String(executable)}\0`).update(createHash("sha256").update(readFileSync(path)).digest());
  }
  return hash.digest("hex").slice(0, 16);
}
