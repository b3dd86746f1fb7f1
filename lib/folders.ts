import { existsSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";

/** Slipway's own files: a clone, or the package that a project has installed. */
export const slipwayFolder = join(import.meta.dirname, "..");

/** A clone is a Pulumi project itself; the package is installed by one. */
export const isClone = existsSync(join(slipwayFolder, "Pulumi.yaml"));

/** The folder of `Pulumi.yaml`: the clone; with the package, the nearest one at or above the working folder, which is that itself where none is. */
export const projectFolder = isClone ? slipwayFolder : (nearest(process.cwd()) ?? process.cwd());

function nearest(folder: string): string | undefined {
  if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
  return dirname(folder) === folder ? undefined : nearest(dirname(folder));
}

/** Path of a file or folder of Slipway's, as seen from the project: the engine keeps it in the state, where it has to mean the same elsewhere. */
const ownPath = (path: string): string => relative(projectFolder, join(slipwayFolder, path));

/** Path, as seen from the project, of a folder whose sources go into an image as they are: the package has them beside what was compiled. */
export const ownSource = (folder: string): string => ownPath(isClone ? folder : join("sources", folder));

/** Path, as seen from the project, of a module of Slipway's that Node runs. @param module its path without extension */
export const ownModule = (module: string): string => `${ownPath(module)}${extname(import.meta.filename)}`;

/**
 * How whoever reads it calls a command of the toolchain: `make up STACK=staging` in a clone, else `npx slipway up --stack staging`.
 *
 * @param options by name; one without a value is left out
 */
export function toolchainCommand(command: string, options: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined) as [string, string][];
  const word = (name: string, value: string) => (isClone ? `${name.toUpperCase()}=${value}` : `--${name} ${value}`);
  return [isClone ? "make" : "npx slipway", command, ...given.map(([name, value]) => word(name, value))].join(" ");
}

/** Line for a shell that makes plain `pulumi` and `slipway` work. */
export const environmentCommand = `eval "$(${isClone ? "make -s" : "npx slipway"} env)"`;
