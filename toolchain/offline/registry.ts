// Pulls from the public registry, as long as it answers.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Task } from "../step.ts";

/** How long the registry may take to say its first word, in milliseconds. */
const FIRST_WORD = 8_000;
/** Longest pull, in milliseconds. */
const LIMIT = 10 * 60_000;

/** Settled by the first pull of this run; the others do not knock again where nobody answers. */
let answers: Promise<boolean> | undefined;

/** @returns whether the image is here now. The engine itself asks, so its mirrors and proxies count. */
export async function pulled(reference: string, task: Task): Promise<boolean> {
  if (answers !== undefined && !(await answers)) return false;
  const { firstWord, done } = pull(reference, task);
  answers ??= firstWord;
  return done;
}

function pull(reference: string, task: Task): { firstWord: Promise<boolean>; done: Promise<boolean> } {
  const child = spawn("docker", ["pull", reference], { stdio: ["ignore", "pipe", "ignore"], timeout: LIMIT });
  const impatient = setTimeout(() => child.kill(), FIRST_WORD);
  const done = new Promise<boolean>((resolve) => {
    child.once("error", () => {
      resolve(false);
    });
    child.once("close", (code) => {
      resolve(code === 0);
    });
  });
  const firstWord = new Promise<boolean>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      clearTimeout(impatient);
      task.note(line);
      resolve(true);
    });
    void done.then(resolve);
  });
  return { firstWord, done };
}
