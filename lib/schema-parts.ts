import { z } from "zod";

/** Text of a form, described by what is allowed. */
export const text = (allowed: string, pattern: RegExp) =>
  z.string().regex(pattern, { error: allowed }).describe(allowed);

/** A whole number from `min` to `max`. */
export const whole = (min: number, max: number) => z.number().int().min(min).max(max);
