import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLook, type HostLook } from "../../../lib/hosts/look.ts";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { formatProblem } from "../../../lib/problem.ts";
import { expectedContainers, volumesOf, watchers, type Declared } from "../../../lib/releases/declared-on-host.ts";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";
import { nothingToMend, planMending } from "../../../lib/releases/mending.ts";

const names = new HostNames("api", "local", "10.213.0.0/24");
const declared: Declared = {
  names,
  databases: ["postgres", "redis"],
  backups: "/backups/api-local",
  keepsCertificate: true,
  watchers: [...watchers],
  subnet: "10.213.0.0/24",
  listenAddress: "127.0.0.1",
  ports: [{ port: 8080, path: "slipway:listenPort" }],
  servicePort: 8000,
  reader: "slipway/node:local",
  images: {},
};
const release = (id: string) => ({ id, version: id, image: `api:${id}`, fingerprint: "f", replicas: 2 });
const ledger: Ledger = {
  ...emptyLedger,
  proxy: { place: 1, id: "p" },
  rollout: 4,
  live: "green",
  slots: { blue: { release: release("1"), state: "holds" }, green: { release: release("2"), state: "holds" } },
  promoted: 4,
};

const writer = (name: string) =>
  `writer ${JSON.stringify({ name: `/${name}`, mounts: [{ Name: "api-local-controller", RW: true }] })}`;

interface Change {
  readonly status?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly image?: string;
  readonly port?: string;
  readonly restart?: string;
  readonly memory?: number;
  readonly variables?: string;
  readonly mounts?: readonly { readonly Name: string; readonly Destination: string }[];
  /** @default it has its own */
  readonly name?: string;
}

/** A host on which all is well, but for some changes; null removes a container. */
function hostWith(
  changes: Readonly<Record<string, Change | null>> = {},
  { without = [], extra = "" }: { readonly without?: readonly string[]; readonly extra?: string } = {},
): HostLook {
  const lines = expectedContainers(ledger, declared).flatMap(({ name, address, release, place, restart }) => {
    const change = changes[name];
    if (change === null) return [];
    const labels = {
      "slipway.stack": "local",
      ...(release ? { "slipway.release": release.id, "slipway.slot": name.includes("blue") ? "blue" : "green" } : {}),
      "slipway.rollout": "4",
    };
    const shown = {
      name: `/${change?.name ?? name}`,
      restart: change?.restart ?? restart,
      memory: change?.memory ?? 0,
      mounts: change?.mounts ?? [],
      place: place ?? "",
      variables: change?.variables ?? (release ? "DATABASE_URL_FILE REDIS_URL_FILE PORT " : "PATH "),
      status: change?.status ?? "running",
      image: change?.image ?? (release ? `sha256:${release.id}` : "sha256:0"),
      labels: change?.labels ?? labels,
      port: release ? (change?.port ?? "8000") : "",
      networks: address === undefined ? {} : { "api-local": { IPAddress: change?.address ?? address } },
    };
    return [`container ${JSON.stringify(shown)}`];
  });
  const images = ["1", "2", "other"].map(
    (id) => `image {"id":"sha256:${id}","tags":["api-local/blue:${id}","api-local/green:${id}"],"digests":null}`,
  );
  const volumes = volumesOf(declared).map(({ name }) => `volume "${name}"`);
  const network = `network {"name":"api-local","subnets":[{"Subnet":"10.213.0.0/24"}]}`;
  const all = [...lines, ...images, ...volumes, network, writer("api-local-controller"), extra];
  return parseLook(all.filter((line) => !without.some((one) => line.includes(`"${one}"`))).join("\n"));
}

const nothingHeard = { variables: "PORT SLIPWAY_SLOT " };

const look = (host: HostLook, of: Ledger = ledger, settings: Declared = declared) => {
  const { mending, problems } = planMending(host, of, settings, "slipway:host");
  return {
    ...mending,
    recreate: Object.entries(mending.recreate).flatMap(([kind, names]) => [...names].map((name) => `${kind} ${name}`)),
    problems: problems.map(formatProblem),
  };
};
const nothing = {
  ...{ recreate: [], start: [], unpause: [], remove: [], rename: [], update: [] },
  ...{ folder: undefined, prepare: false, account: false, says: [], problems: [] },
};

