// Writes every rendered workflow to the place where it is committed: `npm run workflows`.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { renderedFiles } from "./workflows.ts";

const root = join(import.meta.dirname, "..");

for (const [path, text] of Object.entries(renderedFiles())) {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}
