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

/**
 * `docs/settings.md`: every setting of a stack, from its description in the catalog and from the schema that checks it.
 *
 * @param examples YAML by the setting's name
 */
export function renderSettingsPage(examples: Readonly<Record<string, string>> = {}): string {
  const { properties = {} } = z.toJSONSchema(settingsSchema, { io: "input" }) as Schema;
  const sections = Object.entries(catalog).map(([key, { description, default: value }]) => {
    const schema = { ...properties[key], ...(isEmpty(value) ? {} : { default: value }) };
    const isNeeded = value === undefined;
    const rows = leaves(`slipway:${key}`, schema, isNeeded).map(
      ({ path, allowed, preset }) => `| \`${path}\` | ${allowed} | ${preset} |`,
    );
    const example = examples[key];
    return [
      `## ${key}`,
      `${escapeProse(description.trim())}.`,
      ...(example === undefined ? [] : [`\`\`\`yaml\n${example}\n\`\`\``]),
      ["| Setting | Allowed | Default |", "| --- | --- | --- |", ...rows].join("\n"),
    ];
  });
  return `${[intro, ...sections.flat()].join("\n\n")}\n`;
}

const intro = `# Settings

What \`Pulumi.<stack>.yaml\` may hold. Set one with \`pulumi config set --path <setting> <value>\`; a wrong one is reported before anything is
touched. Units are part of the names. Made by \`npm run docs\` from \`settings/catalog.ts\` and \`settings/settings-schema.ts\`.`;

interface Leaf {
  readonly path: string;
  readonly allowed: string;
  readonly preset: string;
}

function leaves(path: string, schema: Schema, isNeeded: boolean): Leaf[] {
  if (schema.oneOf) return alternatives(path, schema.oneOf);
  const parts = Object.entries(schema.properties ?? {});
  if (parts.length > 0) {
    return parts.flatMap(([part, inner]) => {
      const needs = schema.required?.includes(part) ?? false;
      return leaves(`${path}.${part}`, inner, needs);
    });
  }
  const preset = schema.default === undefined ? (isNeeded ? "none, needed" : "none") : code(schema.default);
  const named = typeof schema.additionalProperties === "object" ? `${path}.<name>` : path;
  return [{ path: named, allowed: allowedBy(schema), preset }];
}

/** Rows of objects of several kinds: those that more kinds have stand once. */
function alternatives(path: string, kinds: readonly Schema[]): Leaf[] {
  const kind = { path: `${path}.kind`, allowed: kinds.map(kindOf).map(code).join(", "), preset: "none, needed" };
  const rows = kinds.flatMap((schema) =>
    leaves(path, schema, true)
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
