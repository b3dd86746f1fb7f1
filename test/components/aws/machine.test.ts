import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeMachines } from "../../../components/aws/machines.ts";
import { awsPlugin, awsTypes } from "../../../lib/aws/inputs.ts";
import { userData } from "../../../lib/aws/user-data.ts";
import { rules } from "../../../policy/rules/index.ts";
import { extracted, misfits } from "../../emulators/aws/extracted.ts";
import { reportedOf } from "../../support/asked-policy.ts";
import { awsSection } from "../../support/aws-settings.ts";
import { record, type Recorded } from "../../support/recorder.ts";
import { settingsOf } from "../../support/settings-of.ts";

let resources: Recorded[];
let stop: () => void;
beforeAll(async () => {
  ({ resources, stop } = await record());
  const settings = settingsOf({ aws: awsSection, service: "shop", listenAddress: "0.0.0.0", listenPort: 80 });
  if (settings.aws === undefined) throw new Error("no machines");
  makeMachines(settings.aws, { stack: "production", settings } as Parameters<typeof makeMachines>[1]);
  await pulumi.runtime.disconnect();
});
afterAll(() => {
  stop();
});

const tags = { "slipway.service": "shop", "slipway.stack": "production", Name: "machine-host.production" };
const made = () => resources.filter(({ type }) => type.startsWith("aws:"));
const inputsOf = (name: string) => resources.find((each) => each.name === name)?.inputs;

test("a machine is these resources and no others", () => {
  const securityGroupId = "machine-host-entrance-id";
  expect(Object.fromEntries(made().map(({ name, inputs }) => [name, inputs]))).toEqual({
    "machine-host-data": { availabilityZone: "eu-central-1a", size: 50, type: "gp3", encrypted: true, tags },
    "machine-host-entrance": { vpcId: awsSection.vpc, description: "A host of Slipway", tags },
    "machine-host-entrance-22-from-203.0.113.0/24": {
      ...{ securityGroupId, ipProtocol: "tcp", fromPort: 22, toPort: 22, cidrIpv4: "203.0.113.0/24" },
    },
    "machine-host-entrance-80-from-0.0.0.0/0": {
      ...{ securityGroupId, ipProtocol: "tcp", fromPort: 80, toPort: 80, cidrIpv4: "0.0.0.0/0" },
    },
    "machine-host-entrance-out": { securityGroupId, ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" },
    "machine-host-role": {
      assumeRolePolicy:
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}',
      tags,
    },
    "machine-host-role-session-manager": {
      policyArn: "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
      role: "machine-host-role-id",
    },
    "machine-host-role-profile": { role: "machine-host-role-id", tags },
    "machine-host": {
      ami: "ami-0123456789abcdef0",
      instanceType: "t3.small",
      availabilityZone: "eu-central-1a",
      subnetId: awsSection.subnet,
      vpcSecurityGroupIds: [securityGroupId],
      iamInstanceProfile: "machine-host-role-profile-id",
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      rootBlockDevice: { encrypted: true, volumeType: "gp3", volumeSize: 20 },
      userData: userData({ adminKey: awsSection.adminKey, volume: "machine-host-data-id" }),
      tags,
    },
    "machine-host-data-attachment": {
      deviceName: "/dev/sdf",
      instanceId: "machine-host-id",
      volumeId: "machine-host-data-id",
      stopInstanceBeforeDetaching: true,
    },
    "machine-host-address": { domain: "vpc", tags },
    "machine-host-address-association": { allocationId: "machine-host-address-id", instanceId: "machine-host-id" },
  });
});

test("machine, data and address stay, and neither a newer image nor other user data makes another machine", () => {
  const kept = made().filter(({ protect }) => protect);
  expect(kept.map(({ name }) => name).sort()).toEqual(["machine-host", "machine-host-address", "machine-host-data"]);
  const ignoring = made().filter(({ ignoreChanges }) => ignoreChanges.length > 0);
  expect(ignoring.map(({ name, ignoreChanges }) => [name, ignoreChanges])).toEqual([
    ["machine-host", ["ami", "userData"]],
  ]);
});

test("all inputs are ones that the vendor's package declares", () => {
  expect(extracted.version).toBe(awsPlugin.version);
  expect(Object.keys(extracted.types).sort()).toEqual(Object.values(awsTypes).sort());
  for (const { type, name, inputs } of made()) {
    const shape = extracted.types[type];
    expect(shape && misfits(inputs, shape), name).toEqual([]);
  }
  expect(misfits({ sizes: 1 }, extracted.types[awsTypes.volume] ?? "string")).toEqual([
    "availabilityZone: is missing",
    "sizes: invalid or unknown key",
  ]);
});

test("the policy pack finds nothing", () => {
  expect(resources.flatMap((each) => rules.flatMap((rule) => reportedOf(rule, each)))).toEqual([]);
});

test("the account is the environment's, and the state knows no login", () => {
  expect(inputsOf("aws")).toEqual({ region: "eu-central-1" });
});
