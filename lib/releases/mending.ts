import type { DatabaseKind } from "../databases/schema.ts";
import type { FoundContainer, HostLook } from "../hosts/look.ts";
import { slots, type HostNames } from "../hosts/naming.ts";
import type { Problem } from "../problem.ts";
import {
  databaseNames,
  expectedContainers,
  heldVolumes,
  isOurs,
  volumesOf,
  watchersThere,
  type Declared,
  type Expected,
} from "./declared-on-host.ts";
import type { Ledger } from "./ledger.ts";
import { roomProblems } from "./room-on-host.ts";
import { servicePortProblems } from "./service-port.ts";
import { databaseVariable } from "./variables.ts";

/** What one `pulumi up` does about objects on a host that somebody changed by hand, before it carries out its plan. */
export interface Mending {
  /** What is made anew, by name. None of these containers has traffic, and none of these volumes holds the only copy of anything. */
  readonly recreate: Readonly<Record<MendedKind, ReadonlySet<string>>>;
  /** Containers that are there and only have to go on. */
  readonly start: readonly string[];
  readonly unpause: readonly string[];
  /** Containers without traffic that stand in the place of ours. */
  readonly remove: readonly string[];
  /** Containers that go on under another name. */
  readonly rename: readonly { readonly from: string; readonly to: string }[];
  /** Containers of which Docker changes a limit while they run. */
  readonly update: readonly { readonly name: string; readonly restart: string; readonly memoryMb: number }[];
  /** Folder of the backups, where it is not there; it may begin with `~/`. */
  readonly folder: string | undefined;
  /** The host is prepared once more: its firewall, and the folders that its user may not make. */
  readonly prepare: boolean;
  /** The user by whom the stack's first host asks for figures is made anew. */
  readonly account: boolean;
  /** In plain words, a sentence each; empty when there is nothing to mend. */
  readonly says: readonly string[];
}

/** A container and its volume may have one name. */
export type MendedKind = "container" | "volume" | "network";

/** On what a mend made anew; its value says when. */
export const mendedLabel = "slipway.mended";

const none: ReadonlySet<string> = new Set();
export const nothingToMend: Mending = {
  recreate: { container: none, volume: none, network: none },
  start: [],
  unpause: [],
  remove: [],
  rename: [],
  update: [],
  folder: undefined,
  prepare: false,
  account: false,
  says: [],
};

/** A container that is not as it has to be. */
type Fault = "missing" | "stopped" | "paused" | "foreign" | "unreachable";

const says: Readonly<Record<Fault, string>> = {
  missing: "is not there: it is made anew",
  stopped: "is stopped: it is started",
  paused: "is paused: it goes on",
  foreign: "is not the container that Slipway made: it is made anew",
  unreachable: "is not at its address: it is made anew",
};

/**
 * Holds what was found on a host against what the stack declares there and what the journal says of each slot. Pure.
 *
 * What must never happen here: something that has traffic, or the only copy of data, is put on the list of what is made anew. So
 * everything that can come back without touching what serves is mended, and all the rest is refused (decision D4).
 *
 * @param path where the host stands in the settings: `slipway:host`
 * @returns what to mend, and why nothing may be touched. Before the first release only whether there is room for it
 */
