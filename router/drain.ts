import { setTimeout as sleep } from "node:timers/promises";
import type { Ledger } from "./ledger.ts";
import type { Proxy } from "./runtime-api.ts";

const lookEveryMs = 100;
const reportEveryMs = 10_000;

/**
 * Waits until a slot, or one server of it, is drained: no request and no stream (WebSocket, server-sent events) is left in it, in no process of the proxy,
 * or `drainSeconds` have passed since it lost its traffic. Until then it stays admitted and warm: nothing here cuts anything, and
 * new sessions come from testers and fall-backs only.
 *
 * @param last the rollout that took its traffic. @default it loses it now
 * @param now the wall clock, in ms
 * @throws ProxyProblem if the proxy does not say what is left
 */
export async function* drained(
  proxy: Pick<Proxy, "openSessions">,
  { last }: Pick<Ledger, "last">,
  slot: string,
  drainSeconds: number,
  now: () => number = Date.now,
): AsyncGenerator<string> {
  const limitMs = drainSeconds * 1000;
  // A clock that was set back must not make it longer.
  const goneMs = last ? Math.max(0, now() - Date.parse(last.endedAt)) : 0;
  const deadline = performance.now() + Math.max(0, limitMs - goneMs);
  let reportAt = -Infinity;
  for (;;) {
    const open = await proxy.openSessions(slot);
    if (open === 0) return;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) {
      yield `${slot}: ${open} requests or streams did not end within ${drainSeconds} s, and are cut with it`;
      return;
    }
    if (performance.now() >= reportAt) {
      yield `${slot}: waiting for ${open} requests or streams to end (at most ${Math.ceil(leftMs / 1000)} s)`;
      reportAt = performance.now() + reportEveryMs;
    }
    await sleep(Math.min(lookEveryMs, leftMs));
  }
}
