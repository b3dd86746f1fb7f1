import { afterEach, describe, expect, it } from "vitest";
import type { Replica } from "./support/replica.ts";
import { TestHost } from "./support/host.ts";
import { until } from "./support/until.ts";
import { release } from "./support/samples.ts";

let host: TestHost;
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") process.stderr.write(`${host.log}\n`);
  await host.stop();
});

/** Both slots hold a release, blue is live. */
async function standing(replicas: number): Promise<{ live: Replica[]; spare: Replica[] }> {
  host = await TestHost.start({ maxReplicas: 4 });
  await host.guard("blue", release("1.0.0", replicas));
  const [live, spare] = [
    await host.place("blue", release("1.0.0", replicas)),
    await host.place("green", release("1.0.0", replicas)),
  ];
  expect(await host.promote("blue", release("1.0.0", replicas))).toMatchObject({ code: 0 });
  await until("all of them", async () => (await host.serving()).length === replicas);
  return { live, spare };
}
const answered = (replicas: readonly Replica[]) => replicas.reduce((sum, { answered }) => sum + answered, 0);

describe("a request at which whoever gets it dies", () => {
  it.each([1, 2, 3, 4])("takes one of %i replicas along, and none of the standby", async (replicas) => {
    const { live, spare } = await standing(replicas);
    for (const each of [...live, ...spare]) each.fault = () => "die";
    const { status } = await fetch(host.url);
    expect(status).toBe(502);
    expect(answered(live)).toBe(1);
    expect(answered(spare)).toBe(0);
  });
});

describe("a request that was never sent", () => {
  it("goes on to the next, past all that are dead, and to the standby in the end", async () => {
    const { live } = await standing(4);
    await Promise.all(live.map((each) => each.stop()));
    expect((await fetch(host.url)).headers.get("x-slipway-slot")).toBe("green");
  });
});
