import { parseLedger } from "../../../router/ledger-format.ts";
import { emptyLedger, slots, type Ledger, type Slot } from "../../../router/ledger.ts";
import { configPath, journalPath, placeOf, type SimulatedHost } from "./simulated-host.ts";
import { serversOf, shareOf, type SimulatedServer } from "./simulated-proxy.ts";

const slotOf = ({ name }: SimulatedServer): Slot => (name.startsWith("blue-") ? "blue" : "green");

/** Parsing is most of a check's time, and few texts are new. */
const parsed = new Map<string, Ledger | string>();
function readJournal(text: string | null): Ledger | string {
  if (text === null) return emptyLedger;
  let known = parsed.get(text);
  if (known === undefined) {
    try {
      known = parseLedger(text, "journal");
    } catch (error) {
      known = String(error);
    }
    parsed.set(text, known);
  }
  return known;
}

export function ledgerOf(host: SimulatedHost): Ledger {
  const ledger = readJournal(host.disk.read(journalPath));
  return typeof ledger === "string" ? emptyLedger : ledger;
}

/** Looks at a host after each change and remembers what it must not have seen. */
export class Checks {
  readonly violations: string[] = [];
  /** Commands that ended without a word on what came of them. */
  unanswered = 0;
  readonly #host: SimulatedHost;
  /** Slots and releases that have passed a gate, whatever the journal calls them now. */
  readonly #gated = new Set<string>();
  #before: Ledger;
  #promised = { rollout: 0, released: 0, withdrawn: 0 };