test("a host as the last update left it has nothing to mend", () => {
  expect(look(hostWith())).toEqual(nothing);
});

test("an image that a tag was given for is known by its digest, as Docker names it", () => {
  const digest = `sha256:${"d".repeat(64)}`;
  const pulled = { ...release("2"), image: `registry.example:5000/acme/api:sha-abc@${digest}` };
  const of = { ...ledger, slots: { ...ledger.slots, green: { release: pulled, state: "holds" as const } } };
  const has = `image {"id":"sha256:p","tags":null,"digests":["registry.example:5000/acme/api@${digest}"]}`;
  const live = { image: "sha256:p" };
  const host = hostWith({ "api-local-green-1": live, "api-local-green-2": live }, { extra: has });
  expect(look(host, of)).toEqual(nothing);
});

describe("containers of roles", () => {
  const withWorker = (id: string) => ({ ...release(id), roles: { worker: 2 } });
  const of: Ledger = {
    ...ledger,
    slots: { blue: { release: withWorker("1"), state: "holds" }, green: { release: withWorker("2"), state: "holds" } },
  };
  /** As Docker shows one; null where it is gone. */
  const worker = (slot: "blue" | "green", number: number, change: Change | null = {}) => {
    if (change === null) return "";
    const address = names.roleAddress(slot, number - 1);
    const id = slot === "blue" ? "1" : "2";
    const status = change.status ?? (slot === "green" ? "running" : "exited");
    const shown = {
      name: `/${names.role(slot, "worker", number)}`,
      restart: change.restart ?? (slot === "green" ? "unless-stopped" : "no"),
      status,
      image: `sha256:${id}`,
      labels: {
        "slipway.stack": "local",
        "slipway.role": "worker",
        "slipway.slot": slot,
        "slipway.release": id,
        "slipway.rollout": "4",
        ...change.labels,
      },
      networks: { "api-local": { IPAddress: status === "running" ? address : "" } },
    };
    return `container ${JSON.stringify(shown)}`;
  };
  const found = (changes: Readonly<Partial<Record<"blue" | "green", Change | null>>>, journal = of) =>
    look(
      hostWith(
        {},
        {
          extra: [1, 2]
            .flatMap((number) =>
              (["blue", "green"] as const).map((slot) => worker(slot, number, number === 1 ? changes[slot] : {})),
            )
            .join("\n"),
        },
      ),
      journal,
    );

  test("run in the live slot and rest in the other one", () => {
    expect(found({})).toEqual(nothing);
    expect(found({ blue: { status: "created" } })).toEqual(nothing);
  });

  test("are made anew where they are gone, in either slot", () => {
    expect(found({ blue: null, green: null })).toMatchObject({
      recreate: ["container api-local-blue-worker-1", "container api-local-green-worker-1"],
      says: [
        "worker 1 of the standby (api-local-blue-worker-1) is not there: it is made anew",
        "worker 1 of the live slot (api-local-green-worker-1) is not there: it is made anew",
      ],
      problems: [],
    });
  });

  test("that are stopped in the live slot are started by the step that judges them", () => {
    expect(found({ green: { status: "exited" } })).toEqual({
      ...nothing,
      says: ["worker 1 of the live slot (api-local-green-worker-1) is stopped: it is started"],
    });
  });

  test("that would stay down after a reboot are told to come back, in the live slot only", () => {
    expect(found({ green: { restart: "no" } }).update).toMatchObject([{ name: "api-local-green-worker-1" }]);
  });

  test("that run in another slot are stopped, whatever that holds, but not while a rollout runs", () => {
    const says = ["container api-local-blue-worker-1 runs, though its slot is not live: it is stopped"];
    expect(found({ blue: { status: "running" } })).toEqual({ ...nothing, says });
    const rejected: Ledger = { ...of, slots: { ...of.slots, blue: { release: withWorker("1"), state: "preparing" } } };
    expect(found({ blue: { status: "running" } }, rejected)).toEqual({ ...nothing, says });
    const running = { rollout: 5, slot: "blue" as const, release: withWorker("1"), percent: 10 };
    expect(found({ blue: { status: "running" } }, { ...of, rollout: 5, running })).toEqual(nothing);
  });

  test("that run by the clock rest in either slot, run when they are due, and come back where they are gone", () => {
    const clocked = (id: string) => ({ ...withWorker(id), schedules: { worker: "0 3 * * *" } });
    const journal: Ledger = {
      ...of,
      slots: { blue: { release: clocked("1"), state: "holds" }, green: { release: clocked("2"), state: "holds" } },
    };
    const labels = { "slipway.due": ",0, both" };
    const resting = { status: "exited", restart: "no", labels };
    expect(found({ blue: { labels }, green: resting }, journal).says).toEqual([]);
    expect(
      found({ blue: { status: "running", labels }, green: { ...resting, status: "running" } }, journal).says,
    ).toEqual([]);
    expect(found({ green: null }, journal).recreate).toEqual(["container api-local-green-worker-1"]);
  });

  test("of another release are made anew", () => {
    expect(found({ green: { labels: { "slipway.release": "0" } } })).toMatchObject({
      recreate: ["container api-local-green-worker-1"],
      remove: ["api-local-green-worker-1"],
      problems: [],
    });
  });
});

