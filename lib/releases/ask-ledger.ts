import { join as joinWords } from "shlex";
import { askHost, type HostAnswer } from "../hosts/ask-host.ts";
import type { HostConnection } from "../hosts/host-connection.ts";
import { emptyLedger, tryLedger, type Ledger } from "./ledger.ts";

/** Longest that a host may take to tell its ledger, in seconds. */
const timeoutSeconds = 15;

/**
 * What a host's ledger says, for who only looks: nobody is held up.
 *
 * @param image an image on the host that has `cat`
 * @returns undefined where it can't be told
 */
export async function lookInLedger(
  connection: HostConnection,
  controller: string,
  image: string,
): Promise<Ledger | undefined> {
  const docker = dockerOn(connection, false);
  return ledgerIn(await docker(...askController(controller)), docker, controller, image);
}

/** Asks Docker on a host. */
export type AskDocker = (...args: string[]) => Promise<HostAnswer>;

export const dockerOn =
  (connection: HostConnection, asRoot: boolean): AskDocker =>
  (...args) =>
    askHost(connection, { text: joinWords(["docker", ...args]), timeoutSeconds, asRoot });

export const askController = (controller: string) => ["exec", controller, "slipway-router", "ledger"];
export const saidBy = ({ stderr, stdout }: HostAnswer): string => stderr || stdout.trim();

/** What a controller answered, or, where there is none that could answer, what its journal says. */
export async function ledgerIn(asked: HostAnswer, docker: AskDocker, controller: string, image: string) {
  const ledger = asked.code === 0 ? tryLedger(asked.stdout) : undefined;
  if (ledger !== undefined) return ledger;
  const said = saidBy(asked);
  // Also where a stranger has its name, in which there is no such command; and a controller that ends while it is asked says nothing.
  const isAway = /No such container|is not running|is restarting|is paused|OCI runtime exec failed/i;
  return asked.code === 0 || said === "" || isAway.test(said) ? readJournal(docker, controller, image) : undefined;
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
