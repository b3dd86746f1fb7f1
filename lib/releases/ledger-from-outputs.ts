import { z } from "zod";
import { lastOutput } from "../own-state.ts";
import type { ReleasesSettings } from "./schema.ts";
import { places } from "../../router/ledger.ts";
import { emptyLedger, slotOutput, type Ledger } from "./ledger.ts";

const proxy = z.object({ place: z.literal(places), id: z.string() });
const outputs = z.object({ live: slotOutput, standby: slotOutput.nullish(), proxy: proxy.optional() });

/**
 * A host's ledger as far as the stack's last outputs tell it: what was true when the last update ended.
 *
 * @param host its name, if it is not the first one
 * @param settings what the outputs don't tell
 */
export async function ledgerFromOutputs(
  host: { readonly name?: string },
  { replicas }: Pick<ReleasesSettings, "replicas">,
): Promise<Ledger> {
  const [live, standby, proxy, hosts] = await Promise.all(["live", "standby", "proxy", "hosts"].map(lastOutput));
  const others = z.record(z.string(), z.unknown()).catch({}).parse(hosts);
  const known = outputs.safeParse(host.name === undefined ? { live, standby, proxy } : others[host.name]);
  if (!known.success) return emptyLedger;
  const slots = { ...emptyLedger.slots };
  for (const { slot, release, version, image } of [known.data.live, known.data.standby ?? []].flat()) {
    const held = { id: release, version, image, fingerprint: "", replicas };
    slots[slot] = { release: held, state: "holds" };
  }
  return { ...emptyLedger, proxy: known.data.proxy, live: known.data.live.slot, slots };
}
