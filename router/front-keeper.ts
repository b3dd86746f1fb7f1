import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { frontFile } from "./behind.ts";
import { Field } from "./field.ts";
import { renderFront, type FrontConfig } from "./front.ts";
import { tagOf } from "./haproxy-config.ts";
import { writeDurably } from "./journal.ts";
import { readServing } from "./ledger-format.ts";
import { otherPlace, Refusal, type Place, type Serving } from "./ledger.ts";
import { placesPath, placeSocket } from "./paths.ts";
import { ask, nullIfAway } from "./runtime-api.ts";

/** Where a front's volumes are. */
export interface FrontFolders {
  /** Its configuration and its proxies' sockets. */
  readonly run: string;
  /** The doors of the stacks behind it. */
  readonly doors: string;
}

/** How long a proxy may take to load a configuration. */
const loadedWithinSeconds = 15;
const lookEveryMs = 100;

const configPath = (run: string) => `${run}/haproxy.cfg`;
const servingPath = (run: string) => `${run}/serving`;
const readable = 0o644;

/** Which proxy serves; null before the first one. */
export async function frontServing({ run }: Pick<FrontFolders, "run">): Promise<Serving | null> {
  const text = await readFile(servingPath(run), "utf8").catch(unlessMissing);
  return text === null ? null : readServing(Field.parse("serving", text));
}

/**
 * Writes what a front does, and has the proxy that serves load it: connections live on where they are, and none is refused. Safe to repeat.
 *
 * @throws Refusal if it does not load it; then it serves on with what it had, and finds that at its next start
 */
export async function keepFront(config: FrontConfig, folders: FrontFolders): Promise<string> {
  const { run, doors } = folders;
  const text = renderFront(config, run, doors);
  const before = await readFile(configPath(run), "utf8").catch(unlessMissing);
  const serving = await frontServing(folders);
  await writeDurably(configPath(run), text, readable);
  if (serving !== null && (await loaded(run, serving.place)) !== tagOf(text)) {
    const problem = await reload(run, serving.place, tagOf(text));
    if (problem !== null) {
      if (before !== null) await writeDurably(configPath(run), before, readable);
      throw new Refusal(
        `front: does not load its configuration, got ${problem}; it serves on with what it had. Fix: docker logs of its proxy says why`,
      );
    }
  }
  // Those behind go by it: only once it is true.
  await writeDurably(frontFile(doors), `${JSON.stringify(config)}\n`, readable);
  return `front: passes on ${Object.keys(config.names).join(", ") || "nothing yet"}`;
}

/** Whether what is in a place may be replaced. @throws Refusal while it serves */
export async function guardFront({ place }: Serving, folders: FrontFolders): Promise<string> {
  if ((await frontServing(folders))?.place !== place) return `front: place ${place} may be replaced`;
  throw new Refusal(
    `front: place ${place} serves; allowed to replace the one in place ${otherPlace(place)}. Fix: run pulumi up again`,
  );
}

/**
 * Lets the proxy in a place take over the listening sockets of the one that serves, which then shuts its door and ends what it has. Safe to
 * repeat.
 *
 * @throws Refusal if it does not come up in time; the old one serves on
 */
export async function switchFront(wish: Serving, folders: FrontFolders): Promise<string> {
  const { run } = folders;
  const { place } = wish;
  const before = await frontServing(folders);
  const tag = tagOf(await readFile(configPath(run), "utf8"));
  const others = before === null || before.place === place ? [] : [before.place];
  await writeDurably(placesPath(run), `${[...others, place].join(" ")}\n`, readable);
  const problem = await until(run, place, tag);
  if (problem !== null) {
    if (others.length > 0) await writeDurably(placesPath(run), `${others.join(" ")}\n`, readable);
    throw new Refusal(
      `front: the proxy in place ${place} does not serve within ${loadedWithinSeconds} s, got ${problem}${others.length > 0 ? "; the other one serves on" : ""}. ` +
        "Fix: docker logs of it says why",
    );
  }
  await writeDurably(servingPath(run), `${JSON.stringify(wish)}\n`, readable);
  await writeDurably(placesPath(run), `${place}\n`, readable);
  for (const other of others) {
    await ask(placeSocket(run, other, "admin"), "shutdown frontend secure;shutdown frontend plain").catch(nullIfAway);
  }
  return `front: the proxy in place ${place} serves`;
}

async function reload(run: string, place: Place, tag: string): Promise<string | null> {
  // One that is away reads the file when it comes back.
  await ask(placeSocket(run, place, "master"), "reload").catch(nullIfAway);
  return until(run, place, tag);
}

/** @returns why the proxy in a place does not run a configuration in time, or null */
async function until(run: string, place: Place, tag: string): Promise<string | null> {
  const deadline = performance.now() + loadedWithinSeconds * 1000;
  for (;;) {
    const now = await loaded(run, place);
    if (now === tag) return null;
    if (performance.now() > deadline) return now === null ? "no answer" : "another configuration than the one written";
    await sleep(lookEveryMs);
  }
}

/** Fingerprint of what the proxy in a place runs; null where it does not answer. */
async function loaded(run: string, place: Place): Promise<string | null> {
  const said = await ask(placeSocket(run, place, "admin"), "show info").catch(nullIfAway);
  return said === null ? null : (/^[Dd]escription: slipway-(\w*)$/m.exec(said)?.[1] ?? "");
}

function unlessMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}
