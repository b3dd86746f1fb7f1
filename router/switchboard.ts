import { createHash } from "node:crypto";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControllerConfig } from "./controller-config.ts";
import { cookieKey } from "./cookie-key.ts";
import { servedCertificate, type ServedCertificate } from "./certificates/certificate.ts";
import { problemPath } from "./tls.ts";
import { InvalidInput } from "./field.ts";
import { renderProxyConfig, tagOf } from "./haproxy-config.ts";
import { journalPath, loadJournal, saveJournal, writeDurably } from "./journal.ts";
import { otherPlace, type Hand, type Ledger, type Place } from "./ledger.ts";
import { accessHash, accessHashFile } from "./access.ts";
import { placeSocket, placesPath, previewSecretFile } from "./paths.ts";
import type { ProxyState } from "./proxy-state.ts";
import { isProxyProblem, Proxy } from "./runtime-api.ts";
import { healthForms, mapOf, mapPath } from "./steering.ts";
import { certificatePath, certificateSources } from "./tls.ts";
import { serverWishes } from "./traffic.ts";
import { condemn, intend, step } from "./transitions.ts";

export interface Folders {
  /** Shared with the proxy: sockets and its configuration. */
  readonly run: string;
  /** The controller's own: the journal. */
  readonly state: string;
  /** The controller's secret files. */
  readonly secrets: string;
}

const pageFile = "maintenance.html";

/**
 * A reload that did not help is not repeated before this time, twice as long after each one, while nobody waits for it: HAProxy stops
 * listening for two seconds where it can't have a port, in the hope that its own old process is in the way.
 */
const reloadEveryMs = 30_000;
const mostDoublings = 7;
/** @param reloads so many in a row did not help */
export const reloadAgainMs = (reloads: number): number =>
  reloadEveryMs * 2 ** Math.min(mostDoublings, Math.max(0, reloads - 1));

/**
 * Where journal and proxy meet: the only place that changes either, one change at a time.
 *
 * What must never happen here: the proxy is given more traffic for a slot than the journal has announced.
 */
export class Switchboard {
  readonly proxy: Proxy;
  /** Is told every change of the ledger, once it holds. Must neither throw nor wait. */
  onChange: (ledger: Ledger) => void = () => undefined;
  readonly #config: ControllerConfig;
  readonly #cookieKey: string;
  readonly #folders: Folders;
  readonly #say: (line: string) => void;
  #ledger: Ledger;
  #written = "";
  #places = "";
  /** The other place, while the proxy in it is to take over. */
  #invited: Place | null = null;
  #map = "";
  #tail: Promise<unknown> = Promise.resolve();
  #reloadedAt = -Infinity;
  /** In a row, that did not help. */
  #reloads = 0;

  private constructor(
    config: ControllerConfig,
    folders: Folders,
    say: (line: string) => void,
    { ledger, key }: { readonly ledger: Ledger; readonly key: string },
  ) {
    this.#config = config;
    this.#folders = folders;
    this.#say = say;
    this.#ledger = ledger;
    this.#cookieKey = key;
    this.proxy = new Proxy(folders.run, () => this.#ledger.proxy?.place ?? 1);
  }

  /** Loads the journal and writes the proxy's configuration from it. @throws InvalidInput if the journal can't be understood */
  static async open(config: ControllerConfig, folders: Folders, say: (line: string) => void): Promise<Switchboard> {
    const ledger = await loadJournal(folders.state);
    const board = new Switchboard(config, folders, say, { ledger, key: await cookieKey(folders.state) });
    board.#written = await readFile(board.#configPath, "utf8").catch(() => "");
    board.#refuseToForget();
    await board.#writeConfig(board.#ledger);
    return board;
  }

  /** A lost journal would take the traffic from whoever is live. */
  #refuseToForget(): void {
    const serving = /^ {2}server (\S+) \S+ weight [1-9]/m.exec(this.#written)?.[1];
    if (this.#ledger.rollout > 0 || serving === undefined) return;
    throw new InvalidInput(
      `${journalPath(this.#folders.state)}: missing, but the proxy gives traffic to ${serving}; allowed both or neither. ` +
        `Fix: restore the journal, or remove ${this.#configPath} to start as a new host`,
    );
  }

  get ledger(): Ledger {
    return this.#ledger;
  }

  /**
   * Journal first, then the proxy.
   *
   * @throws ProxyProblem after the journal was written; `reconcile` will bring the proxy along
   */
  change(transition: (ledger: Ledger) => Ledger): Promise<void> {
    return this.#exclusive(async () => {
      await this.#commit(transition(this.#ledger));
      await this.#apply(this.#ledger);
    });
  }

