import { expect, test } from "vitest";
import { emptyLedger } from "../../../router/ledger.ts";
import { isThere, lookAtRoles } from "../../../router/metrics/role-look.ts";
import { release } from "../support/samples.ts";

const roles = { worker: 2, beat: 1 };
const live = {
  ...emptyLedger,
  live: "green" as const,
  slots: { ...emptyLedger.slots, green: { release: { ...release("1.0.0"), roles }, state: "holds" as const } },
};

test("each container of live's roles is asked at its own address", async () => {
  const asked: string[] = [];
  const seen = await lookAtRoles(live, "10.213.0", (address) => {
    asked.push(address);
    return Promise.resolve(address !== "10.213.0.81");
  });
  expect(asked).toEqual(["10.213.0.80", "10.213.0.81", "10.213.0.82"]);
  expect(seen).toEqual([
    { role: "worker", containers: 2, up: 1 },
    { role: "beat", containers: 1, up: 1 },
  ]);
});

test("one that runs by the clock is not looked for: most of the time it is not there", async () => {
  const release = { ...live.slots.green.release, schedules: { beat: "0 3 * * *" } };
  const clocked = { ...live, slots: { ...live.slots, green: { ...live.slots.green, release } } };
  const asked: string[] = [];
  const seen = await lookAtRoles(clocked, "10.213.0", (address) => {
    asked.push(address);
    return Promise.resolve(true);
  });
  expect(asked).toEqual(["10.213.0.81", "10.213.0.82"]);
  expect(seen).toEqual([{ role: "worker", containers: 2, up: 2 }]);
});

test("nothing is asked before there is a release, nor of one without roles", async () => {
  const never = () => Promise.reject(new Error("asked"));
  expect(await lookAtRoles(emptyLedger, "10.213.0", never)).toEqual([]);
  const without = { ...live, slots: { ...live.slots, green: { ...live.slots.green, release: release("1.0.0") } } };
  expect(await lookAtRoles(without, "10.213.0", never)).toEqual([]);
});

test("who refuses a connection is there", async () => {
  expect(await isThere("127.0.0.1")).toBe(true);
});
