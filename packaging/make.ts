import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { packageContent } from "./content.ts";
import { packageManifest } from "./manifest.ts";

/**
 * `npm run package`: the npm package that a project installs. Node strips no types below node_modules, so it holds compiled JavaScript, in the
 * same folders as here.
 */

const root = join(import.meta.dirname, "..");
const command = promisify(execFile);

/**
 * Makes the package.
 *
 * @param target folder that gets its files, in `slipway`, and the archive beside them
 * @returns path of the archive
 */
export async function makePackage(target: string): Promise<string> {
  const folder = join(target, "slipway");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const [{ copied, sources }] = await Promise.all([
    packageContent(root),
    command(process.execPath, [compiler, "-p", join(root, "packaging/tsconfig.json"), "--outDir", folder]),
  ]);
  await Promise.all([
    ...copied.map((file) => copy(file, join(folder, file))),
    ...sources.map((file) => copy(file, join(folder, "sources", file))),
  ]);
  const manifest = packageManifest(await read("package.json"), await read("toolchain/node/package.json"));
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const { stdout } = await command("npm", ["pack", "--json", "--pack-destination", target], { cwd: folder });
  const [packed] = JSON.parse(stdout) as readonly [{ readonly filename: string }];
  return join(target, packed.filename);
}

/**
 * Lists what an installation of the package holds that is made now, in CycloneDX: a project resolves what the package's dependencies need by
 * itself.
 *
 * @param archive of {@link makePackage}
 * @returns path of the list, beside the archive
 */
export async function listContents(archive: string): Promise<string> {
  const cwd = join(dirname(archive), "slipway");
  await command("npm", ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd });
  const words = ["sbom", "--package-lock-only", "--sbom-format", "cyclonedx"];
  const { stdout } = await command("npm", words, { cwd, maxBuffer: 64 << 20 });
  const list = archive.replace(/\.tgz$/, ".cdx.json");
  await writeFile(list, stdout);
  return list;
}

const read = async (file: string) => JSON.parse(await readFile(join(root, file), "utf8")) as object;

async function copy(file: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(join(root, file), to);
}

if (import.meta.main) {
  const archive = await makePackage(resolve(process.argv[2] ?? join(root, ".package")));
  console.log(archive);
  console.log(await listContents(archive));
}