describe("what has nothing to hurt comes back", () => {
  test.each(expectedContainers(ledger, declared).map(({ name }) => name))("%s is gone", (name) => {
    const found = look(hostWith({ [name]: null }));
    expect(found).toMatchObject({ recreate: [`container ${name}`], problems: [], start: [], remove: [] });
    expect(found.says.join()).toContain(`(${name}) is not there: it is made anew`);
  });

  test.each(expectedContainers(ledger, declared).map(({ name }) => name))("%s is stopped or paused", (name) => {
    expect(look(hostWith({ [name]: { status: "exited", address: "" } }))).toMatchObject({
      start: [name],
      recreate: [],
    });
    expect(look(hostWith({ [name]: { status: "paused" } }))).toMatchObject({ unpause: [name], recreate: [] });
  });

  test("the network is gone, and whatever was on it is unreachable", () => {
    const found = look(hostWith({}, { without: ["api-local"] }));
    const onIt = expectedContainers(ledger, declared).filter(({ address }) => address !== undefined);
    expect(new Set(found.recreate)).toEqual(
      new Set(["network api-local", ...onIt.map(({ name }) => `container ${name}`)]),
    );
    expect(found.problems).toEqual([]);
  });

  test("the network is gone, and replicas of a rejected release are in nobody's way", () => {
    const rejected: Ledger = {
      ...ledger,
      slots: { ...ledger.slots, blue: { release: release("1"), state: "preparing" } },
    };
    const command = {
      "slipway.stack": "local",
      "slipway.slot": "blue",
      "slipway.rollout": "4",
      "slipway.command": "release",
    };
    const migration = {
      name: "/api-local-blue-0",
      status: "running",
      image: "sha256:1",
      labels: command,
      networks: {},
    };
    const rest = { restart: "no", memory: 0, place: "", variables: "PORT ", port: "8000", controller: [] };
    const extra = `container ${JSON.stringify({ ...migration, ...rest })}`;
    expect(look(hostWith({}, { extra }), rejected).remove).toEqual([]);
    const { remove, problems } = look({ ...hostWith({}, { extra }), networks: new Map() }, rejected);
    expect(problems).toEqual([]);
    expect(remove).toEqual(expect.arrayContaining(["api-local-blue-1", "api-local-blue-2", "api-local-green-1"]));
    // What changes data is left to end.
    expect(remove).not.toContain("api-local-blue-0");
  });

  test("what is to watch the stack, and has never been there, is not missed", () => {
    const watching = [...watchers, "monitoring"].map((part) => `api-local-${part}`);
    const never = Object.fromEntries(watching.map((name) => [name, null]));
    expect(look(hostWith(never, { without: watching }))).toEqual(nothing);
  });

  test("who is to watch the databases, and has never been there, is not missed: an earlier Slipway had none", () => {
    const exporters = ["api-local-postgres-exporter", "api-local-redis-exporter"];
    const never = Object.fromEntries(exporters.map((name) => [name, null]));
    expect(look(hostWith(never, { without: exporters }))).toEqual(nothing);
    expect(look(hostWith({ "api-local-redis-exporter": null }))).toMatchObject({
      recreate: ["container api-local-redis-exporter"],
    });
  });

  describe("a further host that the first one watches", () => {
    const keepers = ["prometheus", "alertmanager", "postgres-exporter", "redis-exporter", "tunnel"];
    const absent = Object.fromEntries(keepers.map((part) => [`api-local-${part}`, null]));
    const without = [...keepers, "monitoring"].map((part) => `api-local-${part}`);
    const further: Declared = { ...declared, watchers: ["exporter"], account: "slipway-watch-1" };
    const on = (account: string, changes: Readonly<Record<string, Change | null>> = {}) => {
      const extra = `account "${account}"`;
      return look(hostWith({ ...absent, ...changes }, { without, extra }), ledger, further);
    };

    test("has nothing to mend while its user and its exporter are there", () => {
      expect(on("there")).toEqual(nothing);
    });

    test("misses neither before the first update that wants them", () => {
      expect(on("gone", { "api-local-exporter": null })).toEqual(nothing);
    });

    test.each([
      ["gone", "is gone: it is made anew"],
      ["changed", "may something else than Slipway let it: it is made anew"],
    ])("gets its user back that is %s", (state, says) => {
      expect(on(state)).toMatchObject({
        account: true,
        recreate: [],
        says: [`the user that only watches (slipway-watch-1) ${says}`],
      });
    });

    test("is missed by a Prometheus that asked through the tunnel, also where nothing is left of that", () => {
      const never = { "api-local-tunnel": null };
      expect(look(hostWith(never, { without: ["api-local-tunnel"] }))).toEqual(nothing);
      const asked = { ...never, "api-local-prometheus": { variables: "PATH SLIPWAY_BY_TUNNEL " } };
      expect(look(hostWith(asked, { without: ["api-local-tunnel"] }))).toMatchObject({
        recreate: ["container api-local-tunnel", "volume api-local-tunnel"],
      });
    });

    test("gets its exporter back", () => {
      expect(on("there", { "api-local-exporter": null })).toMatchObject({
        account: false,
        recreate: ["container api-local-exporter"],
      });
    });
  });

  test.each(["run", "notices", "blue-secrets", "monitoring"].map((part) => `api-local-${part}`))(
    "volume %s is gone",
    (volume) => {
      expect(look(hostWith({}, { without: [volume] }))).toMatchObject({ recreate: [`volume ${volume}`], problems: [] });
    },
  );

  test("a replica is at another address than the proxy sends to", () => {
    const found = look(hostWith({ "api-local-green-2": { address: "10.213.0.99" } }));
    expect(found).toMatchObject({
      recreate: ["container api-local-green-2"],
      remove: ["api-local-green-2"],
      problems: [],
    });
  });

  test("what was renamed gets its name back, also where it serves: it is not made anew", () => {
    const found = look(
      hostWith({ "api-local-green-1": { name: "mine" }, "api-local-proxy-1": { name: "api-local-x" } }),
    );
    expect(found).toMatchObject({
      ...nothing,
      rename: [
        { from: "api-local-x", to: "api-local-proxy-1" },
        { from: "mine", to: "api-local-green-1" },
      ],
      says: expect.arrayContaining([
        "container api-local-green-1 was renamed to mine: it gets its name back",
      ]) as string[],
    });
    expect(look(hostWith({ "api-local-blue-1": { name: "mine", status: "paused" } }))).toMatchObject({
      rename: [{ from: "mine", to: "api-local-blue-1" }],
      unpause: ["api-local-blue-1"],
    });
  });

  test("limits that Docker can set back while a container runs", () => {
    const found = look(
      hostWith({ "api-local-controller": { memory: 64 << 20 }, "api-local-green-1": { restart: "no" } }),
    );
    expect(found).toMatchObject({
      recreate: [],
      problems: [],
      update: [
        { name: "api-local-controller", restart: "", memoryMb: 512 },
        { name: "api-local-green-1", restart: "unless-stopped", memoryMb: 0 },
      ],
      says: [
        "the rollout controller (api-local-controller) may take less memory than it needs: it gets its 512 MB back",
        "replica 1 of the live slot (api-local-green-1) would stay down after a reboot: it starts by itself again",
      ],
    });
    expect(look(hostWith({ "api-local-controller": { memory: 512 << 20, restart: "unless-stopped" } }))).toEqual(
      nothing,
    );
  });

  test("the folder of the backups and the firewall", () => {
    expect(look(hostWith({}, { extra: 'backups "gone"' }))).toMatchObject({
      folder: "/backups/api-local",
      prepare: true,
      says: ["the folder of the backups (/backups/api-local) is not there: it is made, empty"],
    });
    for (const [is, said] of [
      ["gone", "is gone, so every port is open to everybody: it is loaded again"],
      ["changed", "is not as Slipway loaded it: it is loaded again"],
    ] as const) {
      const found = look(hostWith({}, { extra: `firewall "${is}"` }));
      expect(found).toMatchObject({
        prepare: true,
        says: [`the firewall's table (inet slipway) ${said}`],
        problems: [],
      });
    }
  });

  test.each([
    ["without Slipway's labels", { labels: {} }],
    ["of another release", { labels: { "slipway.stack": "local", "slipway.release": "9" } }],
    ["of another image", { image: "sha256:other" }],
  ])("the standby's replica is a stranger %s", (_, change) => {
    const found = look(hostWith({ "api-local-blue-1": change }));
    expect(found).toMatchObject({
      recreate: ["container api-local-blue-1"],
      remove: ["api-local-blue-1"],
      problems: [],
    });
  });
});

