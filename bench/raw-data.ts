import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const folder = join(import.meta.dirname, "../.bench");

/**
 * Keeps all that a benchmark measured, not only what it prints, in `.bench/<name>-<time>.json.gz`, with the machine, its load and the
 * command line that it belongs to.
 */
export function keepRawData(name: string, data: unknown): void {
  const at = new Date().toISOString();
  const machine = { cpus: cpus().map(({ model }) => model), load: loadavg(), node: process.version };
  const file = join(folder, `${name}-${at.replaceAll(":", "")}.json.gz`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, gzipSync(JSON.stringify({ name, at, machine, argv: process.argv.slice(2), data })));
  console.log(`raw data: ${file}`);
}
