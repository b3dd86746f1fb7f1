import { z } from "zod";
import { signature } from "../github/schema.ts";
import { text, type SettingsOf } from "../lib/schema-parts.ts";
import { shortLine } from "../router/wire.ts";

/** What no probe can see: somebody answers for it, for a while. */
export const signedItems = ["training", "documentation"] as const;

const address = text("an http(s) address without a login", /^https?:\/\/[^\s@]+$/);

/** The same words as an approval of a weakening has. */
const signOffSchema = z.strictObject({
  item: z.enum(signedItems),
  ...signature,
  reason: text("one line of at most 200 characters", shortLine).describe("one line: what was done"),
});

/** What the bootstrap checklist needs to know beside the other settings. */
export const checklistShape = {
  checklist: z
    .strictObject({
      prometheus: address.optional(),
      dashboard: address.optional(),
      signOffs: z.array(signOffSchema).max(20).default([]),
    })
    .prefault({}),
};
export type ChecklistSettings = SettingsOf<typeof checklistShape>;
export type SignOff = z.infer<typeof signOffSchema>;
