import { existsSync, realpathSync } from "node:fs";
import { cp, link, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { key } from "../cache.ts";
import { ask, run } from "../command.ts";
import { binaries } from "../paths.ts";
import type { Task } from "../step.ts";
import { tag } from "../stock-images.ts";
import { contentLabel } from "./image-content.ts";

/** Longest build of one image, in milliseconds; the slowest usually takes 2 minutes. */
const buildMs = 10 * 60_000;

/** Files that a Dockerfile copies from outside its folder: name there and path here. */
const filesFromElsewhere: Partial<Record<string, Readonly<Record<string, string>>>> = {
  node: { node: realpathSync(join(binaries, "node")) },
};
/** How long a build usually takes, for people. */
const usualTimes: Partial<Record<string, string>> = { neo4j: "2 min" };

/** Whether an image can be made where no registry answers. @param name as in {@link makeFromDebian} */
export const canBeMade = (name: string): boolean => existsSync(join(import.meta.dirname, "images", name));

/**
 * Makes a stock image on top of the Debian base, unless the image is there and made from the same things.
 *
 * @param name folder below `images/`
 * @param made the image's tag, the content hash it carries now, and that of the base
 */
export async function makeFromDebian(
  name: string,
  made: { readonly image: string; readonly content: string | undefined; readonly base: string },
  task: Task,
): Promise<void> {
  const folder = join(import.meta.dirname, "images", name);
  const files = filesFromElsewhere[name] ?? {};
  const content = key([made.base, ...(await ingredients(folder, files))]);
  if (made.content === content) return;
  task.begin("building from Debian packages", usualTimes[name] ?? "30 s");
  await build({ image: made.image, content, folder, files }, task);
}

/** File names and contents; a large file from elsewhere counts by its size and version. */
async function ingredients(folder: string, files: Readonly<Record<string, string>>): Promise<(string | Buffer)[]> {
  const names = (await readdir(folder)).sort();
  const own = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))]));
  const others = await Promise.all(
    Object.entries(files).map(async ([name, path]) => {
      const { size } = await stat(path);
      const version = await ask(path, ["--version"]);
      return [name, String(size), version ?? ""];
    }),
  );
  return [...own, ...others].flat();
}

interface Build {
  readonly image: string;
  readonly content: string;
  readonly folder: string;
  readonly files: Readonly<Record<string, string>>;
}

async function build({ image, content, folder, files }: Build, task: Task): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), "slipway-image-"));
  try {
    await cp(folder, context, { recursive: true });
    for (const [name, path] of Object.entries(files)) {
      await link(path, join(context, name)).catch(() => cp(path, join(context, name)));
    }
    const named = ["--build-arg", `BASE=${tag("debian")}`, "--label", `${contentLabel}=${content}`, "--tag", image];
    await run("docker", ["build", ...named, context], {
      limit: buildMs,
      line: (text) => {
        task.note(text);
      },
    });
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
