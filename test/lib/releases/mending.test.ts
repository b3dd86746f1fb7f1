import { describe, expect, test } from "vitest";
import { parseLook, type HostLook } from "../../../lib/hosts/look.ts";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { formatProblem } from "../../../lib/problem.ts";
import { expectedContainers, volumesOf, type Declared } from "../../../lib/releases/declared-on-host.ts";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";
import { planMending } from "../../../lib/releases/mending.ts";

const names = new HostNames("api", "local", "10.213.0.0/24");
const declared: Declared = {
  names,
  databases: ["postgres", "redis"],
  keepsCertificate: true,
  subnet: "10.213.0.0/24",
  listenAddress: "127.0.0.1",
  ports: [{ port: 8080, path: "slipway:listenPort" }],
  servicePort: 8000,
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
}

/** A host on which all is well, but for some changes; null removes a container. */
function hostWith(
  changes: Readonly<Record<string, Change | null>> = {},
  { without = [], extra = "" }: { readonly without?: readonly string[]; readonly extra?: string } = {},
): HostLook {
  const lines = expectedContainers(ledger, declared).flatMap(({ name, address, release }) => {
    const change = changes[name];
    if (change === null) return [];
    const labels = {
      "slipway.stack": "local",
      ...(release ? { "slipway.release": release.id, "slipway.slot": name.includes("blue") ? "blue" : "green" } : {}),
      "slipway.rollout": "4",
    };
    const shown = {
      name: `/${name}`,
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

const look = (host: HostLook, of: Ledger = ledger) => {
  const { mending, problems } = planMending(host, of, declared, "slipway:host");
  return {
    ...mending,
    recreate: Object.entries(mending.recreate).flatMap(([kind, names]) => [...names].map((name) => `${kind} ${name}`)),
    problems: problems.map(formatProblem),
  };
};
const nothing = { recreate: [], start: [], unpause: [], remove: [], says: [], problems: [] };

test("a host as the last update left it has nothing to mend", () => {
  expect(look(hostWith())).toEqual(nothing);
});

describe("what has nothing to hurt comes back", () => {
  test.each(expectedContainers(ledger, declared).map(({ name }) => name))("%s is gone", (name) => {
    const found = look(hostWith({ [name]: null }));
    expect(found).toMatchObject({ recreate: [`container ${name}`], problems: [], start: [], remove: [] });
    expect(found.says.join()).toContain(`(${name}) is gone: it is made anew`);
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

  test.each(["api-local-run", "api-local-notices", "api-local-blue-secrets"])("volume %s is gone", (volume) => {
    expect(look(hostWith({}, { without: [volume] }))).toMatchObject({ recreate: [`volume ${volume}`], problems: [] });
  });

  test("a replica is at another address than the proxy sends to", () => {
    const found = look(hostWith({ "api-local-green-2": { address: "10.213.0.99" } }));
    expect(found).toMatchObject({
      recreate: ["container api-local-green-2"],
      remove: ["api-local-green-2"],
      problems: [],
    });
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

  test("a container that only reads the journal is no second controller", () => {
    expect(look(hostWith({}, { extra: writer("reader").replace("true", "false") })).problems).toEqual([]);
  });

  test("two controllers", () => {
    const { problems } = look(hostWith({}, { extra: writer("mine") }));
    expect(problems.join()).toContain("two controllers have one journal, got api-local-controller, mine");
  });

  test("a journal that is older than the containers, or empty", () => {
    const older = { ...ledger, rollout: 2, promoted: 2 };
    expect(look(hostWith(), older).problems.join()).toContain("got rollout 2 in the journal, 4 on containers");
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

describe("before the first release", () => {
  const bare = (...lines: string[]) => look(parseLook(lines.join("\n")), emptyLedger).problems.join("\n");

  test("an empty host has room", () => {
    expect(bare('network {"name":"bridge","subnets":[{"Subnet":"172.17.0.0/16"}]}')).toBe("");
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
