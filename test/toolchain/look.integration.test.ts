import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../toolchain/command.ts";
import { lookAt } from "../../toolchain/look.ts";
import { slipwayFolder } from "../../lib/folders.ts";
import { isMade } from "../../toolchain/stack.ts";
import { enginePrograms } from "../../toolchain/versions.ts";

/** With the real engine: `make preview` of a small project with a stack that is up, `mine`, and one that never was, `staging`. */

const folder = mkdtempSync(join(tmpdir(), "slipway-looked-"));
const env = {
  ...process.env,
  PULUMI_BACKEND_URL: `file://${folder}/state`,
  PULUMI_CONFIG_PASSPHRASE: "only for this test",
  PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
  PULUMI_OPTION_POLICY_PACK: undefined,
  PULUMI_STACK: undefined,
  PULUMI_OPTION_SUPPRESS_OUTPUTS: undefined,
};
const versionOf = (stack: string) => `config:\n  slipway:version: of ${stack}\n`;

// Not the program of that name that npm puts before it on the path, which downloads another engine.
const pulumi = (args: readonly string[], variables: NodeJS.ProcessEnv = env) =>
  run(join(enginePrograms, "pulumi"), [...args, "--non-interactive"], { limit: 60_000, cwd: folder, env: variables });

/** Every file of the project and of its state. */
const everything = () =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((file) => !file.includes("node_modules") && statSync(file).isFile())
    .sort()
    .map((file) => `${file}\n${readFileSync(file, "utf8")}`);

async function preview(stack: string, version = ""): Promise<string> {
  let shown = "";
  await lookAt(
    stack,
    version,
    env,
    async (means) => {
      shown = await pulumi(["preview", ...means.args], means.env);
      return 0;
    },
    folder,
  );
  return shown;
}

beforeAll(async () => {
  mkdirSync(join(folder, "state"));
  symlinkSync(join(slipwayFolder, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), "{}");
  writeFileSync(
    join(folder, "index.js"),
    'const { Config, getStack } = require("@pulumi/pulumi");\nexports.looked = `${getStack()} ${new Config("slipway").require("version")}`;\n',
  );
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    "name: small\nmain: index.js\nruntime: {name: nodejs, options: {typescript: false}}\n",
  );
  await pulumi(["stack", "init", "mine"]);
  // As in a checkout: without the salt that the engine wrote.
  for (const stack of ["mine", "staging"]) writeFileSync(join(folder, `Pulumi.${stack}.yaml`), versionOf(stack));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each([
  ["mine", "", "of mine"],
  ["mine", "1.1.0", "1.1.0"],
  ["staging", "", "of staging"],
  ["staging", "1.1.0", "1.1.0"],
])(
  "a look at stack %s with version '%s' writes no file, makes no stack and selects none",
  async (stack, given, seen) => {
    const before = everything();
    expect(await preview(stack, given)).toContain(`${stack} ${seen}`);
    expect(everything()).toEqual(before);
    expect((await pulumi(["stack", "--show-name"])).trim()).toBe("mine");
  },
);

test("a look before the very first update makes no folder for the state", async () => {
  const nowhere = { ...env, PULUMI_BACKEND_URL: `file://${folder}/none` };
  const before = everything();
  expect(await lookAt("staging", "", nowhere, ({ args }) => Promise.resolve(args.length), folder)).toBe(4);
  expect(everything()).toEqual(before);
});

test("a stack whose state is damaged is there all the same, so that it can be healed", async () => {
  expect(await Promise.all(["mine", "staging"].map((stack) => isMade(stack, env, folder)))).toEqual([true, false]);
  const state = join(folder, "state", ".pulumi", "stacks", "small", "mine.json");
  const whole = readFileSync(state, "utf8");
  writeFileSync(state, whole.slice(0, 20));
  expect(await isMade("mine", env, folder)).toBe(true);
  writeFileSync(state, whole);
});

test("a state that can't be asked is not taken for a stack that never was", async () => {
  const away = { ...env, PULUMI_BACKEND_URL: "https://127.0.0.1:1", PULUMI_ACCESS_TOKEN: "none" };
  await expect(lookAt("staging", "", away, () => Promise.resolve(0), folder)).rejects.toThrow("stack ls");
});