export function planMending(
  look: HostLook,
  ledger: Ledger,
  declared: Declared,
  path: string,
): { readonly mending: Mending; readonly problems: readonly Problem[] } {
  const journal = journalProblems(look, ledger, declared, path);
  // Without a journal nobody can tell our own proxy from a stranger at its port.
  if (journal.length > 0) return { mending: nothingToMend, problems: journal };
  const problems = [...roomProblems(look, ledger, declared), ...servicePortProblems(look, ledger, declared)];
  if (ledger.live === null) return { mending: problems.length > 0 ? nothingToMend : roomFor(look, declared), problems };
  const { names } = declared;
  const noNetwork = !look.networks.has(names.prefix);
  const known = {
    ...declared,
    databases: declared.databases.filter((kind) => isKnown(kind, look, names)),
    volumes: heldVolumes(ledger),
    watchers: watchersThere(look, declared),
  };
  const account = known.watchers.length > 0 ? look.account : undefined;
  const lost = volumesOf(known).filter(({ name }) => !look.volumes.has(name));
  problems.push(
    ...lost.flatMap(({ name, data }) => (data === undefined ? [] : [lostData(name, data, "gone", path)])),
    ...known.databases
      .filter((kind) => look.empty.has(names.part(kind)) && isUsed(kind, look, names))
      .map((kind) => lostData(names.part(kind), databaseNames[kind], "empty", path)),
  );
  const gone = { network: noNetwork ? [names.prefix] : [], volume: lost.map(({ name }) => name) };
  const all = expectedContainers(ledger, known).map((expected) => {
    const found = look.containers.get(expected.name) ?? renamed(expected, look, names);
    return {
      expected,
      found,
      fault: faultOf(expected, found, look, noNetwork),
      isRunning: found?.status === "running",
    };
  });
  const faults = all.flatMap(({ fault, ...one }) => (fault === undefined ? [] : [{ ...one, fault }]));
  // Whoever serves by a foreign container serves all the same: a person moves the traffic first.
  const serving = faults.filter(
    ({ expected, fault, isRunning }) => fault === "foreign" && isRunning && expected.serves,
  );
  problems.push(...serving.map(({ expected }) => strangerServes(expected, path)));
  const named = (...kinds: Fault[]) =>
    faults.filter(({ fault }) => kinds.includes(fault)).map(({ expected }) => expected.name);
  const rolesOf = new Set(all.flatMap(({ expected: { role, name } }) => (role === undefined ? [] : [name])));
  const rename = all.flatMap(({ expected: { name }, found }) =>
    found === undefined || found.name === name ? [] : [{ from: found.name, to: name }],
  );
  const limits = all.flatMap(({ expected, found, fault }) =>
    found === undefined || (fault !== undefined && isMadeAnew(fault)) ? [] : limitsOf(expected, found),
  );
  const mending: Mending = {
    recreate: {
      container: new Set(named("missing", "foreign", "unreachable")),
      volume: new Set(gone.volume),
      network: new Set(gone.network),
    },
    // Those of roles start once all else is good, and are judged then.
    start: named("stopped").filter((name) => !rolesOf.has(name)),
    unpause: named("paused"),
    remove: [...named("foreign", "unreachable"), ...(noNetwork ? othersOnIt(look, names, all) : [])],
    rename,
    update: limits.map(({ name, restart, memoryMb }) => ({ name, restart, memoryMb })),
    folder: look.noBackups ? declared.backups : undefined,
    prepare: look.firewall !== undefined || look.noBackups,
    account: account === "gone" || account === "changed",
    says: [
      ...gone.network.map((name) => `network ${name} is gone: it is made anew`),
      ...gone.volume.map((name) => `volume ${name} is gone: it is made anew`),
      ...rename.map(({ from, to }) => `container ${to} was renamed to ${from}: it gets its name back`),
      ...faults.map(({ expected, fault }) => `${expected.what} (${expected.name}) ${says[fault]}`),
      ...limits.flatMap((limit) => limit.says),
      ...outOfTurn(look, ledger, names).map(
        (name) => `container ${name} runs, though its slot is not live: it is stopped`,
      ),
      ...(look.noBackups ? [`the folder of the backups (${declared.backups}) is not there: it is made, empty`] : []),
      ...(account === undefined || account === "there"
        ? []
        : [`the user that only watches (${String(declared.account)}) ${accountSays[account]}`]),
      ...(look.firewall === undefined ? [] : [`the firewall's table (inet slipway) ${firewallSays[look.firewall]}`]),
    ],
  };
  return { mending: problems.length > 0 ? nothingToMend : mending, problems };
}

