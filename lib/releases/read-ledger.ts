import * as pulumi from "@pulumi/pulumi";
import { join as joinWords } from "shlex";
import { askHost, type HostAnswer } from "../hosts/ask-host.ts";
import type { HostConnection } from "../hosts/host-connection.ts";
import { holdHost, isHeldCode } from "../hosts/hold-host.ts";
import { emptyLedger, tryLedger, type Ledger } from "./ledger.ts";
import type { HostNames } from "../hosts/naming.ts";

/** Longest that a host may take to tell its ledger, in seconds. */
const timeoutSeconds = 15;
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
  const docker: AskDocker = (...args) =>
    askHost(connection, { text: joinWords(["docker", ...args]), timeoutSeconds, asRoot: isBare });
  const ask = () => docker("exec", controller, "slipway-router", "ledger");
  const held = pulumi.runtime.isDryRun() ? null : await holdHost(connection, { controller, by, asRoot: isBare });
  const asked = held && held.code !== usageCode ? held : await ask();
  if (asked.code === isHeldCode) throw new pulumi.RunError(`slipway:${asked.stderr}`);
  const ledger = asked.code === 0 ? tryLedger(asked.stdout) : undefined;
  if (ledger !== undefined) return ledger;
  const said = asked.stderr || asked.stdout.trim();
  // Also where a stranger has its name, in which there is no such command; and a controller that ends while it is asked says nothing.
  if (
    asked.code === 0 ||
    said === "" ||
    /No such container|is not running|is restarting|is paused|OCI runtime exec failed/i.test(said)
  ) {
    const journal = await readJournal(docker, controller, image);
    if (journal !== undefined) return journal;
  } else if (asked.code === 127 && connection.deployer !== undefined) return emptyLedger;
  const problem = `slipway:host: the rollout controller ${controller} can't be asked, got ${said || "no answer"}`;
  if (pulumi.runtime.isDryRun()) {
    await pulumi.log.warn(`${problem}. This preview goes by the stack's last outputs instead of the host's ledger.`);
    return fallback();
  }
  throw new pulumi.RunError(
    `${problem}; allowed an engine at ${connection.name} that runs it. Fix: start Docker (make up does), or look at \`docker logs ${controller}\``,
  );
}

/** The journal in a volume, the empty one if there is none; undefined if that can't be told. */
async function readJournal(docker: AskDocker, volume: string, image: string): Promise<Ledger | undefined> {
  const found = await docker("volume", "inspect", volume);
  if (/No such volume/i.test(found.stderr)) return emptyLedger;
  const cat = ["--entrypoint", "cat", image, "/journal/journal.json"];
  // Docker may lose the output, or a part of it, of a container that ends at once.
  for (let attempt = 1; attempt <= 5; attempt++) {
    const read = await docker("run", "--rm", "--network=none", `-v=${volume}:/journal:ro`, ...cat);
    const journal = read.code === 0 ? tryLedger(read.stdout) : undefined;
    if (journal !== undefined) return journal;
    if (read.stderr.includes("No such file")) return emptyLedger;
  }
  return undefined;
}

type AskDocker = (...args: string[]) => Promise<HostAnswer>;
