import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { emptyLedger, slotOutput, type Ledger } from "./ledger.ts";

const outputs = z.object({ live: slotOutput, standby: slotOutput });

/**
 * The ledger as far as the stack's last outputs tell it: what was true when the last update ended.
 *
 * @param replicas what the outputs don't tell
 */
export async function ledgerFromOutputs(replicas: number): Promise<Ledger> {
  const self = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`);
  const [live, standby] = await Promise.all([self.getOutputDetails("live"), self.getOutputDetails("standby")]);
  const known = outputs.safeParse({ live: live.value as unknown, standby: standby.value as unknown });
  if (!known.success) return emptyLedger;
  const slots = { ...emptyLedger.slots };
  for (const { slot, release, version, image } of [known.data.live, known.data.standby]) {
    const held = { id: release, version, image, fingerprint: "unknown", replicas };
    slots[slot] = { release: held, state: "holds" };
  }
  return { ...emptyLedger, proxy: undefined, live: known.data.live.slot, slots };
}
