import { expect, test } from "vitest";
import { parseLook } from "../../../lib/hosts/look.ts";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { formatProblem } from "../../../lib/problem.ts";
import {
  describeDatabases,
  leavingDatabases,
  leftData,
  madeVolumes,
  movedHostProblem,
} from "../../../lib/releases/data-on-host.ts";
import type { Declared } from "../../../lib/releases/declared-on-host.ts";
import { emptyLedger, type Ledger } from "../../../lib/releases/ledger.ts";

const declared: Declared = {
  names: new HostNames("api", "staging", "10.213.0.0/24"),
  databases: ["postgres", "redis"],
  backups: "/backups/api-local",
  keepsCertificate: false,
  watchers: [],
  subnet: "10.213.0.0/24",
  listenAddress: "0.0.0.0",
  ports: [],
  servicePort: 8000,
  reader: "slipway/node:local",
  images: {},
};
const release = { id: "1.0.0-0123abcd", version: "1.0.0", image: "api:1", fingerprint: "f", replicas: 1 };
const slots = { blue: { release, state: "holds" }, green: { release, state: "holds" } } as const;
const served: Ledger = { ...emptyLedger, live: "green", slots };
const look = (...volumes: string[]) => parseLook(volumes.map((name) => `volume "api-staging-${name}"`).join("\n"));
const refused = (...[on, ledger, known]: [ReturnType<typeof look> | undefined, Ledger, Ledger]) => {
  const problem = movedHostProblem(on, ledger, known, declared, { path: "slipway:host", stack: "staging" });
  return problem && formatProblem(problem);
};

test("a stack that was live is not begun anew elsewhere, or where somebody emptied the host: its state would pass for what is there", () => {
  const begins = "slipway:host: nothing of this stack is live here, and its state says that 1.0.0-0123abcd is, got ";
  const fix =
    "; allowed the host that the stack was on. Fix: set slipway:host back; or begin anew on this one, with the data that are here or none " +
    '(docs/runbook.md, "A host is lost"): `pulumi stack rm --force --preserve-config staging`, `pulumi stack init staging`, pulumi up';
  expect(refused(look("redis"), emptyLedger, served)).toBe(`${begins}no volume api-staging-postgres${fix}`);
  expect(refused(undefined, emptyLedger, served)).toContain("no volume api-staging-postgres, api-staging-redis");
  expect(refused(look("postgres", "redis"), emptyLedger, served)).toBe(
    `${begins}data, and no controller's journal${fix}`,
  );
});

test.each([
  ["a stack that was live nowhere", look(), emptyLedger, emptyLedger],
  ["where it is live", look("postgres", "redis"), served, served],
])("it may begin: %s", (_, on, ledger, known) => {
  expect(refused(on, ledger, known)).toBeUndefined();
});

test("a database that is declared no longer leaves, if it is this stack's", () => {
  const container = (name: string, stack: string) =>
    `container ${JSON.stringify({ name: `/api-staging-${name}`, status: "running", image: "i", labels: { "slipway.service": "api", "slipway.stack": stack } })}`;
  const found = (...lines: string[]) =>
    leavingDatabases(parseLook(lines.join("\n")), { ...declared, databases: ["redis"] });
  expect(found(container("postgres", "staging"), container("redis", "staging"))).toEqual(["postgres"]);
  expect(found(container("redis", "staging"), container("neo4j", "other"))).toEqual([]);
  expect(describeDatabases(["postgres", "redis"])).toBe("PostgreSQL and Redis");
});

test("data of a database that is declared no longer are spoken of, with both ways on", () => {
  expect(leftData(look("postgres", "redis", "neo4j", "controller"), declared, () => false)).toEqual([
    "Volume api-staging-neo4j is left of Neo4j, which slipway:databases does not name. Named again, it takes up what is there; " +
      "`docker volume rm api-staging-neo4j` on the host deletes it.",
  ]);
  expect(leftData(look("postgres"), declared, () => false)).toEqual([]);
  expect(leftData(look("neo4j"), declared, (kind) => kind === "neo4j")).toEqual([
    "Neo4j leaves with its data, as slipway:deleteData said: after a last backup, volume api-staging-neo4j is deleted.",
  ]);
});

test("a volume that is made is said, one that is left is said, and one that a release has is no new one", () => {
  const keeps: Declared = { ...declared, volumes: ["uploads"] };
  const made = (on: ReturnType<typeof look>, ledger: Ledger) => madeVolumes(on, keeps, ledger);
  const says = ["Volume api-staging-volume-uploads is made; it begins with what the image has in its folder."];
  expect(made(look(), emptyLedger)).toEqual(says);
  expect(made(look(), served)).toEqual(says);
  expect(made(look("volume-uploads"), served)).toEqual([]);
  const has = { ...release, volumes: { uploads: "/up" } };
  expect(made(look(), { ...served, slots: { ...slots, green: { release: has, state: "holds" } } })).toEqual([]);

  const left = (on: Declared) => leftData(look("volume-uploads"), on, () => false);
  expect(left(keeps)).toEqual([]);
  expect(left(declared)).toEqual([
    "Volume api-staging-volume-uploads is left of uploads, which slipway:volumes does not name. Named again, it takes up what is there; " +
      "`docker volume rm api-staging-volume-uploads` on the host deletes it.",
  ]);
  const problem = movedHostProblem(look("postgres", "redis"), emptyLedger, served, keeps, {
    path: "slipway:host",
    stack: "staging",
  });
  expect(problem && formatProblem(problem)).toContain("got no volume api-staging-volume-uploads;");
});