  constructor(host: SimulatedHost) {
    this.#host = host;
    this.#before = ledgerOf(host);
    const { rollout, released, withdrawn, running } = this.#before;
    this.#promised = {
      rollout: running ? rollout - 1 : rollout,
      released: Math.min(released, rollout),
      withdrawn: withdrawn.length,
    };
  }

  #must(isSo: boolean, what: string): void {
    if (!isSo && !this.violations.includes(what)) this.violations.push(what);
  }

  /** Must hold in every state, whoever is dead. */
  look(): void {
    const ledger = readJournal(this.#host.disk.read(journalPath));
    if (typeof ledger === "string") {
      this.#must(false, `I5: the journal can't be read, ${ledger}`);
      return;
    }
    const text = this.#host.disk.read(configPath);
    const written = serversOf(text);
    this.#must(text === null || written !== null, "I5: the proxy could not start from its configuration");
    const views = { proxy: this.#host.proxy.isRunning ? this.#host.proxy.servers : null, file: written };
    for (const [view, servers] of Object.entries(views)) if (servers) this.#lookAt(view, servers, ledger);
    this.#lookAtChange(ledger, views.proxy, written ?? []);
    this.#before = ledger;
  }

  #lookAt(view: string, servers: readonly SimulatedServer[], ledger: Ledger): void {
    const { live, running } = ledger;
    const weighted = servers.filter(({ admitted, weight }) => admitted && weight > 0);
    for (const slot of new Set(weighted.map(slotOf))) {
      const isMoving = running?.slot === slot && running.phase !== "gate";
      this.#must(slot === live || isMoving, `I1: ${view} gives weight to ${slot}, neither live nor through the gate`);
      const { release } = this.#host.replicas[slot];
      this.#must(
        release?.id === ledger.slots[slot].release?.id,
        `I1: ${view} gives weight to what the journal does not know`,
      );
    }
    if (running && running.slot !== live && running.phase === "move") {
      const announced = Math.max(running.percent, running.intent ?? 0);
      const share = shareOf(servers, running.slot);
      this.#must(share <= announced + 0.5 || live === null, `I1: ${view} gives more than the journal has announced`);
    }
    if (live === null) return;
    // As wide as the narrower of both releases; one broken replica less while it moves, and all may break in the watch.
    const least = Math.min(...[ledger.slots[live].release, running?.release].map((release) => release?.replicas ?? 8));
    this.#must(weighted.length > 0, `I1: ${view} gives nobody a weight`);
    this.#must(weighted.length >= least, `I1: ${view} gives fewer than ${least} replicas a weight`);
    const isJudgedOneByOne = running?.rolling !== undefined && running.phase === "move";
    const serving = weighted.filter(({ name }) => this.#host.conditionOf(...placeOf(name)) === "well");
    this.#must(!isJudgedOneByOne || serving.length >= least - 1, `I1: ${view} has fewer than n - 1 replicas serve`);
    const gated = running?.rolling?.gated;
    const ungated = servers.filter(({ name, admitted }) => admitted && placeOf(name)[1] > (gated ?? 8));
    this.#must(
      !isJudgedOneByOne || ungated.every((server) => slotOf(server) === live),
      `I1: ${view} lets in a replica that has not passed its gate`,
    );
    for (const slot of new Set(servers.filter(({ admitted }) => admitted).map(slotOf))) {
      const { state, release } = ledger.slots[slot];
      const isSame = this.#host.replicas[slot].release?.id === release?.id;
      // A guard has told the journal already, and the proxy not yet.
      this.#must(isSame || state === "preparing", `I1: ${view} may use what the journal does not know`);
    }
    this.#must(weighted.length > 0, `I1: ${view} gives nobody a weight`);
    const fit = slots.filter((slot) => this.#isFit(slot, ledger));
    const admitted = servers.filter((server) => server.admitted).map(slotOf);
    this.#must(
      fit.length === 0 || fit.some((slot) => admitted.includes(slot)),
      `I1: ${view} shuts out every slot that is well`,
    );
  }

  /** Runs, is well, and has passed a gate. */
  #isFit(slot: Slot, { live, slots: held }: Ledger): boolean {
    const isKnown = slot === live || held[slot].state === "holds" || held[slot].lifeline !== undefined;
    const { release } = this.#host.replicas[slot];
    const isGated = isKnown ? release?.id === held[slot].release?.id : this.#gated.has(`${slot} ${release?.id ?? ""}`);
    return isGated && this.#host.conditionOf(slot) === "well";
  }

  #lookAtChange(ledger: Ledger, proxy: readonly SimulatedServer[] | null, written: readonly SimulatedServer[]): void {
    const { running, last } = ledger;
    const before = this.#before.running;
    this.#lookAtWithdrawn(ledger);
    if (running?.phase === "move") this.#gated.add(`${running.slot} ${running.release.id}`);
    if (running && proxy && running.percent > (before?.rollout === running.rollout ? before.percent : 0)) {
      const share = shareOf(proxy, running.slot);
      this.#must(share >= running.percent - 0.5, "I3: a step is recorded that the proxy has not taken");
    }
    if (last && last.rollout !== this.#before.last?.rollout && last.result === "promoted") {
      const share = Math.max(shareOf(proxy ?? [], last.slot), proxy ? 0 : shareOf(written, last.slot));
      this.#must(share === 100, "I3: promoted without all traffic");
      this.#must(ledger.live === last.slot, "I3: promoted but not live");
    }
  }

  /** What a person took back stays away; nobody lifts that here. */
  #lookAtWithdrawn({ withdrawn, live, slots: held, running, last }: Ledger): void {
    const known = withdrawn.map(({ release }) => release);
    const isKnown = (id: string | undefined) => id !== undefined && known.includes(id);
    this.#must(live === null || !isKnown(held[live].release?.id), "D2: live is withdrawn");
    const isUpdate = running?.kind === "release" || running?.kind === "return";
    this.#must(
      !isUpdate || running.phase === "return" || !isKnown(running.release.id),
      "D2: an update brings it again",
    );
    this.#must(
      this.#before.withdrawn.every(({ release }) => isKnown(release)),
      "D2: a withdrawal is forgotten",
    );
    if (last?.kind !== "rollback" || last.result !== "promoted" || last.rollout === this.#before.last?.rollout) return;
    const { live: was, slots: had } = this.#before;
    const left = was === null ? undefined : had[was].release?.id;
    const isTwin = left === last.release.id;
    this.#must(left === undefined || isTwin || isKnown(left), "D2: a rollback by hand withdraws nothing");
  }

  /** A container is about to be stopped by a plan. */
  stopping(slot: Slot): void {
    const { live } = ledgerOf(this.#host);
    this.#must(slot !== live, `I2: a plan stops live`);
    const servers = [this.#host.proxy.servers, serversOf(this.#host.disk.read(configPath)) ?? []].flat();
    const serves = servers.some((server) => slotOf(server) === slot && server.admitted);
    this.#must(!serves, "I2: a plan stops what the proxy may use");
  }

  /** Must hold at rest. @param wanted version that has to be live by now, null if any may be */
  atRest(wanted: string | null): void {
    const host = this.#host;
    this.look();
    this.#must(host.failure === null, `I4: the controller ended, ${host.failure ?? ""}`);
    const ledger = ledgerOf(host);
    const { live, running } = ledger;
    this.#must(running === null, "I4: a rollout is still running");
    this.#must(JSON.stringify(host.controller?.ledger) === JSON.stringify(ledger), "I4: memory and journal differ");
    this.#must(host.proxy.isRunning, "I4: the proxy does not run");
    if (live === null) {
      this.#must(wanted === null, "I4: nothing is live");
      return;
    }
    for (const [view, servers] of [
      ["proxy", host.proxy.servers],
      ["file", serversOf(host.disk.read(configPath)) ?? []],
    ] as const) {
      this.#must(shareOf(servers, live) === 100, `I4: ${view} does not give live all traffic`);
      const standby = servers.find((server) => slotOf(server) !== live);
      const held = ledger.slots[live === "blue" ? "green" : "blue"];
      const isWarm = held.state === "holds" || held.lifeline !== undefined;
      this.#must(standby?.admitted === isWarm, `I4: ${view} and journal differ on the standby`);
    }
    this.#must(host.conditionOf(live) === "well", "I4: live is not healthy");
    const version = host.replicas[live].release?.version;
    this.#must(ledger.slots[live].release?.version === version, "I4: live is not what the journal says");
    this.#must(wanted === null || version === wanted, `I3: live is not what was wanted`);
  }

  /** A client was told how its rollout ended. */
  told(slot: Slot, version: string, isPromoted: boolean): void {
    const { live, last, running } = ledgerOf(this.#host);
    this.remember();
    const isLive = live === slot && this.#host.replicas[slot].release?.version === version;
    // Another client's rollout may have begun since.
    if (running || last?.release.version !== version) return;
    this.#must(isPromoted === (isLive && last.result === "promoted"), "I3: a client was told an untruth");
  }

  /** A client was told something that the journal must never forget again. */
  remember(): void {
    const { rollout, released, withdrawn } = this.#host.controller?.ledger ?? emptyLedger;
    this.#promised = { rollout, released, withdrawn: withdrawn.length };
  }

  /** @param journal as it would be found after a crash at this instant */
  survives(journal: string | null): void {
    const ledger = readJournal(journal);
    if (typeof ledger === "string") this.#must(false, `I5: the journal can't be read after a crash, ${ledger}`);
    else {
      const { rollout, released, withdrawn } = this.#promised;
      const isKept = ledger.rollout >= rollout && ledger.released >= released && ledger.withdrawn.length >= withdrawn;
      this.#must(isKept, "I5: a crash undoes what a client was told");
    }
  }

  fail(what: string): void {
    this.#must(false, what);
  }
}
