import { z } from "zod";

/** A capability's part of the settings: keys of `Pulumi.<stack>.yaml` and what each may be. */
export type Shape = z.core.$ZodLooseShape;
/** The settings that a part describes, checked, with defaults filled in. */
export type SettingsOf<S extends Shape> = z.output<z.ZodObject<S>>;

/** Stands for a secret's value, which never comes here. A setting whose schema is this literal, or a record of it, is a secret. */
export const hidden = "[secret]";

/** A secret's value, for which {@link hidden} stands. */
export const secretText = z.literal(hidden).describe("secret text");

/** Text of a form, described by what is allowed. */
export const text = (allowed: string, pattern: RegExp) =>
  z.string().regex(pattern, { error: allowed }).describe(allowed);

/** Text whose form no pattern tells, described by what is allowed. */
export const textThat = (allowed: string, isRight: (text: string) => boolean) =>
  z.string().refine(isRight, { params: { allowed } }).describe(allowed);

/** A whole number from `min` to `max`. */
export const whole = (min: number, max: number) => z.number().int().min(min).max(max);

/** Names of secrets; their values never come here. */
export const secretNames = z.record(
  text("lower-case letters, digits and dashes", /^[a-z][a-z0-9-]*$/),
  z.literal(hidden),
);
