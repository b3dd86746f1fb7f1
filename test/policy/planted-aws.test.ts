import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { makeMachines } from "../../components/aws/machines.ts";
import { rules } from "../../policy/rules/index.ts";
import { extracted, misfits } from "../emulators/aws/extracted.ts";
import { reported } from "../support/asked-policy.ts";
import { awsSection } from "../support/aws-settings.ts";
import { record, type Recorded } from "../support/recorder.ts";
import { settingsOf } from "../support/settings-of.ts";

let resources: Recorded[];
beforeAll(async () => {
  const recording = await record();
  ({ resources } = recording);
  const settings = settingsOf({
    aws: awsSection,
    listenAddress: "0.0.0.0",
    listenPort: 443,
    url: "http://shop.example",
  });
  if (settings.aws === undefined) throw new Error("no machines");
  makeMachines(settings.aws, { stack: "production", settings } as Parameters<typeof makeMachines>[1]);
  await pulumi.runtime.disconnect();
  recording.stop();
});

type Mistake = readonly [at: string, change: Readonly<Record<string, unknown>>, protect?: boolean | undefined];

/** What catches a declaration: the names of rules, and `declaration` for what the vendor's package would not take. */
function caught([name, change, protect]: Mistake): string[] {
  const found = resources.find((each) => each.name === `machine-host${name}` && each.type.startsWith("aws:"));
  const shape = found && extracted.types[found.type];
  if (found === undefined || shape === undefined) throw new Error(`machine-host${name} is not there`);
  const props = Object.fromEntries(
    Object.entries({ ...found.inputs, ...change }).filter(([, value]) => value !== undefined),
  );
  const { type, urn } = found;
  const asked = { type, urn, name: found.name, props, opts: { protect: protect ?? found.protect } };
  return [
    ...(misfits(props, shape).length > 0 ? ["declaration"] : []),
    ...rules.filter((rule) => reported(rule, asked).length > 0).map((rule) => rule.name.replace("slipway-", "")),
  ];
}

const allow = (statement: object) => JSON.stringify({ Statement: [{ Effect: "Allow", ...statement }] });
const ssh = "-entrance-22-from-203.0.113.0/24";
const web = "-entrance-443-from-0.0.0.0/0";

test.each<readonly [...Mistake, by: string]>([
  ["", { amii: "ami-1" }, true, "declaration"],
  ["", { rootBlockDevice: { encrypted: true, volumeSize: "20" } }, true, "declaration"],
  ["", { rootBlockDevice: { encrypt: true } }, true, "declaration"],
  ["", { metadataOptions: { httpToken: "required" } }, true, "declaration"],
  ["", { metadataOptions: { httpPutResponseHopLimit: "1" } }, true, "declaration"],
  ["", { vpcSecurityGroupIds: "sg-1" }, true, "declaration"],
  ["", { tags: ["shop"] }, true, "declaration"],
  ["-data", { availabilityZone: undefined }, true, "declaration"],
  ["-data", { size: "50" }, true, "declaration"],
  ["-data", { encrypted: "true" }, true, "declaration"],
  ["-data-attachment", { deviceName: undefined }, false, "declaration"],
  ["-data-attachment", { stopInstance: true }, false, "declaration"],
  ["-address", { vpc: true }, true, "declaration"],
  ["-role", { assumeRolePolicy: undefined }, false, "declaration"],
  ["-role-session-manager", { policyArn: undefined }, false, "declaration"],
  [ssh, { fromPort: "22" }, false, "declaration"],
  [ssh, { securityGroupId: undefined }, false, "declaration"],
  [ssh, { cidrBlocks: ["10.0.0.0/8"] }, false, "declaration"],
  [ssh, { cidrIpv4: "0.0.0.0/0" }, false, "ssh-is-closed"],
  [ssh, { cidrIpv4: undefined, cidrIpv6: "::/0" }, false, "ssh-is-closed"],
  [ssh, { cidrIpv4: "128.0.0.0/1" }, false, "ssh-is-closed"],
  [web, { fromPort: 0, toPort: 65535 }, false, "ports-are-closed"],
  [web, { ipProtocol: "-1", fromPort: undefined, toPort: undefined }, false, "ports-are-closed"],
  [web, { fromPort: 5432, toPort: 5432 }, false, "ports-are-closed"],
  [web, { fromPort: 443, toPort: 444 }, false, "ports-are-closed"],
  ["", { rootBlockDevice: undefined }, true, "storage-is-encrypted"],
  ["", { rootBlockDevice: { encrypted: false } }, true, "storage-is-encrypted"],
  ["", { ebsBlockDevices: [{ deviceName: "/dev/sdg" }] }, true, "storage-is-encrypted"],
  ["-data", { encrypted: undefined }, true, "storage-is-encrypted"],
  ["-data", {}, false, "data-is-protected"],
  ["-address", {}, false, "data-is-protected"],
  ["", { tags: undefined }, true, "things-are-tagged"],
  ["-data", { tags: { "slipway.stack": "x" } }, true, "things-are-tagged"],
  ["-role", { tags: {} }, false, "things-are-tagged"],
  ["", { userData: "-----BEGIN OPENSSH PRIVATE KEY-----" }, true, "secrets-are-marked"],
  [
    "-role-session-manager",
    { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
    false,
    "iam-without-wildcards",
  ],
  ["-role", { assumeRolePolicy: allow({ Action: "sts:AssumeRole", Principal: "*" }) }, false, "iam-without-wildcards"],
  ["-role", { inlinePolicies: [{ policy: allow({ Action: "s3:*", Resource: "*" }) }] }, false, "iam-without-wildcards"],
])("machine-host%s with %j, protected %s, is caught: %s", (name, change, protect, by) => {
  expect(caught([name, {}])).toEqual([]);
  expect(caught([name, change, protect])).toContain(by);
});
