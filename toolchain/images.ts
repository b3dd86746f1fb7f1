import { join } from "node:path";
import { ask, run } from "./command.ts";
import { withLock } from "./lock.ts";
import { debianBase } from "./offline/debian-base.ts";
import { canBeMade, makeFromDebian } from "./offline/debian-image.ts";
import { contentOf } from "./offline/image-content.ts";
import { SetupFailed } from "./setup-failed.ts";
import { cacheHome } from "./paths.ts";
import { pulled } from "./registry.ts";
import { step, type Task } from "./step.ts";
import { tag, type StockImage } from "./stock-images.ts";

/** Provides stock images in the Docker engine: pulled where the registry answers, else made from Debian packages. */
export async function images(wanted: readonly StockImage[]): Promise<void> {
  // One base for all of them, made only when the first image turns out to need it.
  let base: Promise<string> | undefined;
  const made = (): Promise<string> => (base ??= debianBase());
  await Promise.all(
    wanted.map((image) =>
      step(`Image ${image.name}`, (task) => alone(image.name, task, () => provide(image, made, task))),
    ),
  );
}

/** One run at a time makes an image; who needs only others does not wait. */
export function alone(name: string, task: Task, work: () => Promise<void>, home = cacheHome): Promise<void> {
  const waiting = (): void => {
    task.begin("another run makes it, waiting for that", "2 min");
  };
  return withLock(join(home, `image-${name}.lock`), waiting, work);
}

async function provide({ name, pull }: StockImage, base: () => Promise<string>, task: Task): Promise<void> {
  const image = tag(name);
  if (await isPinned(image, pull)) return;
  const content = await contentOf(image);
  // What was made here once stays made here: no knocking at the registry at every `make up`.
  if (!content && (await pulled(pull, task))) {
    await run("docker", ["tag", pull, image], { limit: 60_000 });
    return;
  }
  if (!canBeMade(name))
    throw new SetupFailed(
      `${pull} can't be pulled, and Debian has no package to make ${image} from`,
      `let Docker reach its registry, or take out of the stack's file what needs it`,
    );
  await makeFromDebian(name, { image, content, base: await base() }, task);
}

/** Whether the image is the one that the pinned reference (`name:tag@digest`) stands for; a mere tag pins nothing. */
async function isPinned(image: string, reference: string): Promise<boolean> {
  const at = reference.indexOf("@");
  if (at === -1) return false;
  const digests = await ask("docker", ["image", "inspect", "--format", '{{join .RepoDigests " "}}', image]);
  return digests?.includes(reference.slice(at)) ?? false;
}
