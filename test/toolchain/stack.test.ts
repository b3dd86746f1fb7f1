import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { environment, exports, listOf } from "../../toolchain/environment.ts";
import { slipwayFolder } from "../../lib/folders.ts";
import { meantStack, projectName, refuseUnknown, stackNeeds } from "../../toolchain/settings.ts";
import { backendFolder } from "../../settings/state-files.ts";
import { healed, mustBeMeant } from "../../toolchain/stack.ts";
import { enginePrograms } from "../../toolchain/versions.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-stack-"));
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("what a stack needs", () => {
  test("local: an engine and the five images that it names", () => {
    const needs = stackNeeds("local");
    expect(needs.docker).toBe(true);
    expect(needs.images.map(({ name }) => name).sort()).toEqual(["haproxy", "node", "postgres", "python", "redis"]);
    expect(projectName()).toBe("slipway");
  });

  test("only the images that it names, whatever key they are under", () => {
    writeFileSync(
      join(folder, "Pulumi.small.yaml"),
      "config:\n  slipway:host: {kind: local}\n  slipway:stockImages: {haproxy: haproxy:3.2, redis: slipway/redis:local}\n",
    );
    expect(stackNeeds("small", folder).images.map(({ name }) => name)).toEqual(["redis"]);
  });

  test.each([
    ["a stack without a host", "config:\n  slipway:version: 1.0.0\n"],
    ["a stack without configuration", "encryptionsalt: v1\n"],
  ])("%s: nothing", (_, text) => {
    writeFileSync(join(folder, "Pulumi.none.yaml"), text);
    expect(stackNeeds("none", folder)).toEqual({ docker: false, serves: false, images: [], github: false, aws: false });
  });

  test.each(["repository", "environment", "environments", "repositories"])(
    "a stack with a section %s: the GitHub plugin",
    (section) => {
      writeFileSync(join(folder, "Pulumi.github.yaml"), `config:\n  slipway:${section}: {owner: acme}\n`);
      expect(stackNeeds("github", folder).github).toBe(true);
    },
  );

  test("a stack that makes machines on AWS: the vendor's plugin", () => {
    writeFileSync(join(folder, "Pulumi.aws.yaml"), "config:\n  slipway:aws: {region: eu-central-1}\n");
    expect(stackNeeds("aws", folder).aws).toBe(true);
  });

  test("a stack without a file is refused, with those that have one", () => {
    expect(() => {
      refuseUnknown("prod");
    }).toThrow(
      "stack: there is no Pulumi.prod.yaml, got prod; allowed governance, local, production, staging. Fix: name one",
    );
    refuseUnknown("production");
  });

  test.each([
    ["heal", "staging", "staging"],
    ["preview", "acme/slipway/staging", "staging"],
    ["setup", "staging", "local"],
    ["up", "local", "local"],
    ["down", "", "local"],
    ["heal", "gone", "local"],
  ])("make %s without STACK, where %s is selected, means %s", (command, selected, meant) => {
    vi.stubEnv("PULUMI_STACK", selected);
    expect(meantStack(command, "")).toBe(meant);
    expect(meantStack(command, "production")).toBe("production");
  });

  test.each(["up", "down"])("make %s changes no stack that merely is not the selected one", (command) => {
    vi.stubEnv("PULUMI_STACK", "staging");
    expect(() => meantStack(command, "")).toThrow(
      `make ${command}: the stack staging is selected and none is named, so either may be meant. ` +
        `Fix: make ${command} STACK=staging, or make ${command} STACK=local`,
    );
    expect(meantStack(command, "local")).toBe("local");
  });

  test("a stack without settings: nothing", () => {
    expect(stackNeeds("unheard-of", folder)).toEqual({
      docker: false,
      serves: false,
      images: [],
      github: false,
      aws: false,
    });
  });
});

test.each([
  [undefined, join(slipwayFolder, ".pulumi-state")],
  ["file:///srv/state", "/srv/state"],
  ["file://~/state", join(homedir(), "state")],
  ["file://./state", join(slipwayFolder, "state")],
  ["s3://bucket", undefined],
  ["https://api.pulumi.com", undefined],
])("the folder of back-end %s is %s", (url, expected) => {
  expect(backendFolder(url, slipwayFolder)).toBe(expected);
});

describe("make env", () => {
  const inherited = { PATH: `${slipwayFolder}/bin:/usr/bin`, PULUMI_CONFIG_PASSPHRASE: "mine" };

  test("puts the engine before its npm launcher, and the clone's programs before the rest, once", async () => {
    const { PATH } = await environment("built", inherited);
    expect(PATH).toBe(`${enginePrograms}:${slipwayFolder}/node_modules/.bin:${slipwayFolder}/bin:/usr/bin`);
  });

  test("reaches the policy pack in a folder with a comma or a quotation mark in its name", () => {
    expect(listOf('/home/me/a "b", c/policy')).toBe('"/home/me/a ""b"", c/policy"');
  });

  test("keeps the caller's passphrase out of what it prints, and in use", async () => {
    const variables = await environment("vendor", { PATH: "", PULUMI_CONFIG_PASSPHRASE: "mine" });
    expect(exports(variables)).not.toMatch(/PASSPHRASE|mine/);
    expect(variables).not.toHaveProperty("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION");
  });

  test("survives any shell", () => {
    const value = `it's "$HOME" \`id\``;
    const script = `${exports({ NAME: value })}\nprintf %s "$NAME"`;
    expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(value);
  });
});

test("make heal ends with what came of it", () => {
  expect(healed("local", 0)).toBe("✓ stack local: no killed update left anything behind");
  expect(healed("local", 2)).toContain("is looked after, see above; the next update goes on");
});

describe("make down", () => {
  test("ends a stack that serves other people only when its name is typed once more", async () => {
    await expect(mustBeMeant("staging", "")).rejects.toThrow(
      "make down ends stack staging for everybody whom it serves, got no name; allowed its name, typed once more. " +
        "Fix: make down STACK=staging CONFIRM=staging",
    );
    await expect(mustBeMeant("staging", "production")).rejects.toThrow("got production");
    await mustBeMeant("staging", "staging");
    await mustBeMeant("local", "");
    await expect(mustBeMeant("local", "lokal")).rejects.toThrow("got lokal");
  });
});
