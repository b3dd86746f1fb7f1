import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { containerSpec, type ContainerSpec } from "../../../lib/releases/container.ts";
import { numbersOf } from "../../../lib/releases/fingerprint.ts";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";
import { makeRelease, wantedReleases, type Release } from "../../../lib/releases/release.ts";
import { settingsOf } from "../../support/settings-of.ts";

const image = `registry.example.test/ape@sha256:${"a".repeat(64)}`;
const container: ContainerSpec = {
  replicas: 2,
  port: 8000,
  env: { A: "1", B: "2" },
  secrets: { token: "hunter2", "api-key": "k" },
  databases: { postgres: { name: "ape", user: "ape" } },
  healthPath: "/health",
  health: {},
  faults: "",
  limits: { memoryMb: 2048, readOnly: true, writable: [] },
  process: { user: "10001", stopSeconds: 25 },
  volumes: {},
  roles: {},
};
const idOf = (changes: Partial<ContainerSpec> = {}, version = "1.0.0", tag = "api:1") =>
  makeRelease({ version, image: tag, container: { ...container, ...changes } }).id;

function argsOf(changes: Record<string, unknown>, secrets: Record<string, string>) {
  const settings = settingsOf(changes, { secrets: Object.keys(secrets) });
  return { version: settings.version, image, container: containerSpec(settings, secrets) };
}

interface Golden {
  readonly changes: Record<string, unknown>;
  readonly secrets: Record<string, string>;
  readonly id: string;
  readonly fingerprint: string;
}
const goldenIn = (file: string) =>
  JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")) as readonly Golden[];

// 1 was recorded with the Slipway of 5a50bcc, which knew no numbers.
describe.each([1, 2] as const)("fingerprint %i hashes as it did when it was recorded:", (number) => {
  test.each(goldenIn(`releases-${String(number)}.json`))("$id", ({ changes, secrets, id, fingerprint }) => {
    expect(makeRelease(argsOf(changes, secrets), number)).toMatchObject({ id, fingerprint });
  });
});

describe("a release", () => {
  test("is the same in whatever order its parts are written, and with defaults said or left out", () => {
    expect(idOf()).toMatch(/^1\.0\.0-[0-9a-f]{8}$/);
    expect(idOf({ env: { B: "2", A: "1" } })).toBe(idOf());
    expect(idOf({ secrets: { "api-key": "k", token: "hunter2" } })).toBe(idOf());
    const said = {
      port: 8000,
      replicas: 1,
      env: {},
      faults: "",
      health: { path: "/health", gateSeconds: 60, headers: {}, statuses: [200, 200] },
    };
    expect(makeRelease(argsOf(said, {}))).toEqual(makeRelease(argsOf({}, {})));
  });

  test("is another one with another version or image", () => {
    expect(new Set([idOf(), idOf({}, "1.0.1"), idOf({}, "1.0.0", "api:2")]).size).toBe(3);
  });

  test("does not change by what its containers do not get", () => {
    const changes = { sticky: false, drainSeconds: 7, stockImages: { node: "node:24" }, backups: { directory: "/b" } };
    expect(makeRelease(argsOf(changes, {}))).toEqual(makeRelease(argsOf({}, {})));
  });

  test("tells what it keeps, and none from before there were numbers is the same as one that keeps something", () => {
    const [args, keeping] = [argsOf({}, {}), argsOf({ volumes: { uploads: { folder: "/up", backup: false } } }, {})];
    expect(makeRelease(keeping)).toMatchObject({ volumes: { uploads: "/up" } });
    expect(makeRelease(args)).not.toHaveProperty("volumes");
    expect(makeRelease(keeping, 1).id).not.toBe(makeRelease(args, 1).id);
    // Whether it is backed up, and on how many hosts it is, is no matter of its containers.
    const said = argsOf({ volumes: { uploads: { folder: "/up", eachHost: true } } }, {});
    expect(makeRelease(said).id).toBe(makeRelease(keeping).id);
  });

  test("holds no secret", () => {
    expect(JSON.stringify(makeRelease({ version: "1.0.0", image, container }))).not.toContain("hunter2");
  });

  const texts = fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 3 });
  const parts: { readonly [Part in keyof Required<ContainerSpec>]: fc.Arbitrary<ContainerSpec[Part]> } = {
    replicas: fc.integer({ min: 1, max: 8 }),
    port: fc.integer({ min: 1, max: 65_535 }),
    env: texts,
    secrets: fc.constant({}),
    databases: fc.constantFrom({}, { redis: {} }, { neo4j: {} }, { postgres: { name: "ape", user: "u" } }),
    healthPath: fc.constantFrom("/health", "/up"),
    health: fc.constantFrom({}, { host: "api.test" }, { headers: { A: "1" } }, { statuses: [204] }),
    faults: fc.constantFrom("", "unhealthy"),
    limits: fc.constantFrom(container.limits, { ...container.limits, memoryMb: 512 }),
    volumes: fc.constantFrom({}, { uploads: "/app/uploads", media: "/m" }, { uploads: "/elsewhere" }),
    roles: fc.constantFrom(
      {},
      { worker: { command: ["work"], replicas: 1 } },
      { worker: { command: ["work"], replicas: 2 } },
      { worker: { command: ["work"], replicas: 1, hosts: "first" as const } },
      { worker: { command: ["work"], replicas: 1, schedule: "15 3 * * *" } },
      { worker: { command: ["work", "hard"], replicas: 1 }, beat: { command: ["beat"], replicas: 1, memoryMb: 64 } },
    ),
    process: fc.constantFrom(container.process, { ...container.process, command: ["serve"] }),
  };
  test("is one on all hosts, also where not all of them have all of its roles", () => {
    const [command, replicas] = [["work"], 1];
    const roles = {
      worker: { command, replicas: 2 },
      beat: { command, replicas, hosts: "first" as const },
      nightly: { command, replicas, schedule: " 15  3 * * *" },
      sweep: { command, replicas, schedule: "0 4 * * *", hosts: "all" as const },
    };
    const args = { version: "1.0.0", image, container: { ...container, roles } };
    const [first, second] = wantedReleases(args, [{ ledger: emptyLedger }, { ledger: emptyLedger, name: "second" }]);
    expect(first?.wanted).toMatchObject({
      roles: { worker: 2, beat: 1, nightly: 1, sweep: 1 },
      schedules: { nightly: "15 3 * * *", sweep: "0 4 * * *" },
    });
    expect(second?.wanted).toEqual({
      ...first?.wanted,
      roles: { worker: 2, sweep: 1 },
      schedules: { sweep: "0 4 * * *" },
    });
    const few = { ...args, container: { ...container, roles: { beat: roles.beat } } };
    const [, none] = wantedReleases(few, [{ ledger: emptyLedger }, { ledger: emptyLedger, name: "second" }]);
    expect(none?.wanted).not.toHaveProperty("roles");
  });

  test.each(Object.keys(parts) as (keyof ContainerSpec)[])("changes with %s, and with nothing else", (part) => {
    fc.assert(
      fc.property(fc.record(parts), part === "secrets" ? texts : parts[part], (spec, value) => {
        const changed = { ...spec, [part]: value };
        const reversed = Object.fromEntries(Object.entries(changed).reverse()) as unknown as ContainerSpec;
        const ids = [spec, changed, reversed].map((each) => idOf(each));
        expect(ids[1] === ids[0]).toBe(sameValue(value, spec[part]));
        expect(ids[2]).toBe(ids[1]);
      }),
      // The hash over secrets is slow on purpose.
      { numRuns: part === "secrets" ? 8 : 100 },
    );
  });
});

