import { setTimeout as sleep } from "node:timers/promises";
import { serves } from "./fallback.ts";
import { otherPlace, Refusal, type Ledger, type Place, type Serving } from "./ledger.ts";
import { isProxyProblem } from "./runtime-api.ts";
import type { Switchboard } from "./switchboard.ts";

const lookEveryMs = 100;

/** Whether what is in a place may be replaced. @throws Refusal while it serves */
export function guardProxy({ proxy, live }: Ledger, { place }: Serving): void {
  // Before the first release nobody is served.
  if (proxy?.place !== place || live === null) return;
  throw new Refusal(
    `proxy in place ${place}: serves; allowed to replace the one in place ${otherPlace(place)}. Fix: run pulumi up again`,
  );
}

/** The place serves from now on. */
export const handedOver = (ledger: Ledger, { place, id }: Serving): Ledger => ({ ...ledger, proxy: { place, id } });

/**
 * Lets the proxy in a place take over from the one that serves: both share one listening socket until the new one is equal to the
 * journal and sees the live slot healthy, then the old one shuts its door and only ends what it has. Safe to repeat.
 *
 * What must never happen here: the old one shuts its door before the new one can serve. If that does not come to be, the new one goes.
 *
 * @param upWithinSeconds how long it may take to come up and to see the live slot healthy
 * @throws Refusal if the new one is not fit in time; the old one serves on
 */
export async function* handOver(board: Switchboard, wish: Serving, upWithinSeconds: number): AsyncGenerator<string> {
  const { place } = wish;
  yield `proxy in place ${place}: waiting for it to take over (at most ${upWithinSeconds} s)`;
  await board.invite(place);
  try {
    const deadline = performance.now() + upWithinSeconds * 1000;
    for (let problem = await problemOf(board, place); problem !== null; problem = await problemOf(board, place)) {
      if (performance.now() > deadline) {
        throw new Refusal(
          `proxy in place ${place}: can't take over, got ${problem}; the one in place ${board.proxy.serving} serves on. ` +
            `Fix: docker logs of the proxy says why`,
        );
      }
      await sleep(lookEveryMs);
    }
    await board.change((ledger) => handedOver(ledger, wish));
  } finally {
    await board.uninvite();
  }
  await board.reconcile();
}

/** @returns what is missing for the proxy in the place to serve, or null */
async function problemOf(board: Switchboard, place: Place): Promise<string | null> {
  try {
    const state = await board.equalise(place);
    const { live } = board.ledger;
    return live === null || serves(state, live) ? null : `no healthy server of ${live} in it`;
  } catch (error) {
    if (isProxyProblem(error)) return error.message;
    throw error;
  }
}
