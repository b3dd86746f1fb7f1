import { run } from "./command.ts";
import type { Task } from "./step.ts";

/** How long the registry may take to say its first word, in milliseconds. */
const firstWordMs = 8_000;
/** Longest pull, in milliseconds. */
const pullMs = 10 * 60_000;

/** Settled by the first pull of this run; the others do not knock again where nobody answers. */
let answers: Promise<boolean> | undefined;

/**
 * Pulls from the public registry, as long as it answers. The Docker engine itself asks, so its mirrors and proxies count.
 *
 * @returns whether the image is here now
 */
export async function pulled(reference: string, task: Task): Promise<boolean> {
  if (answers !== undefined && !(await answers)) return false;
  const { firstWord, done } = pull(reference, task);
  answers ??= firstWord;
  return done;
}

function pull(reference: string, task: Task): { firstWord: Promise<boolean>; done: Promise<boolean> } {
  const tooLate = new AbortController();
  const impatient = setTimeout(() => {
    tooLate.abort();
  }, firstWordMs);
  const first = Promise.withResolvers<boolean>();
  const done = run("docker", ["pull", reference], {
    limit: pullMs,
    signal: tooLate.signal,
    line: (text, stream) => {
      // On stderr it is the Docker engine that speaks, perhaps to say that nobody answers.
      if (stream === "stderr") return;
      clearTimeout(impatient);
      task.note(text);
      first.resolve(true);
    },
  }).then(
    () => true,
    () => false,
  );
  void done.then((ended) => {
    clearTimeout(impatient);
    first.resolve(ended);
  });
  return { firstWord: first.promise, done };
}
