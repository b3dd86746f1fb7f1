import { glob, readFile } from "node:fs/promises";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import type { ICruiseResult, IForbiddenRuleType } from "dependency-cruiser";

/**
 * The rooms of the product, top to bottom. A room may use every room below it, no room above it and none beside it.
 *
 * Written only here: the lint (`.dependency-cruiser.mjs`) and the picture (`docs/rooms.md`) both derive from it.
 */
export const floors: readonly (readonly string[])[] = [
  ["index.ts", "bin", "docs", "policy"],
  ["deliver.ts"],
  ["components"],
  ["settings"],
  ["checklist"],
  ["github"],
  ["workflows"],
  ["monitoring"],
  ["lib"],
  ["router"],
];

/** Rooms that no room imports, each with the rooms or single files that it may import. */
export const apart: Readonly<Record<string, readonly string[]>> = {
  toolchain: ["settings", "lib", "github/older-plugin.ts"],
  packaging: ["docs", "workflows"],
};

/** Every room of the product, with the rooms or single files that it may import. */
export const uses: ReadonlyMap<string, readonly string[]> = new Map([
  ...floors.flatMap((floor, level) => floor.map((room) => [room, floors.slice(level + 1).flat()] as const)),
  ...Object.entries(apart),
]);

/** The room of a file: `lib` for `lib/problem.ts`; `index.ts` is a room of its own. */
export const roomOf = (file: string): string => file.split("/")[0] ?? file;

const inside = (paths: readonly string[]) => `^(${paths.map((path) => path.replaceAll(".", "\\.")).join("|")})(/|$)`;

/** The lint's rules. Imports of types count: a reader has to follow them too. */
export const rules: readonly IForbiddenRuleType[] = [
  { name: "circle", severity: "error", from: { path: inside([...uses.keys()]) }, to: { circular: true } },
  ...[...uses].map(([room, allowed]) => ({
    name: `${room}-climbs`,
    severity: "error" as const,
    from: { path: inside([room]) },
    to: { dependencyTypes: ["local" as const], pathNot: inside([room, ...allowed]) },
  })),
];

/** How dependency-cruiser reads the code. */
export const cruiseOptions = { tsPreCompilationDeps: true, exclude: { path: "(^|/)(node_modules|\\.[^./])" } };

/** One file's reference to another; both paths are relative to the repository. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** Files of the product that hold code. */
export async function productFiles(root: URL): Promise<string[]> {
  const patterns = [...uses.keys()].map((room) => (room.endsWith(".ts") ? room : `${room}/**/*.ts`));
  const files: string[] = [];
  for await (const file of glob(patterns, { cwd: fileURLToPath(root) })) files.push(file);
  return files.sort();
}

/** Imports between files of the repository. */
export async function importArrows(root: URL): Promise<Arrow[]> {
  const { cruise } = await import("dependency-cruiser");
  const { output } = await cruise(["."], { ...cruiseOptions, baseDir: fileURLToPath(root) });
  return (output as ICruiseResult).modules.flatMap(({ source, dependencies }) =>
    dependencies
      .filter(({ dependencyTypes }) => dependencyTypes.includes("local"))
      .map(({ resolved }) => ({ from: source, to: resolved })),
  );
}

/** Files that the product reads by `new URL("…", import.meta.url)`: arrows that no import shows. */
export async function fileArrows(root: URL): Promise<Arrow[]> {
  const files = await Promise.all(
    (await productFiles(root)).map(async (from) => {
      const text = await readFile(new URL(from, root), "utf8");
      return [...text.matchAll(/new URL\(\s*["`]([^"`]*)["`],\s*import\.meta\.url/g)].map(([, path = ""]) => ({
        from,
        to: posix.join(posix.dirname(from), path),
      }));
    }),
  );
  // The repository's own folder is in no room.
  return files.flat().filter(({ to }) => !/^\.\/?$/.test(to));
}

/** Those that lead out of a room of the product to a place which that room may not use. */
export function climbs(arrows: readonly Arrow[]): Arrow[] {
  return arrows.filter(({ from, to }) => {
    const allowed = uses.get(roomOf(from));
    return allowed !== undefined && !new RegExp(inside([roomOf(from), ...allowed])).test(to);
  });
}
