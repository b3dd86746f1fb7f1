import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { catalog } from "./catalog.ts";
import { settingsSchema } from "./settings-schema.ts";

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly propertyNames?: Schema;
  readonly additionalProperties?: Schema | false;
}

/** All that is said of a setting: by the catalog, by the schema that checks it, and by an example. */
export interface SettingDescription {
  readonly key: string;
  /** What it is for, without a full stop. */
  readonly description: string;
  /** YAML below `config:`. */
  readonly example?: string;
  readonly parts: readonly SettingPart[];
}

/** What may be set by itself, in Markdown. */
export interface SettingPart {
  /** As `pulumi config set --path` takes it. */
  readonly path: string;
  readonly allowed: string;
  /** What it is while nobody sets it. */
  readonly preset: string;
}

/** Every setting of a stack. */
export function describeSettings(): SettingDescription[] {
  const { properties = {} } = z.toJSONSchema(settingsSchema, { io: "input" }) as Schema;
  const examples = readExamples();
  return Object.entries(catalog).map(([key, { description, default: value }]) => {
    const schema = { ...properties[key], ...(isEmpty(value) ? {} : { default: value }) };
    const example = examples[key];
    const parts = partsOf(`slipway:${key}`, schema, value === undefined);
    return { key, description: description.trim(), parts, ...(example === undefined ? {} : { example }) };
  });
}

function readExamples(): Record<string, string> {
  const { config } = parse(readFileSync(new URL("examples.yaml", import.meta.url), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name.replace("slipway:", ""),
      // Pulumi reads YAML 1.1, where a date without quotes is no text.
      stringify({ [name]: value }, { lineWidth: 0, schema: "yaml-1.1" }).trim(),
    ]),
  );
}

/** `docs/settings.md`. */
export function renderSettingsPage(): string {
  const sections = describeSettings().flatMap(({ key, description, example, parts }) => {
    const rows = parts.map(({ path, allowed, preset }) => `| \`${path}\` | ${allowed} | ${preset} |`);
    return [
      `## ${key}`,
      `${escapeProse(description)}.`,
      ...(example === undefined ? [] : [`\`\`\`yaml\n${example}\n\`\`\``]),
      ["| Setting | Allowed | Default |", "| --- | --- | --- |", ...rows].join("\n"),
    ];
  });
  return `${[intro, ...sections].join("\n\n")}\n`;
}

const intro = `# Settings

What \`Pulumi.<stack>.yaml\` may hold. Set one with \`pulumi config set --path <setting> <value>\`; a wrong one is reported before anything is
touched. Units are part of the names. \`slipway settings explain <setting>\` prints the same. Made by \`npm run docs\` from \`settings/catalog.ts\` and \`settings/settings-schema.ts\`.`;

function partsOf(path: string, schema: Schema, isNeeded: boolean): SettingPart[] {
  if (schema.oneOf) return alternatives(path, schema.oneOf);
  const parts = Object.entries(schema.properties ?? {});
  if (parts.length > 0) {
    return parts.flatMap(([part, inner]) => {
      const needs = schema.required?.includes(part) ?? false;
      return partsOf(`${path}.${part}`, inner, needs);
    });
  }
  const preset = schema.default === undefined ? (isNeeded ? "none, needed" : "none") : code(schema.default);
  const named = typeof schema.additionalProperties === "object" ? `${path}.<name>` : path;
  return [{ path: named, allowed: allowedBy(schema), preset }];
}

/** Rows of objects of several kinds: those that more kinds have stand once. */
function alternatives(path: string, kinds: readonly Schema[]): SettingPart[] {
  const kind = { path: `${path}.kind`, allowed: kinds.map(kindOf).map(code).join(", "), preset: "none, needed" };
  const rows = kinds.flatMap((schema) =>
    partsOf(path, schema, true)
      .filter((row) => row.path !== kind.path)
      .map((row) => ({ ...row, allowed: `${code(kindOf(schema))}: ${row.allowed}` })),
  );
  return [kind, ...rows];
}

const kindOf = ({ properties }: Schema) => properties?.kind?.const;

function allowedBy(schema: Schema): string {
  const { description, type, enum: values, items, minimum, maximum, additionalProperties, propertyNames } = schema;
  if (description !== undefined) return escape(description);
  if (values) return values.map(code).join(", ");
  if (items) return `list of ${allowedBy(items)}`;
  if (typeof additionalProperties === "object") {
    const { const: fixed, type: of, description: words = "a section" } = additionalProperties;
    const section = of === "object" ? words : allowedBy(additionalProperties);
    const value = fixed === undefined ? section : "secret text";
    return `${value}; the name: ${escape(propertyNames?.description ?? "text")}`;
  }
  if (type === "object") return code({});
  if (type === "boolean") return `${code(true)}, ${code(false)}`;
  if (type === "integer" || type === "number") {
    return `${type === "integer" ? "whole number" : "number"}, ${String(minimum)} to ${String(maximum)}`;
  }
  return "text";
}

const isEmpty = (value: unknown) => value === undefined || JSON.stringify(value) === "{}";
const code = (value: unknown) => `\`${typeof value === "string" && value !== "" ? value : JSON.stringify(value)}\``;
/** What Markdown would take for tags, or for the border of a cell. */
const escape = (text: string) => text.replaceAll("<", "\\<").replaceAll("|", "\\|");
const escapeProse = (text: string) => text.replace(/`[^`]*`|</g, (found) => (found === "<" ? "\\<" : found));
