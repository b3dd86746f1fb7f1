import * as pulumi from "@pulumi/pulumi";
import type { HostConnection } from "../hosts/host-connection.ts";
import { holdHost, isHeldCode } from "../hosts/hold-host.ts";
import { askController, dockerOn, ledgerIn, saidBy } from "./ask-ledger.ts";
import { emptyLedger, type Ledger } from "./ledger.ts";
import type { HostNames } from "../hosts/naming.ts";
import { toolchainCommand } from "../folders.ts";

/** Exit code of a controller that is older than `hold`: this update replaces it. */
const usageCode = 2;

/** What is known of a host whose ledger is asked for. */
export interface LedgerArgs {
  /** The user who deploys is not there yet: the one who prepares the host asks. */
  readonly isBare: boolean;
  /** Who holds the host while it is updated. */
  readonly by: string;
  /** What a preview goes by when the host can't be asked. */
  readonly fallback: () => Promise<Ledger>;
}

/**
 * Asks the host's rollout controller for its ledger, one round trip. An update holds the host with it until it is over.
 *
 * Where somebody removed the controller, its journal is read from the volume; a host without that has had no release.
 *
 * @param image an image on the host that has `cat`
 * @throws pulumi.RunError when another update has the host, or this one can't know what the slots hold: it must not guess
 */
export async function readLedger(
  connection: HostConnection,
  names: HostNames,
  image: string,
  { isBare, by, fallback }: LedgerArgs,
): Promise<Ledger> {
  const controller = names.part("controller");
  const docker = dockerOn(connection, isBare);
  const held = pulumi.runtime.isDryRun() ? null : await holdHost(connection, { controller, by, asRoot: isBare });
  const asked = held && held.code !== usageCode ? held : await docker(...askController(controller));
  if (asked.code === isHeldCode) throw new pulumi.RunError(`slipway:${asked.stderr}`);
  const ledger = await ledgerIn(asked, docker, controller, image);
  if (ledger !== undefined) return ledger;
  const said = saidBy(asked);
  if (asked.code === 127 && connection.deployer !== undefined) return emptyLedger;
  const problem = `slipway:host: the rollout controller ${controller} can't be asked, got ${said || "no answer"}`;
  if (pulumi.runtime.isDryRun()) {
    await pulumi.log.warn(`${problem}. This preview goes by the stack's last outputs instead of the host's ledger.`);
    return fallback();
  }
  throw new pulumi.RunError(
    `${problem}; allowed an engine at ${connection.name} that runs it. Fix: start Docker (${toolchainCommand("up")} does), or look at \`docker logs ${controller}\``,
  );
}
