import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A provider plugin that a program needs. */
export interface RequiredPackage {
  readonly name: string;
  /** With a leading v, as the engine wants it. */
  readonly version: string;
  /** Where to download the plugin; empty for the vendor's own place. */
  readonly server: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

/**
 * Follows `package.json` from the program's folder instead of walking all of node_modules as the vendor's host does:
 * same answer, and a preview does not pay for the packages that have nothing to do with Pulumi.
 */
export function requiredPackages(programDirectory: string): RequiredPackage[] {
  const root = nearestManifest(programDirectory);
  if (root === undefined) return [];
  const found = new Map<string, RequiredPackage>();
  const seen = new Set<string>();
  const visit = (directory: string, manifest: Manifest): void => {
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      const path = installed(dependency, directory);
      if (path === undefined || seen.has(path)) continue;
      seen.add(path);
      const inner = read(path);
      if (!speaksPulumi(inner)) continue;
      const required = packageOf(inner);
      if (required) found.set(`${required.name}@${required.version}`, required);
      visit(dirname(path), inner);
    }
  };
  const manifest = read(root);
  visit(dirname(root), { dependencies: { ...manifest.dependencies, ...manifest.devDependencies } });
  return [...found.values()];
}

function speaksPulumi(manifest: Manifest): boolean {
  return (
    manifest.pulumi !== undefined || "@pulumi/pulumi" in { ...manifest.dependencies, ...manifest.peerDependencies }
  );
}

function packageOf({ name = "", version = "", pulumi }: Manifest): RequiredPackage | undefined {
  if (pulumi?.resource !== true) return undefined;
  const plugin = pulumi.name ?? (name.startsWith("@pulumi/") ? name.slice("@pulumi/".length) : undefined);
  // A third-party package that does not name its plugin: the vendor's host skips it as well.
  if (plugin === undefined) return undefined;
  const pinned = pulumi.version ?? version;
  return { name: plugin, version: pinned.startsWith("v") ? pinned : `v${pinned}`, server: pulumi.server ?? "" };
}

function nearestManifest(directory: string): string | undefined {
  return parents(directory)
    .map((parent) => join(parent, "package.json"))
    .find((path) => existsSync(path));
}

function installed(dependency: string, from: string): string | undefined {
  return parents(from)
    .map((parent) => join(parent, "node_modules", dependency, "package.json"))
    .find((path) => existsSync(path));
}

function parents(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...parents(parent)];
}

function read(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}
