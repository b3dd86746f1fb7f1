import { afterAll, beforeAll, expect, test } from "vitest";
import { awsTypes } from "../../lib/aws/inputs.ts";
import { ecsSection } from "../support/ecs-settings.ts";
import { shopOnEcs } from "../support/shop-on-ecs.ts";
import { succeeded } from "../support/succeeded.ts";

// What happens to a service on ECS beside its releases; the vendor's plugin is stood in for (docs/aws.md).
let shop: Awaited<ReturnType<typeof shopOnEcs>>;
let { stack, world, turn } = {} as typeof shop;
const keysOf = (type: string) =>
  Object.entries(world.all()).flatMap(([key, thing]) => (thing.type === type ? key : []));
const service = () => world.find(keysOf(awsTypes.ecsService)[0] ?? "") ?? {};

beforeAll(async () => {
  shop = await shopOnEcs("stories", { ecs: { ...ecsSection, scaling: { max: 6 } } });
  ({ stack, world, turn } = shop);
});
afterAll(() => {
  shop.stop();
});

test("a first release that never starts is red until another one does, though ECS has nothing to go back to", async () => {
  turn({ "1.0.0": "was unable to start a task: exec format error" });
  const first = await stack.up();
  expect(first.output).toContain("exec format error");
  expect(first.code).not.toBe(0);
  const again = await stack.up();
  expect(again.output).toContain(
    "ECS runs no task of shop-stories:1. It said last: (service shop) was unable to start a task",
  );
  expect(again.code).not.toBe(0);
  await stack.set({ version: "1.0.1" });
  succeeded(await stack.up());
  expect(await stack.outputs()).toMatchObject({
    live: { version: "1.0.1", revision: "shop-stories:2" },
    served: ["1.0.1"],
  });
});

test("what ECS and autoscaling changed is left to them", async () => {
  const [rule = ""] = keysOf(awsTypes.listenerRule);
  const rules = JSON.stringify(world.find(rule)?.actions).replaceAll(/"weight":\d+/g, '"weight":50');
  world.change(rule, { ...world.find(rule), actions: JSON.parse(rules) as never });
  const [key = ""] = keysOf(awsTypes.ecsService);
  world.change(key, { ...service(), desiredCount: 5 });
  succeeded(await stack.preview("--expect-no-changes", "--refresh"));
  await stack.set({ version: "1.0.2" });
  succeeded(await stack.up("--refresh"));
  expect(service().desiredCount).toBe(5);
});

test("another profile changes the service in place, and no group or rule", async () => {
  const before = [awsTypes.targetGroup, awsTypes.listenerRule, awsTypes.ecsService].map(keysOf);
  await stack.set({ "profile.kind": "instant" });
  succeeded(await stack.up());
  expect(service().deploymentConfiguration).toEqual({ strategy: "BLUE_GREEN", bakeTimeInMinutes: "5" });
  expect([awsTypes.targetGroup, awsTypes.listenerRule, awsTypes.ecsService].map(keysOf)).toEqual(before);
});

test("a secret that changed is a release, and the version before it stays for a way back", async () => {
  const revision = service().taskDefinition;
  await stack.setSecret("secrets.api-token", "another-s3cret");
  succeeded(await stack.up());
  expect(service().taskDefinition).not.toBe(revision);
  expect(keysOf(awsTypes.secretVersion)).toHaveLength(2);
  expect(await stack.export()).not.toContain("another-s3cret");
});

test("somebody who went back by hand is not overruled by an update that has nothing else to do", async () => {
  const [key = ""] = keysOf(awsTypes.ecsService);
  const [older = ""] = Object.keys(world.all()).filter((each) => each.endsWith("/shop-stories:3"));
  world.change(key, { ...service(), taskDefinition: older });
  const said = await stack.up();
  expect(said.output).toContain("ECS went back: it runs shop-stories:3, not shop-stories:");
  expect(said.code).not.toBe(0);
  expect(service().taskDefinition).toBe(older);
});
