import { Checks, ledgerOf } from "./simulated-checks.ts";
import {
  evenPace,
  journalPath,
  keyOf,
  SimulatedHost,
  type Behaviour,
  type HostState,
  type Pace,
  type Widths,
} from "./simulated-host.ts";
import { enter } from "./simulated-node.ts";
import { SimulatedProxy } from "./simulated-proxy.ts";
import { up } from "./simulated-pulumi.ts";

/** Something that is done on a host, and what has to come of it. */
export interface Scenario {
  readonly name: string;
  /** Versions that were released before, one after the other. */
  readonly before: readonly string[];
  readonly behaviour: Behaviour;
  /** Given, releases roll. */
  readonly widths?: Widths;
  /** Starts what clients do. */
  readonly act: (host: SimulatedHost, checks: Checks) => Promise<unknown>;
  /** Version that is live in the end; null where that depends on how far it came. */
  readonly ends: string | null;
  /** What is wanted after a crash, until it is live or was judged. */
  readonly then: string;
}

export interface Outcome {
  readonly violations: readonly string[];
  /** Commands that ended without a word. */
  readonly unanswered: number;
  /** Changes of anything that outlives a crash. */
  readonly changes: number;
  /** Events: the instants at which a message can come in. */
  readonly steps: number;
  readonly host: SimulatedHost;
}

/** Virtual ms without a change after which nothing more happens; longer than anything in the router waits between two tries. */
const quietMs = 1_200;
/** A rollout that waits for everything it may wait for takes less. */
const longestMs = 600_000;

export interface Hooks {
  readonly onChange?: (host: SimulatedHost, changes: number, checks: Checks) => void;
  /** Another client, and the event after which it comes. */
  readonly second?: { readonly after: number; readonly act: Scenario["act"] };
  readonly prepare?: (host: SimulatedHost) => void;
  readonly pace?: Pace;
}

/** Whether the scenario's clients act, and whether its wish is repeated with `pulumi up` until it is fulfilled or judged. */
export interface Course {
  readonly acts: boolean;
  readonly repeats: boolean;
}
export const planned: Course = { acts: true, repeats: false };
/** Somebody may be refused on the way; the next one gets through. */
export const disturbed: Course = { acts: true, repeats: true };
/** Whoever asked for it died too. */
export const afterCrash: Course = { acts: false, repeats: true };

/** Boots the controller on a state and lets everything go on until nothing does. */
export async function play(
  state: HostState,
  { behaviour, act, ends, then, widths }: Scenario,
  { acts, repeats }: Course,
  { onChange, second, prepare, pace = evenPace }: Hooks = {},
): Promise<Outcome> {
  const host = new SimulatedHost(state, behaviour, pace, widths);
  prepare?.(host);
  const checks = new Checks(host);
  let [changes, steps, clients] = [0, 0, 0];
  host.onChange = () => {
    changes++;
    checks.look();
    onChange?.(host, changes, checks);
  };
  enter(host);
  void host.boot();
  const client = (work: () => Promise<unknown>) => {
    clients++;
    void work().finally(() => clients--);
  };
  const isBusy = () =>
    host.failure === null &&
    (!host.controller ||
      !host.proxy.isRunning ||
      clients > 0 ||
      ledgerOf(host).running !== null ||
      host.clock.now - host.changedAt < quietMs);
  const rest = async () => {
    while (isBusy() && checks.violations.length === 0) {
      if (!(await host.clock.step()) || host.clock.now > longestMs) {
        checks.fail("I4: does not come to rest");
        return;
      }
      if (steps++ === second?.after) client(() => second.act(host, checks));
    }
  };
  if (acts) {
    // The daemon answers once it has read its journal.
    while (!host.controller && host.failure === null) await host.clock.step();
    client(() => act(host, checks));
  }
  await rest();
  checks.atRest(repeats ? null : ends);
  const isDone = () => {
    const { live, slots, rejected } = ledgerOf(host);
    const isLive = live !== null && slots[live].release?.version === then;
    return isLive || (then !== ends && rejected.some(({ release }) => release.version === then));
  };
  for (let tries = 0; repeats && !isDone() && tries < 3 && checks.violations.length === 0; tries++) {
    client(() => up(host, checks, then));
    await rest();
    checks.atRest(null);
  }
  if (repeats) checks.atRest(ends);
  host.owner = null;
  return { violations: checks.violations, unanswered: checks.unanswered, changes, steps, host };
}