/** Before a first release succeeded another subnet is another network, which the one before can't be while containers of a slot are on it. */
function roomFor({ networks, containers }: HostLook, { names, subnet }: Declared): Mending {
  const [has] = networks.get(names.prefix) ?? [];
  const remove = has === undefined || has === subnet ? [] : replicasAmong(containers, names).map(({ name }) => name);
  if (remove.length === 0) return nothingToMend;
  return {
    ...nothingToMend,
    remove,
    says: [`the network moves to ${subnet}: ${remove.join(", ")} make room, nobody is served by them`],
  };
}

const replicasAmong = (containers: HostLook["containers"], names: HostNames): FoundContainer[] =>
  [...containers.values()].filter(
    (one) => isOurs(one, names) && slots.some((slot) => one.labels["slipway.slot"] === slot),
  );

/**
 * Replicas that nothing needs, such as a rejected release's: with the network the engine makes them anew too, and they would be in the way of
 * their own names.
 */
const othersOnIt = (
  { containers }: HostLook,
  names: HostNames,
  needed: readonly { readonly expected: Pick<Expected, "name"> }[],
): string[] =>
  replicasAmong(containers, names)
    .filter(
      ({ name, labels }) =>
        labels["slipway.command"] === undefined && !needed.some(({ expected }) => expected.name === name),
    )
    .map(({ name }) => name);

/** Containers of roles that run in a slot that is not live: an update that was killed left them, or a person started them. */
const outOfTurn = ({ containers }: HostLook, { live, running }: Ledger, names: HostNames): string[] =>
  running !== null
    ? []
    : replicasAmong(containers, names)
        .filter(
          ({ labels, status }) =>
            "slipway.role" in labels &&
            !("slipway.due" in labels) &&
            labels["slipway.slot"] !== live &&
            ["running", "restarting", "paused"].includes(status),
        )
        .map(({ name }) => name);

const firewallSays = {
  gone: "is gone, so every port is open to everybody: it is loaded again",
  changed: "is not as Slipway loaded it: it is loaded again",
} as const;

const accountSays = {
  gone: "is gone: it is made anew",
  changed: "may something else than Slipway let it: it is made anew",
} as const;

const isMadeAnew = (fault: Fault) => fault === "missing" || fault === "foreign" || fault === "unreachable";

/** A database that was declared just now is not lost: nothing on the host has heard of it. */
const isKnown = (kind: DatabaseKind, look: HostLook, names: HostNames): boolean =>
  look.containers.has(names.part(kind)) || isUsed(kind, look, names);

/** Whether a release has a database's address. Where none is left to tell, it counts as used. */
function isUsed(kind: DatabaseKind, { containers }: HostLook, names: HostNames): boolean {
  const replicas = replicasAmong(containers, names);
  return replicas.length === 0 || replicas.some(({ variables }) => variables.includes(databaseVariable(kind)));
}

/** Our container, which somebody gave another name. */
const renamed = ({ place, address }: Expected, { containers }: HostLook, names: HostNames) =>
  [...containers.values()].find(
    (one) =>
      isOurs(one, names) &&
      (place === undefined
        ? Object.values(one.networks).some(({ IPAddress }) => IPAddress === address)
        : one.place === place),
  );

/** What Docker can set back of a container while it runs. */
function limitsOf(
  { name, what, restart, memoryMb = 0 }: Expected,
  { restart: found, memory }: FoundContainer,
): (Mending["update"][number] & { readonly says: readonly string[] })[] {
  const staysDown = restart !== "no" && (found === "no" || found === "on-failure");
  const isTight = memory > 0 && memory < memoryMb * 1024 * 1024;
  if (!staysDown && !isTight) return [];
  const words = [
    ...(staysDown ? [`${what} (${name}) would stay down after a reboot: it starts by itself again`] : []),
    ...(isTight
      ? [`${what} (${name}) may take less memory than it needs: it gets its ${String(memoryMb)} MB back`]
      : []),
  ];
  return [{ name, restart: staysDown ? restart : "", memoryMb: isTight ? memoryMb : 0, says: words }];
}

