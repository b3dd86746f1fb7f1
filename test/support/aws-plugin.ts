import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { World } from "../emulators/aws/world.ts";
import type { PulumiStack } from "./pulumi-stack.ts";

/** Puts the stand-in for the vendor's plugin on a stack's path. @returns what is there on its AWS */
export function standInForAws(stack: PulumiStack): World {
  const plugin = join(stack.folder, "pulumi-resource-aws");
  writeFileSync(plugin, `#!/bin/sh\nexec node ${join(process.cwd(), "test/emulators/aws/main.ts")} "$@"\n`);
  chmodSync(plugin, 0o755);
  const file = join(stack.folder, "world.json");
  Object.assign(stack.env, { PATH: `${stack.folder}:${process.env.PATH ?? ""}`, SLIPWAY_AWS_WORLD: file });
  return new World(file);
}
