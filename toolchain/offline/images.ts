// Has every stock image in the Docker engine: pulled where the registry answers, else made from Debian packages.
import { cp, link, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { key } from "../cache.ts";
import { ask, run } from "../command.ts";
import { debianBase } from "./debian-base.ts";
import { CONTENT_LABEL, contentOf, isPinned } from "./image-content.ts";
import { withLock } from "../lock.ts";
import { cacheHome } from "../paths.ts";
import { pulled } from "./registry.ts";
import type { Task } from "../step.ts";
import { step } from "../step.ts";
import type { StockImage } from "./stock-images.ts";
import { tag } from "./stock-images.ts";

/** Longest build of one image, in milliseconds; the slowest usually takes 2 minutes. */
const LIMIT = 10 * 60_000;

export async function images(wanted: StockImage[]): Promise<void> {
  // One base for all of them, made only when the first image turns out to need it.
  let base: Promise<string> | undefined;
  const made = (): Promise<string> => (base ??= debianBase());
  await withLock(
    join(cacheHome, "images.lock"),
    () => undefined,
    async () => {
      await Promise.all(wanted.map((image) => step(`Image ${image.name}`, (task) => provide(image, made, task))));
    },
  );
}

async function provide(image: StockImage, base: () => Promise<string>, task: Task): Promise<void> {
  const name = tag(image.name);
  if (await isPinned(name, image.pull)) return;
  const found = await contentOf(name);
  // What was made here once stays made here: no knocking at the registry at every `make up`.
  if (!found && (await pulled(image.pull, task))) {
    await run("docker", ["tag", image.pull, name], { limit: 60_000 });
    return;
  }
  const content = key([await base(), ...(await ingredients(image))]);
  if (found === content) return;
  task.begin("building from Debian packages", image.usual);
  await build(image, content, task);
}

/** File names and contents; a large file from elsewhere counts by its size and time. */
async function ingredients(image: StockImage): Promise<(string | Buffer)[]> {
  const names = (await readdir(image.folder)).sort();
  const own = await Promise.all(names.map(async (name) => [name, await readFile(join(image.folder, name))]));
  const others = await Promise.all(
    Object.entries(image.files).map(async ([name, path]) => {
      const { size } = await stat(path);
      const version = await ask(path, ["--version"]);
      return [name, String(size), version ?? ""];
    }),
  );
  return [...own, ...others].flat();
}

async function build(image: StockImage, content: string, task: Task): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), `slipway-${image.name}-`));
  try {
    await cp(image.folder, context, { recursive: true });
    for (const [name, path] of Object.entries(image.files)) {
      await link(path, join(context, name)).catch(() => cp(path, join(context, name)));
    }
    await run(
      "docker",
      [
        "build",
        "--build-arg",
        `BASE=${tag("debian")}`,
        "--label",
        `${CONTENT_LABEL}=${content}`,
        "--tag",
        tag(image.name),
        context,
      ],
      {
        limit: LIMIT,
        line: (text) => {
          task.note(text);
        },
      },
    );
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