function faultOf(
  { address, release, role, mounts = {} }: Expected,
  found: FoundContainer | undefined,
  { images }: HostLook,
  noNetwork: boolean,
): Fault | undefined {
  if (found === undefined) return "missing";
  const { labels, image, status, networks } = found;
  if (!("slipway.stack" in labels)) return "foreign";
  if (release !== undefined) {
    if (labels["slipway.release"] !== release.id) return "foreign";
    // An image that lost all its names can't be told from another one.
    const known = images.get(image) ?? [];
    if (known.length > 0 && !known.some((each) => release.images.includes(each))) return "foreign";
    if (Object.entries(mounts).some(([volume, folder]) => found.mounts[volume] !== folder)) return "foreign";
  }
  if (address !== undefined && (noNetwork || isElsewhere(networks, address, status))) return "unreachable";
  if (role === "rests") return status === "dead" ? "missing" : undefined;
  if (status === "paused") return "paused";
  return status === "running" || status === "restarting" ? undefined : status === "dead" ? "missing" : "stopped";
}

/** Docker shows a container that does not run without an address. */
function isElsewhere(networks: FoundContainer["networks"], address: string, status: string): boolean {
  const addresses = Object.values(networks).map(({ IPAddress }) => IPAddress);
  if (status === "running" || status === "paused") return !addresses.includes(address);
  return addresses.length === 0;
}

function strangerServes({ name, what, serves }: Expected, path: string): Problem {
  return {
    path,
    problem: `${what} is not the container that Slipway made, and ${String(serves)}`,
    got: name,
    allowed: "the container of the release that the journal records",
    fix:
      serves === "it has the traffic"
        ? `move the traffic away with \`slipway rollback\`; then pulumi up makes it anew`
        : `docker rm -f ${name} on the host, at a moment when that may be; then pulumi up makes it anew`,
  };
}

function lostData(volume: string, data: string, is: "gone" | "empty", path: string): Problem {
  const remove = is === "gone" ? "" : `docker rm -f ${volume}; docker volume rm ${volume}; `;
  return {
    path,
    problem: `the volume with the data of ${data} is ${is}, and nothing else has them`,
    got: is === "gone" ? `no volume ${volume}` : `volume ${volume} without its files`,
    allowed: "the volume that the last update left there",
    fix: `bring it back; or begin with an empty one, \`${remove}docker volume create --label slipway.empty=yes ${volume}\` on the host, then pulumi up and slipway restore <rollout>`,
  };
}

/** A journal that does not know what runs here: carrying out a plan made from it could take the traffic from whoever has it. */
function journalProblems(look: HostLook, ledger: Ledger, { names }: Declared, path: string): Problem[] {
  const journal = names.part("controller");
  if (look.writers.length > 1) {
    return [
      {
        path,
        problem: "two controllers have one journal",
        got: look.writers.join(", "),
        allowed: journal,
        fix: `docker rm -f <the one that you started> on the host`,
      },
    ];
  }
  const replicas = replicasAmong(look.containers, names);
  const rolloutOf = ({ labels }: FoundContainer) => Number(labels["slipway.rollout"] ?? 0);
  const newest = Math.max(0, ...replicas.map(rolloutOf));
  // The guard writes the journal before any replica is made.
  const isEmpty = slots.every((slot) => ledger.slots[slot].state === "empty");
  const isLost = replicas.length > 0 && (isEmpty || !look.volumes.has(journal));
  // A killed update leaves containers of the rollout that was next.
  if (!isLost && newest <= ledger.rollout + 1) return [];
  return [
    {
      path,
      problem: isLost
        ? "the controller's journal is gone, and the containers of releases are there"
        : "the controller's journal is older than the containers beside it",
      got: isLost
        ? `${look.volumes.has(journal) ? "nothing in" : "no"} volume ${journal}`
        : `rollout ${String(ledger.rollout)} in the journal, ${String(newest)} on ${replicas
            .filter((one) => rolloutOf(one) === newest)
            .map(({ name }) => name)
            .join(", ")}`,
      allowed: "the journal that the last rollout left",
      fix: isLost
        ? `bring the volume ${journal} back as it was`
        : `bring the volume ${journal} back as it was; or, where that container is not the stack's, remove it`,
    },
  ];
}
