import structs from "google-protobuf/google/protobuf/struct_pb.js";
import type { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb.js";

/** A value as the engine sends it: JSON with marked secrets and unknowns. */
export type Value = JavaScriptValue;
/** The properties of a resource. */
export type Properties = Record<string, Value>;

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a value that only the real run will know. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Plain values of what the engine sent. */
export function decode(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

/** Leaves out undefined properties: a Struct has no such thing. */
export function encode(properties: Record<string, Value | undefined>): Struct {
  const defined = Object.entries(properties).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return structs.Struct.fromJavaScript(Object.fromEntries(defined));
}

/** Marks a value as secret. */
export function secret(value: Value): Value {
  return { [signatureKey]: secretMark, value };
}

function isObject(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Value): value is Value[] {
  return Array.isArray(value);
}

function isSecret(value: Value): value is { value: Value } {
  return isObject(value) && value[signatureKey] === secretMark;
}

/** The value without secret marks, at every depth. */
export function unwrap(value: Value): Value {
  if (isSecret(value)) return unwrap(value.value);
  if (Array.isArray(value)) return value.map(unwrap);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
  return value;
}

/** Whether anything in it is marked as secret. */
export function hasSecret(value: Value): boolean {
  if (isSecret(value)) return true;
  if (Array.isArray(value)) return value.some(hasSecret);
  return isObject(value) && Object.values(value).some(hasSecret);
}

/** Whether anything in it will be known only to the real run. */
export function hasUnknown(value: Value): boolean {
  if (Array.isArray(value)) return value.some(hasUnknown);
  if (isObject(value)) return Object.values(value).some(hasUnknown);
  return value === unknownValue;
}

/** One difference between two property bags. */
export interface Change {
  /** As in `environment.HOME` or `triggers[0]`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
}

/** What differs between two property bags, secret marks aside, as deep as both sides are objects or lists. */
export function changes(before: Properties, after: Properties): Change[] {
  return compare(unwrap(before), unwrap(after), "");
}

function compare(before: Value | undefined, after: Value | undefined, path: string): Change[] {
  if (before === undefined || after === undefined) {
    if (before === after) return [];
    return [{ path, kind: before === undefined ? "add" : "delete" }];
  }
  if (isList(before) && isList(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => compare(before[index], after[index], `${path}[${index}]`)).flat();
  }
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => compare(before[key], after[key], join(path, key)));
  }
  return before === after ? [] : [{ path, kind: "update" }];
}

function join(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
