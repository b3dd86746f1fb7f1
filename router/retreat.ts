import { setTimeout as sleep } from "node:timers/promises";
import type { ControllerConfig } from "./controller-config.ts";
import { otherSlot, Refusal, type Ledger } from "./ledger.ts";
import { probe, type ProbeTarget } from "./probe.ts";
import type { ProxyState } from "./proxy-state.ts";
import { nullIfAway, type Proxy } from "./runtime-api.ts";
import { slotTargets } from "./traffic.ts";

const lookEveryMs = 100;

/**
 * The last stretch of the way back: whether the old slot can take the traffic, waiting for it for `gateSeconds` at most.
 *
 * What must never happen here: a rejected slot is put away while it is the only one that answers. The proxy serves from it, as the
 * spare, for as long as this waits; and if the wait was in vain, the journal keeps it admitted as a lifeline.
 *
 * @param say is told once if there is something to wait for
 */
export async function oldSlotServes(
  config: ControllerConfig,
  proxy: Proxy,
  ledger: Ledger,
  say: (line: string) => void,
): Promise<boolean> {
  const { live, running } = ledger;
  const release = live && ledger.slots[live].release;
  // The first release of all has nothing to go back to, and nobody has relied on it yet.
  if (!live || !release) return true;
  const targets = slotTargets(config, live, release);
  const { gateSeconds, timeoutMs } = config.health;
  const deadline = performance.now() + gateSeconds * 1000;
  let isSaid = false;
  for (;;) {
    const seen = await proxy.state().catch(nullIfAway);
    // The proxy's view counts, for it gives the traffic; the probe, because a check may be older than a death.
    const usable = targets.filter(({ name }) => !seen || isServing(seen.servers.get(name)));
    const rules = { timeoutMs, version: release.version };
    const answers = await Promise.all(usable.map((target) => probe(target, rules)));
    if (answers.some(({ healthy }) => healthy)) return true;
    if (performance.now() >= deadline) return false;
    if (!isSaid) {
      say(
        `${live} is down: ${running?.slot ?? "the new slot"} serves on until it is back (waiting at most ${gateSeconds} s)`,
      );
    }
    isSaid = true;
    await sleep(lookEveryMs);
  }
}

/** Up by a check that really took place. */
export const isServing = (server: { readonly status: string; readonly checked: boolean } | undefined): boolean =>
  server?.status === "up" && server.checked;

/**
 * A standby of which the proxy sees no replica is not tried: it would be waited for as long as a new release, then rejected, and its
 * containers not made anew.
 *
 * @param seen null where the proxy is away: then it is tried
 * @throws Refusal
 */
export function refuseGone(seen: ProxyState | null, targets: readonly ProbeTarget[]): void {
  const standby = targets.map(({ name }) => seen?.servers.get(name));
  const down = standby.flatMap((server) => (server?.status === "down" ? [`${server.name} (${server.check})`] : []));
  if (down.length < standby.length) return;
  throw new Refusal(
    `rollback: the standby does not answer, got ${down.join(", ")}. Fix: slipway status says what is missing; pulumi up makes it ` +
      "anew and changes nothing else, then slipway rollback again",
  );
}

/** Only to a certain release. @param to its version or id @throws Refusal where a way back leads somewhere else */
export function refuseElsewhere({ live, running, slots }: Ledger, to: string): void {
  const isWayBack = running?.kind === "rollback" || running?.kind === "undo";
  const back = isWayBack ? running.release : live && slots[running ? live : otherSlot(live)].release;
  if (back?.id === to || back?.version === to) return;
  throw new Refusal(
    `rollback: does not lead to ${to}, got ${back?.id ?? "no standby"}; allowed that one. ` +
      "Fix: slipway rollout list says how to get to any other",
  );
}
