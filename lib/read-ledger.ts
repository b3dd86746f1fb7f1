import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { docker } from "./docker-cli.ts";
import { emptyLedger, parseLedger, slotOutput, type Ledger } from "./ledger.ts";
import type { HostNames } from "./naming.ts";

/** Longest that a host may take to tell its ledger, in ms. */
const timeoutMs = 15_000;

/**
 * Asks the host's rollout controller for its ledger, one round trip.
 *
 * Where somebody removed the controller, its journal is read from the volume; a host without that has had no release. A preview that
 * can't reach the host falls back on the stack's last outputs and says so.
 *
 * @param image an image on the host that has `cat`
 * @throws pulumi.RunError when an update can't know what the slots hold: it must not guess
 */
export async function readLedger(dockerHost: string, names: HostNames, image: string): Promise<Ledger> {
  const controller = names.part("controller");
  const asked = await docker(dockerHost, ["exec", controller, "slipway-router", "ledger"], timeoutMs);
  if (asked.ok) return parseLedger(asked.stdout);
  if (/No such container/i.test(asked.stderr)) {
    const journal = await readJournal(dockerHost, controller, image);
    if (journal !== undefined) return journal;
  }
  const problem = `slipway:host: the rollout controller ${controller} can't be asked, got ${asked.stderr}`;
  if (pulumi.runtime.isDryRun()) {
    await pulumi.log.warn(`${problem}. This preview goes by the stack's last outputs instead of the host's ledger.`);
    return ledgerFromOutputs();
  }
  throw new pulumi.RunError(
    `${problem}; allowed an engine at ${dockerHost} that runs it. Fix: start Docker (make up does), or look at \`docker logs ${controller}\``,
  );
}

/** The journal in a volume, the empty one if there is none; undefined if that can't be told. */
async function readJournal(dockerHost: string, volume: string, image: string): Promise<Ledger | undefined> {
  const found = await docker(dockerHost, ["volume", "inspect", volume], timeoutMs);
  if (/No such volume/i.test(found.stderr)) return emptyLedger;
  const cat = ["--entrypoint", "cat", image, "/journal/journal.json"];
  const read = await docker(
    dockerHost,
    ["run", "--rm", "--network=none", `-v=${volume}:/journal:ro`, ...cat],
    timeoutMs,
  );
  if (read.ok) return parseLedger(read.stdout);
  return read.stderr.includes("No such file") ? emptyLedger : undefined;
}

const outputs = z.object({ live: slotOutput, standby: slotOutput });

async function ledgerFromOutputs(): Promise<Ledger> {
  const self = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`);
  const [live, standby] = await Promise.all([self.getOutputDetails("live"), self.getOutputDetails("standby")]);
  const known = outputs.safeParse({ live: live.value as unknown, standby: standby.value as unknown });
  if (!known.success) return emptyLedger;
  const slots = { ...emptyLedger.slots };
  for (const { slot, release, version } of [known.data.live, known.data.standby]) {
    const held = { id: release, version, image: "unknown", fingerprint: "unknown", replicas: 1 };
    slots[slot] = { release: held, state: "holds" };
  }
  return { ...emptyLedger, proxy: undefined, live: known.data.live.slot, slots };
}
