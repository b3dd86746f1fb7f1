import { readFileSync } from "node:fs";

/** What a field may be. */
export type FieldType =
  "string" | "number" | "boolean" | { readonly list: FieldType } | { readonly map: FieldType } | Shape;

/** Fields of an object, and those that it must have. */
export interface Shape {
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly needed: readonly string[];
}

/** What the vendor's package declares of one resource. */
export interface Extract extends Shape {
  readonly outputs: readonly string[];
}

/** What `@pulumi/aws` of that version declares, by type token; made by `extract.ts`. */
export const extracted = JSON.parse(readFileSync(new URL("inputs.json", import.meta.url), "utf8")) as {
  readonly version: string;
  readonly types: Readonly<Record<string, Extract>>;
};

/** What that declaration would refuse of an object: each as `path: what`. Pure. @param isUnknown values that only the update will know */
export function misfits(
  value: unknown,
  type: FieldType,
  path = "",
  isUnknown: (value: unknown) => boolean = () => false,
): string[] {
  if (isUnknown(value)) return [];
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  if (typeof type === "string") return typeof value === type ? [] : [`${path}: expected ${type}, got ${typeof value}`];
  if ("list" in type) {
    if (!Array.isArray(value)) return [`${path}: expected a list`];
    return value.flatMap((each, index) => misfits(each, type.list, `${path}[${String(index)}]`, isUnknown));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [`${path}: expected an object`];
  if ("map" in type) return Object.entries(value).flatMap(([key, each]) => misfits(each, type.map, at(key), isUnknown));
  const { fields, needed } = type;
  const missing = needed.filter((key) => !(key in value)).map((key) => `${at(key)}: is missing`);
  return [
    ...missing,
    ...Object.entries(value).flatMap(([key, each]) => {
      const field = fields[key];
      return field === undefined ? [`${at(key)}: invalid or unknown key`] : misfits(each, field, at(key), isUnknown);
    }),
  ];
}
