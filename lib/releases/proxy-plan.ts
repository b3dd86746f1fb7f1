import { otherPlace, places, type Place } from "../../router/ledger.ts";
import type { Ledger } from "./ledger.ts";

/** The two permanent places for the proxy on a host. */
export { places, type Place };

/** What one `pulumi up` does about the proxy. */
export interface ProxyPlan {
  /** `none`: the wanted proxy serves. `upgrade`: it goes into the other place and takes over. `first`: none serves yet. */
  readonly action: "none" | "first" | "upgrade";
  /** The place that serves afterwards. */
  readonly target: Place;
  /** Places that this plan does not touch, whatever else changes (invariant I2). */
  readonly frozen: readonly Place[];
}

/**
 * Decides where the wanted proxy goes. Pure.
 *
 * @param serving what the host's controller says; null before any proxy served, undefined where it could not be asked
 * @param wanted id of the proxy that is to serve
 */
export function planProxy(serving: Ledger["proxy"], wanted: string): ProxyPlan {
  if (serving === null) return { action: "first", target: 1, frozen: [] };
  if (serving === undefined) return { action: "none", target: 1, frozen: places };
  const { place, id } = serving;
  if (id === wanted) return { action: "none", target: place, frozen: places };
  return { action: "upgrade", target: otherPlace(place), frozen: [place] };
}
