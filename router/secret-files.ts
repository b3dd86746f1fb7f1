import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Field, InvalidInput } from "./field.ts";
import { writeDurably } from "./journal.ts";

/** What `keep-secrets` reads on stdin: all files of one group of containers, contents by file name, which may have one folder before it. */
export type SecretFiles = Readonly<Record<string, string>>;

const fileName = /^([a-z0-9][\w-]{0,39}\/)?[a-z0-9][\w.-]{0,99}$/;

/** @throws InvalidInput; unlike those of other inputs it shows no value, as any could be a secret in the wrong place */
export function parseSecretFiles(text: string): SecretFiles {
  const found = object(Field.parse("stdin", text));
  for (const [name, value] of Object.entries(found)) {
    if (!fileName.test(name) || typeof value !== "string") {
      fail(`stdin.${name}`, `text under a name like ${String(fileName)}`);
    }
  }
  return found as Record<string, string>;
}

function object({ path, value }: Field): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : fail(path, "an object");
}

function fail(path: string, allowed: string): never {
  throw new InvalidInput(`${path}: is of the wrong form; allowed ${allowed}. Fix: correct it and run again`);
}

/**
 * Makes a folder hold exactly these files, mode 0400. Each gets its name only once it is whole, and one that is no longer wanted goes.
 * Safe to repeat.
 *
 * @param owner user and group id that own the files; nobody else can read them
 */
export async function keepSecrets(folder: string, owner: number, files: SecretFiles): Promise<void> {
  for (const [name, value] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeDurably(join(folder, name), value, 0o400, owner);
  }
  const wanted = new Set(Object.keys(files).flatMap((name) => [name, dirname(name)]));
  const others = (await readdir(folder, { recursive: true })).filter((name) => !wanted.has(name));
  for (const name of others) await rm(join(folder, name), { recursive: true, force: true });
}
