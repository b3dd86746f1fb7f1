import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { awsTypes } from "../../lib/aws/inputs.ts";
import { behaviour } from "../emulators/aws/ecs.ts";
import { shopOnEcs } from "../support/shop-on-ecs.ts";
import { succeeded } from "../support/succeeded.ts";

// The real engine with the policy pack; the vendor's plugin is stood in for (docs/aws.md).
let shop: Awaited<ReturnType<typeof shopOnEcs>>;
let { stack, world, api, turn } = {} as typeof shop;
const things = (type: string) => Object.values(world.all()).filter((thing) => thing.type === type);
const service = () => things(awsTypes.ecsService)[0]?.inputs;
const revisions = () => Object.keys(world.all()).filter((key) => key.includes(":task-definition/"));
const ended = (revision: number) => expect.stringMatching(new RegExp(`/shop-outgrown:${String(revision)}$`)) as string;
const weights = () =>
  things(awsTypes.listenerRule).map(({ inputs }) => JSON.stringify(inputs.actions).match(/(?<="weight":)\d+/g));

beforeAll(async () => {
  // How the other target would be reached.
  const elsewhere = { host: { kind: "local" }, loadBalancer: { addresses: ["10.0.0.0/24"] } };
  const env = { PULUMI_OPTION_POLICY_PACK: JSON.stringify(join(process.cwd(), "policy")) };
  shop = await shopOnEcs("outgrown", { ...elsewhere, env: { GREETING: "hello" } }, { env });
  ({ stack, world, api, turn } = shop);
});
afterAll(() => {
  shop.stop();
});

test("a preview of what is not there yet shows it, and makes nothing", async () => {
  const said = await stack.preview();
  succeeded(said);
  expect(said.output).toMatch(/\+ \d+ to create/);
  expect(world.all()).toEqual({});
});

test("an update makes it, and a second one has nothing to do", async () => {
  const said = await stack.up();
  succeeded(said);
  expect(said.output).toContain("https://shop.example.com is up: live 1.0.0, task definition shop-outgrown:1");
  expect(await stack.outputs()).toMatchObject({
    live: { version: "1.0.0", revision: "shop-outgrown:1", image: expect.stringMatching(/@sha256:/) as string },
    balancer: expect.stringMatching(/elb\.amazonaws\.com$/) as string,
  });
  expect(service()?.taskDefinition).toEqual(ended(1));
  expect(await stack.export()).not.toContain("s3cret-of-shop");
  succeeded(await stack.preview("--expect-no-changes"));
  succeeded(await stack.preview("--expect-no-changes", "--refresh"));
});

test("a new version makes a revision and changes the service, and nothing else; weights are left to ECS", async () => {
  const before = weights();
  await stack.set({ version: "1.1.0" });
  const shown = await stack.preview();
  succeeded(shown);
  expect(shown.output).toMatch(/~ 1 to update/);
  expect(shown.output).toMatch(/\+-1 to replace/);
  succeeded(await stack.up());
  expect(service()?.taskDefinition).toEqual(ended(2));
  expect(revisions()).toHaveLength(2);
  expect(weights()).not.toEqual(before);
  succeeded(await stack.preview("--expect-no-changes", "--refresh"));
});

test("no release goes out while an alarm is on, which ECS would not watch; a way back does", async () => {
  const alarm = world.thing("shop-outgrown-slow-blue");
  const state = (is: string) => {
    world.change("shop-outgrown-slow-blue", alarm?.inputs ?? {}, { state: is });
  };
  state("ALARM");
  await stack.set({ version: "1.1.1" });
  const before = world.all();
  const said = await stack.up();
  expect(said.code).not.toBe(0);
  expect(said.output).toContain("slipway:verdict: an alarm of it is on already");
  expect(said.output).toContain("got shop-outgrown-slow-blue");
  expect(world.all()).toEqual(before);
  await stack.set({ version: "1.0.0" });
  const back = await stack.up();
  succeeded(back);
  expect(back.output).toContain("slipway:verdict: an alarm of it is on already");
  state("OK");
  await stack.set({ version: "1.1.0" });
  succeeded(await stack.up());
});

test("a login that has expired brings no release", async () => {
  api.refusal = { type: "ExpiredTokenException", message: "The security token included in the request is expired" };
  await stack.set({ version: "1.1.2" });
  const before = world.all();
  const said = await stack.up();
  expect(said.output).toContain("nobody knows whether an alarm of it is on already");
  expect(said.code).not.toBe(0);
  expect(world.all()).toEqual(before);
  api.refusal = undefined;
  await stack.set({ version: "1.1.0" });
});

test("a version that turns bad is red, and the same update again is red too", async () => {
  turn({ "1.2.0": "rolled back because alarm shop-outgrown-errors-green is in ALARM" });
  await stack.set({ version: "1.2.0" });
  const first = await stack.up();
  expect(first.code).not.toBe(0);
  expect(first.output).toContain("alarm shop-outgrown-errors-green is in ALARM");
  expect(service()?.taskDefinition).toEqual(ended(4));
  const again = await stack.up();
  expect(again.output).toContain("ECS went back: it runs shop-outgrown:4, not shop-outgrown:5");
  expect(again.output).toContain("alarm shop-outgrown-errors-green is in ALARM");
  expect(again.code).not.toBe(0);
  const third = await stack.up();
  expect(third.code).not.toBe(0);
  expect(service()?.taskDefinition).toEqual(ended(4));
});

test("the version before is green again", async () => {
  await stack.set({ version: "1.1.0" });
  succeeded(await stack.up());
  expect(await stack.outputs()).toMatchObject({ live: { version: "1.1.0" }, served: ["1.0.0", "1.1.0"] });
  succeeded(await stack.preview("--expect-no-changes", "--refresh"));
});

test("the target of a stack is not changed in place", async () => {
  await stack.set({ target: "host" });
  const before = world.all();
  const said = await stack.up();
  expect(said.code).not.toBe(0);
  expect(said.output).toContain("slipway:target: is another one than the last update's");
  expect(world.all()).toEqual(before);
  await stack.set({ target: "ecs" });
});

test("its end takes all away but what a way back would need", async () => {
  succeeded(await stack.destroy());
  const left = new Set(Object.values(world.all()).map(({ type }) => type));
  expect([...left].sort()).toEqual([awsTypes.taskDefinition, behaviour].sort());
});
