import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { alarmProblems } from "../../../../lib/aws/ecs/alarm-problems.ts";
import { alarmsOn } from "../../../../lib/aws/ecs/ask-alarms.ts";
import { awsTypes } from "../../../../lib/aws/inputs.ts";
import { formatProblem } from "../../../../lib/problem.ts";
import { AwsApi } from "../../../emulators/aws/api.ts";
import { World } from "../../../emulators/aws/world.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-aws-api-"));
const world = new World(join(folder, "world.json"));
const api = new AwsApi(world);
beforeAll(async () => {
  for (const [name, value] of Object.entries(await api.start())) vi.stubEnv(name, value);
  for (const [id, state] of Object.entries({ "shop-a": "OK", "shop-b": "ALARM", "other-b": "ALARM" }))
    world.put(id, { type: awsTypes.alarm, id, inputs: { name: id }, told: { state } });
});
afterAll(() => {
  api.stop();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("the alarms of a service that are on are found, and nobody else's", async () => {
  expect(await alarmsOn("eu-central-1", ["shop-a", "shop-b"])).toEqual(["shop-b"]);
  expect(await alarmsOn("eu-central-1", ["shop-a", "shop-c"])).toEqual([]);
});

test("a login that has expired is no answer", async () => {
  api.refusal = { type: "ExpiredTokenException", message: "The security token included in the request is expired" };
  await expect(alarmsOn("eu-central-1", ["shop-a"])).rejects.toThrow(/token included in the request is expired/);
});

test("an alarm that is on, and none that could be asked, are both refused", () => {
  const said = (found: Parameters<typeof alarmProblems>[0]["found"]) =>
    alarmProblems({ region: "eu-central-1", found }).map(formatProblem);
  expect(said([])).toEqual([]);
  expect(said(["shop-b"])[0]).toMatch(
    /an alarm of it is on already, .*got shop-b; allowed none that is on\. Fix: mend/,
  );
  expect(said({ problem: "expired" })[0]).toMatch(/nobody knows .*got expired; .*cloudwatch:DescribeAlarms/);
});