/** The host as it is before the scenario begins. */
export async function prepared(
  { before, widths }: Scenario,
  prepare: Hooks["prepare"] = () => undefined,
): Promise<HostState> {
  let state = SimulatedHost.blank;
  for (const version of before) {
    const release = {
      name: version,
      before: [],
      behaviour: () => "well" as const,
      ends: version,
      then: version,
      ...(widths ? { widths } : {}),
    };
    const outcome = await play(state, { ...release, act: (host, checks) => up(host, checks, version) }, planned, {
      prepare,
    });
    if (outcome.violations.length > 0) throw new Error(outcome.violations.join("; "));
    state = outcome.host.state;
  }
  return state;
}

export interface Exploration {
  states: number;
  runs: number;
  unanswered: number;
  violations: { readonly what: string; readonly path: string }[];
}

/**
 * Every crash at every change, and every crash at every change of what follows, to the given depth: kill -9 of the controller, of
 * the controller and the proxy, and a power cut with every disk that it could leave. Kill -9 of the proxy alone, which leaves the
 * controller's memory alone too, at every change of the first run.
 */
export async function explore(
  scenario: Scenario,
  depth: number,
  hooks: Pick<Hooks, "prepare" | "pace"> = {},
): Promise<Exploration> {
  const found: Exploration = { states: 0, runs: 0, unanswered: 0, violations: [] };
  const seen = new Set<string>();
  const queue: { readonly state: HostState; readonly path: string; readonly crashes: number }[] = [];
  const collect = (path: string, crashes: number) => (host: SimulatedHost, change: number, checks: Checks) => {
    if (crashes >= depth) return;
    for (const [kind, state] of crashesOf(host)) {
      checks.survives(state.disk.read(journalPath));
      const key = keyOf(state);
      if (seen.has(key)) continue;
      seen.add(key);
      const { disk, proxy, replicas } = state;
      const copy = { disk: disk.copy(), proxy: proxy.copy(), replicas: structuredClone(replicas) };
      queue.push({ state: copy, path: `${path} ${kind}@${change}`, crashes: crashes + 1 });
    }
  };
  const run = async (state: HostState, path: string, crashes: number, proxyAt: number) => {
    const note = collect(path, crashes);
    const course = crashes > 0 ? afterCrash : proxyAt > 0 ? disturbed : planned;
    const outcome = await play(state, scenario, course, {
      ...hooks,
      onChange: (host, change, checks) => {
        if (change === proxyAt) host.crashProxy();
        note(host, change, checks);
      },
    });
    found.runs++;

    for (const what of outcome.violations) found.violations.push({ what, path });
    return outcome;
  };
  const root = await prepared(scenario, hooks.prepare);
  const { changes } = await run(root, scenario.name, 0, 0);
  for (let at = 1; at <= changes && found.violations.length === 0; at++) {
    await run(root, `${scenario.name} proxy@${at}`, 0, at);
  }
  for (let next = queue.shift(); next && found.violations.length === 0; next = queue.shift()) {
    await run(next.state, next.path, next.crashes, 0);
  }
  found.states = seen.size;
  return found;
}

function* crashesOf(host: SimulatedHost): Generator<[kind: string, state: HostState]> {
  const { disk, proxy, replicas } = host;
  yield ["controller", { disk, proxy, replicas }];
  const gone = new SimulatedProxy();
  yield ["both", { disk, proxy: gone, replicas }];
  for (const left of disk.afterPowerCut()) yield ["power", { disk: left, proxy: gone, replicas }];
}

/** Another client's message at every instant of the scenario. */
export async function interleave(scenario: Scenario, act: Scenario["act"], pace: Pace): Promise<Exploration> {
  const found: Exploration = { states: 0, runs: 1, unanswered: 0, violations: [] };
  const root = await prepared(scenario);
  const { steps } = await play(root, scenario, planned, { pace });
  for (let after = 0; after < steps; after++) {
    const { violations, unanswered } = await play(root, scenario, disturbed, { pace, second: { after, act } });
    found.runs++;
    found.unanswered += unanswered;
    for (const what of violations) found.violations.push({ what, path: `${scenario.name} message@${after}` });
    if (violations.length > 0) break;
  }
  found.states = steps;
  return found;
}
