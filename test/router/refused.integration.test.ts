import { afterEach, expect, test } from "vitest";
import type { RolloutRecord } from "../../router/telling/record.ts";
import { TestHost } from "./support/host.ts";
import { release } from "./support/samples.ts";

/** What is refused before its rollout can begin, such as a release whose roles do not stay up. */
const v1 = release("1.0.0");
const v2 = release("1.1.0");

let host: TestHost;
afterEach(() => host.stop());

const wish = { slot: "green", release: v2, rollout: 2, holds: { blue: v1, green: v2 }, by: "ada@laptop" };
const refuse = (reason: string, ...more: string[]) => host.run(["refuse", ...more, `--reason=${reason}`], wish);

test("is rejected like any other release: nothing moves, and its record says who brought it and why it was refused", async () => {
  host = await TestHost.start();
  await host.guard("blue", v1);
  await host.place("blue", v1);
  expect(await host.promote("blue", v1)).toMatchObject({ code: 0 });
  await host.guard("green", v2);
  await host.place("green", v2);
  const before = (await host.trace()).length;
  const reason = "role container green-worker-1: ends with exit code 1";
  expect(await refuse(reason, "--commit=abc")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`release 1.1.0-aaaa: rejected, ${reason}`) as string,
  });
  expect(await host.weights()).toEqual({ "blue-1": 100 });
  expect(await host.ledger()).toMatchObject({
    rollout: 2,
    live: "blue",
    running: null,
    rejected: [{ release: { id: "1.1.0-aaaa" }, reason }],
  });
  // A controller that ends at any moment carries on what the journal says: it never says that this one may get traffic.
  const phases = (await host.trace())
    .slice(before)
    .flatMap((entry) => ("ledger" in entry && entry.ledger.running ? [entry.ledger.running.phase] : []));
  expect(new Set(phases)).toEqual(new Set(["return"]));
  const record = JSON.parse((await host.run(["record", "2"])).stdout) as RolloutRecord;
  expect(record).toMatchObject({
    verdict: "rejected",
    reason,
    kind: "release",
    by: "ada@laptop",
    source: { commit: "abc", author: null },
  });
  expect(JSON.parse((await host.run(["digest"])).stdout)).toMatchObject([{}, { rollout: 2, verdict: "rejected" }]);
  // Once more is the same one, and the next attempt is a new one.
  expect(await refuse(reason)).toMatchObject({ code: 1 });
  await host.guard("green", v2);
  await host.place("green", v2);
  expect(await host.promote("green", v2)).toMatchObject({ code: 0 });
  expect((await host.ledger()).rollout).toBe(3);
});

test("as the first release of all leaves a host without one", async () => {
  host = await TestHost.start();
  const first = { slot: "blue", release: v1, rollout: 1, holds: { blue: v1, green: v1 } };
  await host.guard("blue", v1);
  expect(await host.run(["refuse", "--reason=role container blue-worker-1: is gone"], first)).toMatchObject({
    code: 1,
  });
  expect(await host.ledger()).toMatchObject({ rollout: 1, live: null, running: null, last: { result: "rejected" } });
});