/** Equal, in whatever order its keys are. */
const sameValue = (one: unknown, other: unknown) => {
  try {
    expect(one).toEqual(other);
    return true;
  } catch {
    return false;
  }
};

test.each([
  ["2:0123456789abcdef", [2]],
  ["0123456789abcdef", [1, 2]],
  ["", [1, 2]],
  ["3:0123456789abcdef", []],
])("fingerprint %j may have been made with %j", (fingerprint, numbers) => {
  expect(numbersOf(fingerprint)).toEqual(numbers);
});

describe("the wanted release", () => {
  const args = argsOf({}, { token: "a secret" });
  const [old, fresh] = [makeRelease(args, 1), makeRelease(args, 2)];
  const other = makeRelease({ ...args, version: "0.9.0" });
  const holds = (blue: Release | null, green: Release | null, change: Partial<Ledger> = {}) => {
    const held = (release: Release | null) => ({ release, state: release ? ("holds" as const) : ("empty" as const) });
    return {
      ledger: { ...emptyLedger, live: "blue" as const, slots: { blue: held(blue), green: held(green) }, ...change },
    };
  };
  const idsFor = (...hosts: { readonly ledger: Ledger }[]) =>
    wantedReleases(args, hosts).map(({ wanted }) =>
      wanted.id === old.id ? 1 : wanted.id === fresh.id ? 2 : wanted.id,
    );

  test.each([
    ["a new host", holds(null, null), 2],
    ["live, made before there were numbers", holds(old, other), 1],
    ["the standby, made before there were numbers", holds(other, old), 1],
    ["live under 2", holds(fresh, old), 2],
    ["live before the standby", holds(old, fresh), 1],
    ["green where that is live", holds(old, fresh, { live: "green" }), 2],
    ["what is running", holds(fresh, null, { running: { rollout: 2, slot: "green", release: old, percent: 10 } }), 1],
    ["outputs, which tell no fingerprint", holds({ ...fresh, fingerprint: "" }, other), 2],
    ["a release that only a newer Slipway knows", holds({ ...fresh, id: "1.0.0-3", fingerprint: "3:00" }, null), 2],
  ])("is compared under the number that it was made with: %s", (_, host, number) => {
    expect(idsFor(host)).toEqual([number]);
  });

  test("has one id on all hosts that do not hold it under another", () => {
    expect(idsFor(holds(other, null), holds(old, other), holds(null, null))).toEqual([1, 1, 1]);
    expect(idsFor(holds(fresh, null), holds(old, null))).toEqual([2, 1]);
  });
});
