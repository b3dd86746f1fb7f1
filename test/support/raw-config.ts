import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { secretMaps } from "../../settings/secret-keys.ts";

/** What the engine hands to the program for a stack: its file's values, all as text. */
export function rawConfig(stack: string, changes: Record<string, unknown> = {}): Record<string, string> {
  const file = parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as { config: Record<string, unknown> };
  const raw: Record<string, string> = {};
  const put = (key: string, value: unknown) => (raw[key] = typeof value === "string" ? value : JSON.stringify(value));
  for (const [key, value] of Object.entries(file.config)) put(key.replace("slipway:", ""), value);
  for (const [key, value] of Object.entries(changes)) put(key, value);
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !secretMaps.some((name) => name === key)));
}
