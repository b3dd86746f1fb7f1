import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import { Field } from "./field.ts";
import { slots, type Slot } from "./ledger.ts";
import { notLoadedFix } from "./telling/report.ts";

/** The release that has to answer, and how long it may take. */
export interface AwaitedAnswer {
  readonly slot: Slot;
  /** Its id. */
  readonly release: string;
  readonly seconds: number;
  /** How long it has to answer without a break. What was mended may stumble once more over connections that are gone. */
  readonly steadySeconds: number;
  /** Not read: another one makes an update ask again. */
  readonly again?: string;
}

/** What `await-answer` reads on stdin. @throws InvalidInput */
export function parseAwaitedAnswer(text: string): AwaitedAnswer {
  const root = Field.parse("stdin", text);
  return {
    slot: root.get("slot").oneOf(slots),
    release: root.get("release").text(/^[\w.+-]{1,128}$/),
    seconds: root.get("seconds").integer(1, 3_600),
    steadySeconds: root.get("steadySeconds").integer(0, 60),
  };
}

const lookEveryMs = 200;

/**
 * Waits until the proxy runs what was written for it: HAProxy goes on with what it has where it can't read something new, and would not
 * come back after a restart.
 *
 * @param ask hands over why it does not as a line of JSON, and gives an exit code
 * @returns the exit code
 */
export async function awaitLoaded(
  seconds: number,
  ask: (onLine: (line: string) => void) => Promise<number>,
): Promise<number> {
  const deadline = performance.now() + seconds * 1000;
  let isSaid = false;
  for (;;) {
    const lines: string[] = [];
    const code = await ask((line) => lines.push(line));
    if (code !== 0) return code;
    const problem = JSON.parse(lines.join("")) as string | null;
    if (problem === null) return 0;
    if (!isSaid) process.stdout.write(`waiting for the proxy to load its configuration (at most ${seconds} s)\n`);
    isSaid = true;
    if (performance.now() > deadline) {
      process.stderr.write(`${problem} within ${seconds} s. ${notLoadedFix}\n`);
      return 1;
    }
    await sleep(lookEveryMs);
  }
}

/**
 * Waits until whoever asks the service is answered by that release: an update ends well only then (decision D3).
 *
 * @param ask hands over the controller's answer as a line of JSON, and gives an exit code
 * @returns the exit code
 */
export async function awaitAnswer(
  { slot, release, seconds, steadySeconds }: AwaitedAnswer,
  ask: (onLine: (line: string) => void) => Promise<number>,
): Promise<number> {
  const deadline = performance.now() + seconds * 1000;
  let goodSince = Infinity;
  for (;;) {
    const lines: string[] = [];
    const code = await ask((line) => lines.push(line));
    if (code !== 0) return code;
    const answer = JSON.parse(lines.join("")) as Answer;
    const isGood = answer.problem === null && answer.slot === slot && answer.release === release;
    goodSince = isGood ? Math.min(goodSince, performance.now()) : Infinity;
    if (performance.now() >= goodSince + steadySeconds * 1000) {
      process.stdout.write(`${release} answers from slot ${slot}\n`);
      return 0;
    }
    if (!isGood && performance.now() > deadline) {
      const got = answer.problem ?? `an answer of ${answer.release ?? "nobody"} from slot ${answer.slot ?? "none"}`;
      process.stderr.write(
        `${release}: does not answer from slot ${slot} within ${seconds} s, got ${got}. Fix: look at its logs, or go back with slipway rollback\n`,
      );
      return 1;
    }
    await sleep(lookEveryMs);
  }
}
