import { setTimeout as sleep } from "node:timers/promises";

/** What came of a load. */
export interface LoadResult {
  readonly requests: number;
  /** What each failed request got, without repetitions: `status 503`, `ECONNREFUSED`. */
  readonly failures: readonly string[];
  readonly failed: number;
}

const clients = 4;
const pauseMs = 25;
const limitMs = 30_000;

/** A small load, some 100 requests a second, until it is stopped: every request has to be answered, and not with a server's error. */
export function startLoad(url: string): { readonly stop: () => Promise<LoadResult> } {
  const stopped = new AbortController();
  const failures: string[] = [];
  let requests = 0;
  const client = async () => {
    for (;;) {
      // One more after the end: what came of it answers too.
      const isLast = stopped.signal.aborted;
      const failure = await failureOf(url);
      requests += 1;
      if (failure !== undefined) failures.push(failure);
      if (isLast) return;
      await sleep(pauseMs);
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    stop: async () => {
      stopped.abort();
      await running;
      return { requests, failed: failures.length, failures: [...new Set(failures)] };
    },
  };
}

/** Sends one request. @returns what it got where that is a failure */
export async function failureOf(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(limitMs) });
    await answer.body?.cancel();
    return answer.status < 500 ? undefined : `status ${answer.status}`;
  } catch (error) {
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    return cause?.code ?? "no answer";
  }
}
