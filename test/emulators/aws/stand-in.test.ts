import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { awsTypes } from "../../../lib/aws/inputs.ts";
import { extracted } from "./extracted.ts";
import { replacedBy } from "./replaced-by.ts";

test("it refuses to run outside of tests, so that nothing is ever taken for deployed", () => {
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "main.ts")], {
    env: { ...process.env, SLIPWAY_AWS_WORLD: undefined },
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(status).toBe(1);
  expect(stderr).toContain("stands in for AWS in tests and deploys nothing");
});

test("it knows of each type what forces a replacement", () => {
  for (const type of Object.values(awsTypes)) {
    const fields = Object.keys(extracted.types[type]?.fields ?? {});
    expect(
      fields.some((field) => replacedBy(type, field)),
      type,
    ).toBe(true);
  }
  expect(replacedBy(awsTypes.instance, "rootBlockDevice.encrypted")).toBe(true);
  expect(replacedBy(awsTypes.instance, "rootBlockDevice.volumeSize")).toBe(false);
  expect(replacedBy(awsTypes.volume, "size")).toBe(false);
});
