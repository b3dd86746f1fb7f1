import { z } from "zod";
import { text, type SettingsOf } from "../schema-parts.ts";

/** Stands in a word of `slipway:secretCommand` for the reference. */
export const place = "{}";

/**
 * A stack file is data: in the preview of a pull request it is the request's own, whose program nobody runs. So a reference is one word that no
 * tool takes for an option, for a file of the machine or for a way out of the place that the command names, and no shell for more than text.
 */
const reference = /^(?=.{1,512}$)[A-Za-z0-9_][\w.:@#=+%?,~-]*(\/([\w:@#=+%?,~-][\w.:@#=+%?,~-]*)?)*$/;

/** Secrets that another tool keeps. */
export const secretsShape = {
  secretCommand: z
    .array(text("words without line ends", /^[^\0\r\n]+$/))
    .refine(([program = ""]) => !program.includes(place), {
      path: [0],
      message: "is the program, which no stack file may choose",
      params: { allowed: `${place} in the words after it` },
    }),
  secretReferences: z.record(
    text("lower-case letters, digits and dashes", /^[a-z][a-z0-9-]*$/),
    text(
      "one word of letters, digits and _ . / : @ # = + % ? , ~ -, first a letter, a digit or _, no part behind a / that begins with a dot, at most 512",
      reference,
    ),
  ),
};
export type SecretsSettings = SettingsOf<typeof secretsShape>;
