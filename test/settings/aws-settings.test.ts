import { expect, test } from "vitest";
import { awsSection } from "../support/aws-settings.ts";
import { problemsOf, settingsOf } from "../support/settings-of.ts";

test("a stack makes no machine unless it says so", () => {
  expect(settingsOf({}).aws).toBeUndefined();
  expect(settingsOf({ aws: {} }).aws).toBeUndefined();
  expect(settingsOf({ aws: awsSection }).aws?.machines).toEqual({
    host: { ami: "ami-0123456789abcdef0", type: "t3.small", rootGb: 20, dataGb: 50 },
  });
});

test.each([
  [{ sshFrom: ["0.0.0.0/0"] }, /sshFrom\[0\]: .*got 0\.0\.0\.0\/0; .*of \/8 or smaller/],
  [{ sshFrom: ["128.0.0.0/1"] }, /sshFrom\[0\]: .*got 128/],
  [{ sshFrom: [] }, /sshFrom: /],
  [{ zone: "eu-west-1a" }, /zone: is in another region, got eu-west-1a; allowed a zone of slipway:aws.region/],
  [{ adminKey: "-----BEGIN OPENSSH PRIVATE KEY-----" }, /adminKey: .*allowed a public SSH key/],
  [{ machines: {} }, /machines: .*allowed at least one/],
  [{ machines: { host: { ami: "debian-12" } } }, /machines\.host\.ami: .*allowed the id of an image/],
  [{ machines: { host: { ...awsSection.machines.host, dataGb: 0 } } }, /dataGb: /],
  [{ machines: { host: { ...awsSection.machines.host, size: 1 } } }, /size/],
  [{ subnet: undefined }, /subnet: is missing/],
])("a section with %j is refused", (change, said) => {
  expect(problemsOf({ aws: { ...awsSection, ...change } }).join("\n")).toMatch(said);
});
