import { expect, test } from "vitest";
import type { FoundContainer } from "../../../lib/hosts/look.ts";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { foundRoles } from "../../../lib/releases/found-roles.ts";
import { emptyLedger, type Ledger } from "../../../router/ledger.ts";
import { release } from "../../router/support/samples.ts";

const names = new HostNames("api", "local", "10.213.0.0/24");
const container = (slot: string, number: number, status = "running") => {
  const name = `api-local-${slot}-worker-${String(number)}`;
  const labels = { "slipway.stack": "local", "slipway.service": "api", "slipway.slot": slot, "slipway.role": "worker" };
  return [name, { name, status, labels } as unknown as FoundContainer] as const;
};
const roles = { worker: 2, beat: 1 };
const ledger: Ledger = {
  ...emptyLedger,
  live: "blue",
  slots: {
    blue: { release: { ...release("1.0.0"), roles }, state: "holds" },
    green: { release: { ...release("1.1.0"), roles }, state: "preparing" },
  },
};
const found = (...all: readonly (readonly [string, FoundContainer])[]) =>
  foundRoles({ containers: new Map(all) }, names, ledger).map(
    ({ slot, role, running, containers }) => `${slot} ${role} ${String(running)} of ${String(containers)}`,
  );

test("a role has as many containers as its release, also where one or all of them are gone", () => {
  expect(found(container("blue", 1))).toEqual(["blue beat 0 of 1", "blue worker 1 of 2"]);
});

test("what runs by the clock is not counted: its last run tells how it is", () => {
  const clocked = { ...ledger.slots.blue, release: { ...release("1.0.0"), roles, schedules: { beat: "0 3 * * *" } } };
  const [name, tidy] = container("green", 1);
  const left = { ...tidy, labels: { ...tidy.labels, "slipway.due": ",0, both" } };
  const all = new Map([container("blue", 1), container("blue", 2), [name, left] as const]);
  const slots = { ...ledger.slots, blue: clocked };
  expect(foundRoles({ containers: all }, names, { ...ledger, slots })).toEqual([
    { slot: "blue", role: "worker", containers: 2, running: 2 },
  ]);
});

test("one too many is counted, and nothing is missed in a slot that holds nothing", () => {
  const all = [1, 2, 3].map((number) => container("blue", number));
  expect(found(...all, container("green", 1, "exited"))).toEqual([
    "blue beat 0 of 1",
    "blue worker 3 of 3",
    "green worker 0 of 1",
  ]);
});
