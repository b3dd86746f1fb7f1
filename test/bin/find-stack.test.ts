import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { findStack } from "../../bin/find-stack.ts";

/** Which stack a command is for, in a project of its own. */

let folder: string;
const find = (options: { stack?: string; configFile?: string } = {}, changes = false) =>
  findStack(options, { section: "slipway:host", changes }, folder);

function write(file: string, content: unknown): void {
  writeFileSync(join(folder, file), stringify(content));
}
const host = { "slipway:host": { kind: "local" } };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-project-"));
  vi.stubEnv("PULUMI_STACK", undefined);
  write("Pulumi.yaml", {
    name: "slipway",
    runtime: "nodejs",
    config: { service: { type: "string", default: "shop" }, host: { type: "object", default: {} }, port: 80 },
  });
  write("Pulumi.governance.yaml", { config: { "slipway:github": { owner: "acme" } } });
  write("Pulumi.live.yaml", { config: { ...host, "slipway:service": "shop-live" } });
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test("the only one that has hosts can be left out, also where something is changed", async () => {
  expect(await find({}, true)).toMatchObject({ name: "live" });
});

test("a stack's own values go over the project's defaults", async () => {
  const { entries } = await find({ stack: "live" });
  const values = Object.fromEntries(entries.map(({ key, value }) => [key, value]));
  expect(values).toEqual({ "slipway:service": "shop-live", "slipway:host": '{"kind":"local"}', "slipway:port": "80" });
  const governance = await find({ stack: "governance" });
  expect(governance.entries.find(({ key }) => key === "slipway:service")?.value).toBe("shop");
});

test("a value is a secret if any part of it is encrypted", async () => {
  write("Pulumi.live.yaml", {
    config: { ...host, "slipway:hosts": { a: { user: { secure: "v1:x" } } }, "slipway:env": { secure: { name: "x" } } },
  });
  const { entries } = await find();
  expect(entries.filter(({ isSecret }) => isSecret).map(({ key }) => key)).toEqual(["slipway:hosts"]);
});

test("stack files may lie in a folder of their own", async () => {
  mkdirSync(join(folder, "stacks"));
  write("Pulumi.yaml", { name: "slipway", runtime: "nodejs", stackConfigDir: "stacks" });
  write("stacks/Pulumi.other.yaml", { config: host });
  expect(await find()).toMatchObject({ name: "other" });
});

const several = "no stack is named, and several have slipway:host: live, test. Fix: --stack <name>";

test("of several, one has to be named", async () => {
  write("Pulumi.test.yaml", { config: host });
  await expect(find()).rejects.toThrow(several);
  await expect(find({}, true)).rejects.toThrow(several);
  vi.stubEnv("PULUMI_STACK", "acme/slipway/live");
  expect(await find()).toMatchObject({ name: "live" });
});

test("no stack has hosts", async () => {
  rmSync(join(folder, "Pulumi.live.yaml"));
  await expect(find()).rejects.toThrow("no stack file has slipway:host. Fix: add it to one");
});
