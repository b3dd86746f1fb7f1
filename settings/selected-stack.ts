import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "./stack-files.ts";

/**
 * The stack that `pulumi stack select` noted for a project, or the environment names; undefined if neither did.
 *
 * @param home folder of the engine's own files
 */
export function selectedStack({ folder, name }: Pick<Project, "folder" | "name">, home: string): string | undefined {
  const { PULUMI_STACK } = process.env;
  if (PULUMI_STACK) return PULUMI_STACK.split("/").at(-1);
  const id = createHash("sha1").update(join(folder, "Pulumi.yaml")).digest("hex");
  try {
    const noted = JSON.parse(readFileSync(join(home, "workspaces", `${name}-${id}-workspace.json`), "utf8")) as {
      stack?: string;
    };
    return noted.stack?.split("/").at(-1);
  } catch {
    return undefined;
  }
}