  /** One step up: intent to journal, weights to the proxy and read back, step to journal. @throws ProxyProblem if not confirmed */
  shift(percent: number): Promise<void> {
    return this.#exclusive(async () => {
      const intended = intend(this.#ledger, percent);
      await saveJournal(this.#folders.state, intended);
      this.#ledger = intended;
      const taken = step(intended);
      await this.#apply(taken);
      await this.#commit(taken);
    });
  }

  /** Takes all traffic from the new slot at once; a full disk must not keep it there, so proxy and journal go side by side. */
  retreat(reason: string, hand?: Hand): Promise<void> {
    return this.#exclusive(async () => {
      const condemned = condemn(this.#ledger, reason, hand);
      this.#ledger = condemned;
      await Promise.allSettled([this.#apply(condemned), this.#commit(condemned)]);
      this.onChange(condemned);
    });
  }

  /** Makes proxy and files agree with the journal again, whoever was restarted. @throws ProxyProblem */
  reconcile(): Promise<void> {
    return this.#exclusive(async () => {
      const changed = await this.#apply(this.#ledger);
      await this.#writeConfig(this.#ledger);
      if (changed > 0) this.#say(`proxy: ${changed} servers differed from the journal and were set again`);
      if (this.#ledger.running === null) await this.#reloadIfOutdated();
      if (this.#invited === null) await this.#shutOther();
    });
  }

  /** Lets a proxy run in the other place too: it takes the listening socket over and serves beside the one that does. */
  invite(place: Place): Promise<void> {
    return this.#exclusive(async () => {
      this.#invited = place === this.proxy.serving ? null : place;
      await this.#writePlaces(this.#ledger);
    });
  }

  /** Takes an invitation back, followed or not; the next `reconcile` shuts the door of whoever does not serve. */
  uninvite(): Promise<void> {
    return this.#exclusive(async () => {
      this.#invited = null;
      await this.#writePlaces(this.#ledger);
    });
  }

  /** Makes the proxy in a place equal to the journal. @throws ProxyProblem */
  equalise(place: Place): Promise<ProxyState> {
    return this.#exclusive(async () => {
      await this.proxy.applyTo(place, serverWishes(this.#config, this.#ledger), mapOf(this.#config, this.#ledger));
      return this.proxy.state(place);
    });
  }

  /** What HTTPS is served with, and why renewing it fails; null while there is none. */
  async certificate(): Promise<(ServedCertificate & { readonly problem: string | null }) | null> {
    const { tls } = this.#config;
    if (tls === null) return null;
    const served = await servedCertificate(this.#folders.run, tls.source);
    const problem =
      tls.source === "acme" ? await readFile(problemPath(this.#folders.run), "utf8").catch(() => null) : null;
    return served && { ...served, problem };
  }

  /** The serving proxy's socket for whoever asks what everybody gets. */
  get answerSocket(): string {
    return placeSocket(this.#folders.run, this.proxy.serving, "answer");
  }

  /** Why the proxy does not run what was written for it; null if it does. @throws ProxyProblem */
  async outdated(): Promise<string | null> {
    return this.outdatedIn(await this.proxy.state());
  }

  /** The same, of a proxy that was asked just now. */
  outdatedIn({ tag }: Pick<ProxyState, "tag">): string | null {
    return tag === tagOf(this.#written) ? null : "the proxy has not loaded the configuration that was written for it";
  }

  /** Somebody begins to wait for the proxy to load what was written for it: who just began, has had a try already. */
  hurry(): void {
    if (performance.now() - this.#reloadedAt > 2 * reloadEveryMs) this.#reloads = 0;
  }

  /** There is one only after an upgrade, or if that was cut off. */
  async #shutOther(): Promise<void> {
    const isOpen = await this.proxy.othersDoorIsOpen().catch((error: unknown) => {
      if (isProxyProblem(error)) return false;
      throw error;
    });
    if (!isOpen) return;
    await this.proxy.shutOther();
    const { serving } = this.proxy;
    this.#say(`proxy in place ${serving}: serves; the one in place ${otherPlace(serving)} only ends what it has`);
  }

  async #reloadIfOutdated(): Promise<void> {
    const { tag } = await this.proxy.state();
    if (tag === tagOf(this.#written)) {
      this.#reloads = 0;
      return;
    }
    if (performance.now() - this.#reloadedAt < reloadAgainMs(this.#reloads)) return;
    this.#reloadedAt = performance.now();
    this.#reloads += 1;
    this.#say("proxy: runs an older configuration, reloading it");
    await this.proxy.reload();
  }

  async #commit(ledger: Ledger): Promise<void> {
    await saveJournal(this.#folders.state, ledger);
    this.#ledger = ledger;
    this.onChange(ledger);
    await this.#writeConfig(ledger);
  }

  async #apply(ledger: Ledger): Promise<number> {
    return this.proxy.apply(serverWishes(this.#config, ledger), mapOf(this.#config, ledger));
  }

  get #configPath(): string {
    return join(this.#folders.run, "haproxy.cfg");
  }

  /** A proxy that restarts alone comes up with these weights. */
  async #writeConfig(ledger: Ledger): Promise<void> {
    const map = [...mapOf(this.#config, ledger)].map(([key, value]) => `${key} ${value}\n`).join("");
    if (map !== this.#map) await writeDurably(mapPath(this.#folders.run), map);
    this.#map = map;
    await this.#writePlaces(ledger);
    const wishes = serverWishes(this.#config, ledger);
    const text = renderProxyConfig(this.#config, wishes, this.#folders.run, {
      certificate: await this.#certificate(),
      cookieKey: this.#cookieKey,
      previewHash: await this.#previewHash(),
      forms: healthForms(this.#config, ledger),
      page: await this.#page(),
      accessHash: await this.#accessHash(),
    });
    if (text === this.#written) return;
    await writeDurably(this.#configPath, text);
    this.#written = text;
  }

  /** What users see while the service is closed, from now on and the next time too. */
  keepPage(text: string): Promise<void> {
    return this.#exclusive(() => writeDurably(join(this.#folders.state, pageFile), text));
  }

  /** The page as proxies read it, which may have lost it with their volume. */
  async #page(): Promise<{ path: string; hash: string } | null> {
    const text = await readFile(join(this.#folders.state, pageFile), "utf8").catch(() => "");
    if (text === "") return null;
    const path = join(this.#folders.run, pageFile);
    if ((await readFile(path, "utf8").catch(() => "")) !== text) await writeDurably(path, text);
    return { path, hash: createHash("sha256").update(text).digest("hex").slice(0, 16) };
  }

  /** Read each time, as an update may write another. */
  async #previewHash(): Promise<string | null> {
    if (this.#config.preview === null) return null;
    const secret = await readFile(join(this.#folders.secrets, previewSecretFile), "utf8").catch(() => "");
    return secret.trim() === "" ? null : createHash("sha256").update(secret.trim()).digest("hex");
  }

  async #accessHash(): Promise<string | null> {
    if (this.#config.access?.password == null) return null;
    const hash = await readFile(join(this.#folders.secrets, accessHashFile), "utf8").catch(() => "");
    return accessHash.test(hash) ? hash : null;
  }

  /** The certificate to serve; while there is none of the wanted source, what was served before stays. */
  async #certificate(): Promise<string | null> {
    const { tls } = this.#config;
    const sources = tls === null ? [] : [tls.source, ...certificateSources];
    for (const source of sources) {
      const path = certificatePath(this.#folders.run, source);
      if (await isThere(path)) return path;
    }
    return null;
  }

  async #writePlaces({ proxy }: Ledger): Promise<void> {
    const invited = this.#invited === null ? "" : ` ${this.#invited}`;
    const text = `${proxy?.place ?? 1}${invited}\n`;
    if (text === this.#places) return;
    await writeDurably(placesPath(this.#folders.run), text);
    this.#places = text;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
