import dockerIgnore from "@balena/dockerignore";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join, relative } from "node:path";

/**
 * Hash of everything that decides what `docker build` makes of a folder, known before anything is built: so a preview can name the
 * release, and an unchanged folder is never built again.
 *
 * The Dockerfile and the lists of what is left out always count, for Docker reads them whatever they say of themselves. Which list it goes by
 * depends on the builder; what only one of them leaves out counts. Of permissions those to read and to run count: the right to write differs
 * with each clone's umask.
 *
 * @param folder the build context
 * @param inputs whatever else decides: base images, build arguments
 * @returns 16 hex digits
 * @throws Error (ENOENT) when there is no such folder
 */
export function hashBuildContext(folder: string, ...inputs: string[]): string {
  const lists = existsSync(join(folder, ownList)) ? [list, ownList] : [list];
  const ignored = lists.map((name) => ignoredBy(join(folder, name)));
  const seen = entriesOf(folder).filter((path) => read.includes(path) || !ignored.every((one) => one.ignores(path)));
  return hashOf(
    inputs,
    seen.map((path) => [path, ...describe(join(folder, path))] as const),
  );
}

/**
 * The same as an earlier Slipway saw it: without links, empty folders, permissions to read, and without the Dockerfile where the list leaves it
 * out. A release that a host holds under this hash stays the release that it is.
 */
export function earlierHash(folder: string, ...inputs: string[]): string {
  const ignored = ignoredBy(join(folder, list));
  const seen = entriesOf(folder).filter((path) => lstatSync(join(folder, path)).isFile() && !ignored.ignores(path));
  return hashOf(
    inputs,
    seen.map((path) => [
      path,
      String(isExecutable(lstatSync(join(folder, path)).mode)),
      readFileSync(join(folder, path)),
    ]),
  );
}

const [list, ownList] = [".dockerignore", "Dockerfile.dockerignore"];
const read = ["Dockerfile", list, ownList];

const ignoredBy = (file: string) => dockerIgnore.default().add(existsSync(file) ? readFileSync(file, "utf8") : "");

/** Paths of files, links and empty folders, in order. */
const entriesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(
      ({ entry, path }) =>
        entry.isFile() || entry.isSymbolicLink() || (entry.isDirectory() && readdirSync(path).length === 0),
    )
    .map(({ path }) => relative(folder, path))
    .sort();

const isExecutable = (mode: number) => (mode & 0o111) !== 0;

/** What an entry is, and its content. */
function describe(path: string): [string, string | Buffer] {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return ["link", readlinkSync(path)];
  if (stats.isDirectory()) return ["folder", ""];
  const mode = stats.mode & 0o7555;
  const usual = mode === 0o444 || mode === 0o555;
  return [usual ? String(isExecutable(mode)) : mode.toString(8), readFileSync(path)];
}

function hashOf(inputs: readonly string[], entries: readonly (readonly [string, string, string | Buffer])[]): string {
  const hash = createHash("sha256").update(JSON.stringify(inputs));
  for (const [path, kind, content] of entries) {
    hash.update(`\0${path}\0${kind}\0`).update(createHash("sha256").update(content).digest());
  }
  return hash.digest("hex").slice(0, 16);
}
