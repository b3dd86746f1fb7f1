import { existsSync, readFileSync } from "node:fs";
import { isMap, isScalar, parseDocument, Scalar } from "yaml";
import { z } from "zod";
import type { Problem } from "../lib/problem.ts";
import { settingsSchema } from "./settings-schema.ts";

/**
 * Texts of a stack's file that YAML takes for another number: `slipway:version: 1.10` is 1.1 for whoever reads the file, and the engine
 * hands on text, so nobody could tell later.
 *
 * @param file one that is not there, or no YAML, is somebody else's to tell
 */
export function misreadNumbers(file: string): Problem[] {
  if (!existsSync(file)) return [];
  const config = parseDocument(readFileSync(file, "utf8"), { logLevel: "silent" }).get("config");
  if (!isMap(config)) return [];
  return config.items.flatMap(({ key, value }): Problem[] => {
    const path = isScalar(key) ? String(key.value) : "";
    const shape: Readonly<Record<string, unknown>> = settingsSchema.shape;
    if (!(shape[path.replace(/^slipway:/, "")] instanceof z.ZodString) || !isScalar(value)) return [];
    const { type, source, value: read } = value;
    if (type !== Scalar.PLAIN || typeof read !== "number" || source === undefined || source === String(read)) return [];
    return [
      {
        path,
        problem: `is ${String(read)} as YAML reads it`,
        got: source,
        allowed: "text, in quotes",
        fix: `pulumi config set ${path} ${source}`,
      },
    ];
  });
}
