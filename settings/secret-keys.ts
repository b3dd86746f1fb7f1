import { z } from "zod";
import { hidden } from "../lib/schema-parts.ts";
import { unwrapped } from "./schema-problems.ts";
import { settingsSchema, type Settings } from "./settings-schema.ts";

type KeysOf<T> = {
  [Key in keyof Settings]-?: NonNullable<Settings[Key]> extends T ? Key : never;
}[keyof Settings];

/** A setting that is one secret. */
export type SecretText = KeysOf<typeof hidden>;
/** A setting that holds secrets by name. */
export type SecretMap = KeysOf<Readonly<Record<string, typeof hidden>>>;

const isHidden = (type: unknown) => type instanceof z.ZodLiteral && type.value === hidden;
const keysWhere = (test: (type: unknown) => boolean) =>
  Object.entries(settingsSchema.shape).flatMap(([key, type]) => (test(unwrapped(type)) ? [key] : []));

/** Settings that are one secret each, as the schema says. */
export const secretTexts = keysWhere(isHidden) as SecretText[];
/** Settings that hold secrets by name, as the schema says. */
export const secretMaps = keysWhere((type) => type instanceof z.ZodRecord && isHidden(type.valueType)) as SecretMap[];
