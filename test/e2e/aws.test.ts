import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { awsTypes } from "../../lib/aws/inputs.ts";
import { awsSection } from "../support/aws-settings.ts";
import { standInForAws } from "../support/aws-plugin.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { succeeded } from "../support/succeeded.ts";

// The real engine with the policy pack; the vendor's plugin is stood in for (docs/aws.md).
const { machines, ...place } = awsSection;
const config = {
  service: "shop",
  listenAddress: "0.0.0.0",
  listenPort: 80,
  aws: { ...place, machines },
};
const stack = new PulumiStack("machines", {
  config,
  env: { PULUMI_OPTION_POLICY_PACK: JSON.stringify(join(process.cwd(), "policy")) },
});
const world = standInForAws(stack);
const things = (type: string) => Object.entries(world.all()).filter(([, thing]) => thing.type === type);
const [machine, volume] = [awsTypes.instance, awsTypes.volume];

beforeAll(async () => {
  await stack.init();
});
afterAll(() => {
  stack.remove();
});

test("a preview shows a machine whose address nobody knows yet", async () => {
  const said = await stack.preview();
  succeeded(said);
  expect(said.output).toMatch(/\+ 15 to create/);
  expect(world.all()).toEqual({});
});

test("an update makes it, and says how its key is pinned", async () => {
  const said = await stack.up();
  succeeded(said);
  const { machines } = (await stack.outputs()) as { machines: { host: { address: string; instance: string } } };
  expect(machines.host).toEqual({
    address: expect.stringMatching(/^198\.51/) as string,
    instance: things(machine)[0]?.[0],
  });
  expect(said.output).toContain(`Machine host has the address ${machines.host.address}`);
  expect(said.output).toContain(`--instance-id ${machines.host.instance} --latest`);
  const [[id] = [""]] = things(volume);
  expect(things(machine)[0]?.[1].inputs.userData).toContain(id.replace("-", ""));
});

test("the next preview has nothing to do, with another image and another key neither", async () => {
  succeeded(await stack.preview("--expect-no-changes"));
  await stack.set({
    "aws.machines.host.ami": "ami-0fedcba9876543210",
    "aws.adminKey": `${place.adminKey.slice(0, -4)}AAAA`,
  });
  succeeded(await stack.preview("--expect-no-changes"));
});

test("a larger disk and another type change what is there", async () => {
  const before = [...things(machine), ...things(volume)].map(([id]) => id);
  await stack.set({ "aws.machines.host.dataGb": "60", "aws.machines.host.type": "t3.large" });
  succeeded(await stack.up());
  expect([...things(machine), ...things(volume)].map(([id]) => id)).toEqual(before);
  expect(things(volume)[0]?.[1].inputs.size).toBe(60);
});

test("what somebody opened by hand is closed again", async () => {
  const [[id, { inputs }] = ["", { inputs: {} }]] = things(machine);
  world.change(id, {
    ...inputs,
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "optional", httpPutResponseHopLimit: 2 },
  });
  succeeded(await stack.up("--refresh"));
  expect(world.find(id)?.metadataOptions).toMatchObject({ httpTokens: "required", httpPutResponseHopLimit: 1 });
});

test("neither another zone nor a machine that is declared no longer takes data away", async () => {
  const before = world.all();
  await stack.set({ "aws.zone": "eu-central-1b" });
  const moved = await stack.up();
  expect(moved.code).not.toBe(0);
  expect(moved.output).toMatch(/unable to replace resource .*protected|unable to replace/);
  await stack.set({ "aws.zone": place.zone });
  await stack.set({ "aws.machines.other.ami": machines.host.ami });
  await stack.unset("aws.machines.host");
  const gone = await stack.preview();
  expect(gone.code).not.toBe(0);
  expect(gone.output).toMatch(/cannot be deleted|protected/);
  await stack.set({ "aws.machines.host.ami": machines.host.ami });
  await stack.unset("aws.machines.other");
  expect(world.all()).toEqual(before);
});

test("a port that should not be open to everybody is refused before it is", async () => {
  await stack.set({ listenPort: "8080" });
  const said = await stack.preview();
  expect(said.code).not.toBe(0);
  expect(said.output).toContain("port 8080 is open to 0.0.0.0/0");
});
