import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Problem } from "../problem.ts";

/**
 * What is wrong with the folder that an image is to be built from, if anything.
 *
 * @param context as `slipway:image.build` says it
 * @param project folder of Pulumi.yaml
 */
export function noDockerfile(context: string, project = "."): Problem | undefined {
  if (existsSync(join(resolve(project, context), "Dockerfile"))) return undefined;
  return {
    path: "slipway:image.build",
    problem: "has no Dockerfile",
    got: context,
    allowed: "a folder with one",
    fix: "pulumi config set --path slipway:image.build <folder>",
  };
}
