import { spawn, type ChildProcess } from "node:child_process";
import { childEnvironment } from "../hosts/child-environment.ts";
import { sideBySide } from "../side-by-side.ts";
import { place } from "./schema.ts";

/**
 * Asks the tool in which a team keeps its secrets. There is no shell, and nothing of what it prints goes anywhere but to who asked.
 *
 * What must never happen here: an update waits for a tool without end, or leaves one behind.
 */

/** Longest that one question may take, in ms: enough for a person to unlock a store. */
const answerMs = 30_000;
/** What a tool printed has this long to arrive, in ms, where a daemon that it left holds the pipe. */
const graceMs = 1_000;
/** Longest secret, in bytes. */
const maxBytes = 1 << 20;
/** What is kept of standard error, in characters. */
const keptChars = 8_192;
const atOnce = 8;

/** A question without a secret for an answer. */
export interface StoreFailure {
  /** Why, without a word of the tool. */
  readonly why: string;
  /** What it said on standard error. May hold a secret. */
  readonly said: string;
  /** What it had printed by then, which may be one. Never shown. */
  readonly printed: string;
}

export type StoreAnswer = { readonly value: string } | StoreFailure;

/** How a store is asked. */
export interface Store {
  /** `slipway:secretCommand`. */
  readonly command: readonly string[];
  /** Where it runs: relative paths in it count from here. */
  readonly folder: string;
  /** Longest that one question may take, in ms. @default 30,000 */
  readonly limitMs?: number;
}

/** The words of one question: the reference in its places, else as the last one. */
export const wordsFor = (command: readonly string[], reference: string): string[] =>
  command.some((word) => word.includes(place))
    ? command.map((word) => word.replaceAll(place, reference))
    : [...command, reference];

/** Looks each reference up once. @returns answers by reference */
export async function askStore(store: Store, references: Iterable<string>): Promise<ReadonlyMap<string, StoreAnswer>> {
  const running = new Running();
  try {
    const each = [...new Set(references)];
    return new Map(
      await sideBySide(each, atOnce, async (reference) => [reference, await ask(store, reference, running)] as const),
    );
  } finally {
    running.forget();
  }
}

/** What a tool prints ends with a line end that is no part of a secret; a key in PEM form has one of its own that is. */
export const withoutLineEnd = (printed: string): string =>
  printed.includes("PRIVATE KEY") ? printed : printed.replace(/\r?\n$/, "");

async function ask(
  { command, folder, limitMs = answerMs }: Store,
  reference: string,
  running: Running,
): Promise<StoreAnswer> {
  const [program = "", ...args] = wordsFor(command, reference);
  // A group of its own, so that what it started ends with it.
  const child = spawn(program, args, {
    cwd: folder,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  running.children.add(child);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let said = "";
  const { promise: ended, resolve } = Promise.withResolvers<string | null>();
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) resolve("prints more than 1 MiB");
    else chunks.push(chunk);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-keptChars)));
  child.on("error", (error: NodeJS.ErrnoException) => {
    resolve(error.code === "ENOENT" ? "is not installed here" : `can't be run (${String(error.code)})`);
  });
  const over = setTimeout(resolve, limitMs, `gives no answer within ${String(limitMs / 1000)} s`);
  const end = (code: number | null, signal: string | null) => {
    resolve(code === 0 ? null : `ended with ${code === null ? String(signal) : `exit code ${String(code)}`}`);
  };
  child.on("close", end);
  child.on("exit", (code, signal) => {
    clearTimeout(over);
    setTimeout(end, graceMs, code, signal).unref();
  });
  const problem = await ended;
  clearTimeout(over);
  running.stop(child);
  child.stdout.destroy();
  child.stderr.destroy();
  const printed = Buffer.concat(chunks);
  return problem === null ? answerOf(printed, said) : { why: problem, said, printed: printed.toString() };
}

function answerOf(printed: Buffer, said: string): StoreAnswer {
  try {
    const value = withoutLineEnd(new TextDecoder("utf8", { fatal: true, ignoreBOM: true }).decode(printed));
    return value === "" ? { why: "prints nothing", said, printed: "" } : { value };
  } catch {
    return { why: "prints no text in UTF-8", said, printed: "" };
  }
}

/** Like every other child's; and what the vendor's own store is logged in to with. */
function environment(): NodeJS.ProcessEnv {
  const { PULUMI_ACCESS_TOKEN } = process.env;
  return { ...childEnvironment({}), ...(PULUMI_ACCESS_TOKEN === undefined ? {} : { PULUMI_ACCESS_TOKEN }) };
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What ends this process ends them, each with all that it started. Made before the first of them, which may be quick. */
class Running {
  readonly children = new Set<ChildProcess>();

  constructor() {
    process.on("exit", this.#stopAll);
    for (const signal of signals) process.on(signal, this.#onSignal);
  }

  /** Ends one that has not ended; what such a one leaves behind on purpose stays. */
  stop(child: ChildProcess): void {
    this.children.delete(child);
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, "SIGKILL");
  }

  forget(): void {
    process.off("exit", this.#stopAll);
    for (const signal of signals) process.off(signal, this.#onSignal);
  }

  readonly #stopAll = () => {
    for (const child of this.children) this.stop(child);
  };

  readonly #onSignal = (signal: NodeJS.Signals) => {
    this.#stopAll();
    this.forget();
    process.kill(process.pid, signal);
  };
}