describe("what serves, and what is the only copy, is left to a person", () => {
  test.each([
    ["api-local-green-1", "it has the traffic", "slipway rollback"],
    ["api-local-proxy-1", "it has the traffic", "slipway rollback"],
    ["api-local-postgres", "the service uses it", "docker rm -f api-local-postgres"],
  ])("a stranger in the place of %s", (name, why, fix) => {
    const { problems, recreate } = look(hostWith({ [name]: { labels: {} } }));
    expect(problems.join()).toContain(`is not the container that Slipway made, and ${why}, got ${name}`);
    expect(problems.join()).toContain(fix);
    expect(recreate).toEqual([]);
  });

  test.each(["api-local-postgres", "api-local-redis", "api-local-controller"])("data: volume %s", (volume) => {
    const { problems, recreate } = look(hostWith({}, { without: [volume] }));
    expect(problems.join()).toMatch(/the volume with the data of .* is gone|journal is gone/);
    expect(recreate).toEqual([]);
  });

  const volumes = { uploads: "/app/uploads" };
  const keeping: Ledger = {
    ...ledger,
    slots: { blue: ledger.slots.blue, green: { release: { ...release("2"), volumes }, state: "holds" } },
  };
  const [uploads, live] = ["api-local-volume-uploads", ["api-local-green-1", "api-local-green-2"]];
  const mounted = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, { mounts: [{ Name: uploads, Destination: "/app/uploads" }] }]));

  test("data: a volume that a release keeps", () => {
    const there = { extra: `volume "${uploads}"` };
    expect(look(hostWith(mounted(...live), there), keeping)).toEqual(nothing);
    const { problems, recreate } = look(hostWith(Object.fromEntries(live.map((name) => [name, null]))), keeping);
    expect(problems.join()).toContain("the volume with the data of slipway:volumes.uploads is gone, and nothing else");
    expect(recreate).toEqual([]);
    // One that no release has yet is made by the update.
    expect(look(hostWith(), ledger)).toEqual(nothing);
  });

  test("a container of a release without one of its volumes", () => {
    const there = { extra: `volume "${uploads}"` };
    const { problems } = look(hostWith(mounted("api-local-green-2"), there), keeping);
    expect(problems.join()).toContain(
      "is not the container that Slipway made, and it has the traffic, got api-local-green-1",
    );
    const { slots } = keeping;
    const turned: Ledger = { ...keeping, live: "blue", slots: { blue: slots.green, green: slots.blue } };
    expect(look(hostWith({}, there), turned).problems.join()).toContain("not the container that Slipway made");
    const standby: Ledger = { ...keeping, live: "blue" };
    expect(look(hostWith(mounted("api-local-green-2"), there), standby)).toMatchObject({
      recreate: ["container api-local-green-1"],
      problems: [],
    });
  });

  test("and without a journal nobody takes our own proxy for a stranger at its port", () => {
    const listening = { extra: 'listener {"port":8080,"address":"0100007F","inode":"1"}' };
    const { problems } = look(hostWith({}, listening), emptyLedger);
    expect(problems).toHaveLength(1);
    expect(problems.join()).toContain("journal is gone");
  });

  test("a data volume that is there and empty, unless nobody ever used it", () => {
    const emptied = { extra: 'empty "api-local-postgres"' };
    const { problems, recreate } = look(hostWith({}, emptied));
    expect(problems).toEqual([
      "slipway:host: the volume with the data of PostgreSQL is empty, and nothing else has them, got volume api-local-postgres without its files; " +
        "allowed the volume that the last update left there. Fix: bring it back; or begin with an empty one, `docker rm -f api-local-postgres; " +
        "docker volume rm api-local-postgres; docker volume create --label slipway.empty=yes api-local-postgres` on the host, then pulumi up and slipway restore <rollout>",
    ]);
    expect(recreate).toEqual([]);
    const unused = ["blue-1", "blue-2", "green-1", "green-2"].map((name) => [`api-local-${name}`, nothingHeard]);
    expect(look(hostWith(Object.fromEntries(unused) as Record<string, Change>, emptied)).problems).toEqual([]);
  });

  test("a database that was declared just now is neither lost nor mended", () => {
    const unused = ["blue-1", "blue-2", "green-1", "green-2"].map((name) => [`api-local-${name}`, nothingHeard]);
    const changes = { ...(Object.fromEntries(unused) as Record<string, Change>), "api-local-postgres": null };
    expect(look(hostWith(changes, { without: ["api-local-postgres"] }))).toEqual(nothing);
    // Where no replica is left to ask, data count as lost.
    const none = Object.fromEntries(Object.keys(changes).map((name) => [name, null]));
    expect(look(hostWith(none, { without: ["api-local-postgres"] })).problems.join()).toContain("PostgreSQL is gone");
  });

  test("another stack whose name begins like this one's says nothing of it", () => {
    const labels = {
      "slipway.service": "api",
      "slipway.stack": "local-eu",
      "slipway.slot": "blue",
      "slipway.rollout": "9",
    };
    const other = { name: "/api-local-eu-blue-1", status: "running", image: "sha256:1", labels, networks: {} };
    expect(look(hostWith({}, { extra: `container ${JSON.stringify(other)}` }))).toEqual(nothing);
    expect(look(parseLook(`container ${JSON.stringify(other)}`), emptyLedger).problems).toEqual([]);
  });

  test("a container that only reads the journal is no second controller", () => {
    expect(look(hostWith({}, { extra: writer("reader").replace("true", "false") })).problems).toEqual([]);
  });

  test("two controllers", () => {
    const { problems } = look(hostWith({}, { extra: writer("mine") }));
    expect(problems.join()).toContain("two controllers have one journal, got api-local-controller, mine");
  });

  test("a journal that is older than the containers, or empty", () => {
    const older = { ...ledger, rollout: 2, promoted: 2 };
    expect(look(hostWith(), older).problems.join()).toContain("got rollout 2 in the journal, 4 on api-local-blue-1, ");
    expect(look(hostWith(), emptyLedger).problems.join()).toContain("got nothing in volume api-local-controller");
  });

  test("live was made before releases told their port, and listens at another one than the settings say", () => {
    const { problems } = look(hostWith({ "api-local-green-1": { port: "9000" } }));
    expect(problems).toEqual([
      "slipway:port: release 2 has the traffic and listens at another port, where nobody would find it any more, got 8000; allowed 9000. " +
        "Fix: pulumi config set slipway:port 9000, and release once with it; after that release the port may change like any other setting",
    ]);
    const { green, blue } = ledger.slots;
    const told = { blue, green: { ...green, release: green.release && { ...green.release, port: 9000 } } };
    expect(look(hostWith({ "api-local-green-1": { port: "9000" } }), { ...ledger, slots: told }).problems).toEqual([]);
    expect(look(hostWith({ "api-local-blue-1": { port: "9000" } })).problems).toEqual([]);
    expect(look(hostWith({ "api-local-green-1": { port: "" } })).problems).toEqual([]);
  });

  test("every refusal is said, and nothing is mended beside it", () => {
    const host = hostWith(
      { "api-local-green-1": { labels: {} }, "api-local-blue-1": null },
      { without: ["api-local-redis"] },
    );
    expect(look(host).problems).toHaveLength(2);
    expect(look(host).recreate).toEqual([]);
  });
});

