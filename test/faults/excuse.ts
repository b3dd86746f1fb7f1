import type { Failure } from "../support/load/closed-loop.ts";

/** Something was killed; `back` is when it worked again. */
export interface Outage {
  readonly target: string;
  readonly at: number;
  /** See `Kill`. */
  readonly struck: number;
  /** See `Kill`. */
  readonly wasAlone: boolean;
  back: number;
}

/** How long after an instant its consequences may show in an answer. */
const echoMs = 1_000;
/** How long the kernel may take to close the sockets of a process that was killed. */
const dyingMs = 200;

/**
 * Why a failure can't be held against anybody, or null.
 *
 * With the proxy or its machine gone nobody can answer until it is back. A request that was on its way to a replica when that was killed is
 * lost, whatever its method: it may be the reason, so the proxy does not send it to the next one.
 */
export function excuseOf({ begun, ended }: Failure, outages: readonly Outage[], liveRestore: boolean): string | null {
  const over = outages.filter(({ at, back }) => begun <= back + echoMs && ended >= at);
  if (over.some(({ target }) => target === "host")) return "the machine had no power";
  if (!liveRestore && over.some(({ target }) => target === "dockerd")) return "Docker took its containers along";
  if (over.some(({ target }) => target === "proxy")) return "the proxy was gone";
  if (over.some(({ target, wasAlone }) => target === "slot" && wasAlone)) return "no slot was left";
  if (over.some(({ target, struck }) => target === "slot" && begun <= struck + dyingMs)) {
    return "on its way to a killed replica";
  }
  return null;
}
