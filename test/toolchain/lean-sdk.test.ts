import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const preload = fileURLToPath(new URL("../../toolchain/lean-sdk.ts", import.meta.url));

/** What a program prints that the SDK's runner would start with the preload. */
const printed = (program: string): unknown =>
  JSON.parse(
    execFileSync(process.execPath, [`--import=${preload}`, "--input-type=commonjs", "--eval", program], {
      encoding: "utf8",
    }),
  );

const loaded = `[/arborist.lib.index\\.js$/, /typescript.lib.typescript\\.js$/].map((name) => Object.keys(require.cache).some((path) => name.test(path)))`;

test("the SDK is loaded without what only the serialization of functions needs", () => {
  expect(printed(`require("@pulumi/pulumi"); console.log(JSON.stringify(${loaded}))`)).toEqual([false, false]);
});

test("a function is serialized as ever, by what is loaded then", () => {
  const program = `
    const pulumi = require("@pulumi/pulumi");
    const greeting = "hello";
    const { computeCodePaths, serializeFunction } = pulumi.runtime;
    Promise.all([serializeFunction(() => greeting + ", world"), computeCodePaths()])
      .then(([{ text }]) => console.log(JSON.stringify([text.includes('"hello"'), ...${loaded}])));`;
  expect(printed(program)).toEqual([true, true, true]);
});