describe("over all hosts", () => {
  const containers = expectedContainers(ledger, declared);
  const change = fc.oneof(
    fc.constant(null),
    fc.record(
      {
        status: fc.constantFrom("running", "exited", "paused", "restarting", "dead", "created"),
        labels: fc.constant({}),
        address: fc.constantFrom("", "10.213.0.99"),
        image: fc.constant("sha256:other"),
        restart: fc.constantFrom("no", "on-failure", "always"),
        memory: fc.constantFrom(1 << 20, 4 << 30),
        name: fc.constantFrom("mine", "api-local-mine"),
      },
      { requiredKeys: [] },
    ),
  );
  const anyHost = fc.record({
    // A name once: two containers can't have the same one.
    changes: fc
      .uniqueArray(fc.tuple(fc.constantFrom(...containers.map(({ name }) => name)), change), {
        selector: ([name]) => name,
        maxLength: 5,
      })
      .filter((all) => {
        const given = all.flatMap(([, made]) => made?.name ?? []);
        return new Set(given).size === given.length;
      }),
    without: fc.subarray(["api-local", "api-local-run", "api-local-notices", "api-local-blue-secrets"]),
    extra: fc.constantFrom("", 'backups "gone"', 'firewall "gone"', 'firewall "changed"'),
  });

  test("each sentence is carried out, each deed is said, and what serves well is left alone", () => {
    fc.assert(
      fc.property(anyHost, ({ changes, without, extra }) => {
        const host = hostWith(Object.fromEntries(changes), { without, extra });
        const { says, recreate, start, unpause, remove, rename, update, folder, prepare } = look(host);
        const said = (pattern: RegExp) => says.flatMap((line) => pattern.exec(line)?.[1] ?? []).sort();
        expect(said(/^(?:volume|network) (\S+) is gone: it is made anew$/).length).toBe(
          recreate.filter((one) => !one.startsWith("container ")).length,
        );
        expect(said(/\((\S+)\) is (?:gone|not .*): it is made anew$/)).toEqual(
          recreate.flatMap((one) => (one.startsWith("container ") ? [one.slice(10)] : [])).sort(),
        );
        expect(said(/\((\S+)\) is stopped: it is started$/)).toEqual([...start].sort());
        expect(said(/\((\S+)\) is paused: it goes on$/)).toEqual([...unpause].sort());
        expect(said(/^container (\S+) was renamed to/)).toEqual(rename.map(({ to }) => to).sort());
        expect([...new Set(said(/\((\S+)\) (?:would stay down|may take less)/))]).toEqual(
          update.map(({ name }) => name).sort(),
        );
        expect(folder !== undefined).toBe(said(/^the folder of the (backups)/).length === 1);
        expect(prepare).toBe(said(/^the (firewall's table|folder of the backups)/).length === 1);
        // Nothing that runs where it has to be, as ours, is removed or made anew, whatever it is called (invariant I2).
        for (const { name, address } of containers) {
          const found = new Map(changes).get(name);
          const isWell =
            found !== null && ["labels", "image", "address", "status"].every((key) => !(key in (found ?? {})));
          if (!isWell || (address !== undefined && without.includes("api-local"))) continue;
          expect([...recreate, ...remove].filter((one) => one.endsWith(name))).toEqual([]);
        }
      }),
      { numRuns: 500, seed: 5 },
    );
  });
});

describe("before the first release", () => {
  const bare = (...lines: string[]) => look(parseLook(lines.join("\n")), emptyLedger).problems.join("\n");

  test("an empty host has room", () => {
    expect(bare('network {"name":"bridge","subnets":[{"Subnet":"172.17.0.0/16"}]}')).toBe("");
  });

  test("containers of one that failed make room for a network at another subnet", () => {
    const failed: Ledger = {
      ...emptyLedger,
      rollout: 4,
      slots: { blue: { release: release("1"), state: "preparing" }, green: { release: null, state: "empty" } },
    };
    const replicas = ["api-local-blue-1", "api-local-blue-2", "api-local-green-1", "api-local-green-2"];
    expect(look(hostWith(), failed)).toEqual(nothing);
    const { mending, problems } = planMending(
      hostWith(),
      failed,
      { ...declared, subnet: "10.213.9.0/24" },
      "slipway:host",
    );
    expect(problems).toEqual([]);
    expect([...mending.remove].sort()).toEqual(replicas);
    expect(mending.says.join()).toContain("the network moves to 10.213.9.0/24");
    // What is live is never asked to make room.
    expect(
      planMending(hostWith(), ledger, { ...declared, subnet: "10.213.9.0/24" }, "slipway:host").mending.remove,
    ).toEqual([]);
  });

  const listener = (address: string, inode = "7") => `listener ${JSON.stringify({ port: 8080, address, inode })}`;

  test.each(["0100007F", "00000000", "00000000000000000000000000000000"])(
    "a port that %s has, by name of the setting",
    (address) => {
      expect(bare(listener(address))).toContain("slipway:listenPort: somebody else listens there, got 127.0.0.1:8080");
    },
  );

  test.each(["0200007F", "00000000000000000000000001000000"])(
    "the same port at another address, %s, is free",
    (address) => {
      expect(bare(listener(address))).toBe("");
    },
  );

  test("once our own proxy has it, a second socket is somebody else's", () => {
    expect(look(hostWith({}, { extra: listener("0100007F") })).problems).toEqual([]);
    const paused = { "api-local-proxy-1": { status: "paused" }, "api-local-proxy-2": { status: "exited" } };
    expect(look(hostWith(paused, { extra: listener("0100007F") }))).toMatchObject({
      unpause: ["api-local-proxy-1"],
      problems: [],
    });
    const shared = [listener("0100007F"), listener("0100007F", "8")].join("\n");
    expect(look(hostWith({}, { extra: shared })).problems.join()).toContain("somebody else listens there");
  });

  test.each(["10.213.0.0/24", "10.213.0.128/25", "10.0.0.0/8", "0.0.0.0/0"])("a subnet that %s overlaps", (subnet) => {
    const said = bare(`network {"name":"other","subnets":[{"Subnet":"${subnet}"}]}`);
    expect(said).toContain("slipway:subnet: the network other has addresses of it, got 10.213.0.0/24");
  });

  test("a free subnet is proposed", () => {
    expect(bare('network {"name":"other","subnets":[{"Subnet":"10.213.0.0/23"}]}')).toContain(
      "slipway:subnet 10.213.2.0/24",
    );
  });
});

test("a subnet that was changed under a live service is refused: nothing that serves moves for it", () => {
  const subnet = "10.213.7.0/24";
  const moved = { ...declared, subnet, names: new HostNames("api", "local", subnet) };
  const { mending, problems } = planMending(hostWith(), ledger, moved, "slipway:host");
  expect(problems.map(formatProblem).join("\n")).toBe(
    "slipway:subnet: is not the one that the live service has, got 10.213.7.0/24; allowed 10.213.0.0/24. " +
      "Fix: pulumi config set slipway:subnet 10.213.0.0/24; or, for another one, pulumi destroy and up: the data stay",
  );
  expect(mending).toEqual(nothingToMend);
});
