import { z } from "zod";
import { text, type SettingsOf } from "../lib/schema-parts.ts";

/** What no probe can see: somebody answers for it, for a while. */
export const signedItems = ["training", "documentation"] as const;

const line = text("one line of at most 200 characters", /^[^\p{Cc}]{1,200}$/u);
const address = text("an http(s) address without a login", /^https?:\/\/[^\s@]+$/);

/** The same words as an approval of a weakening has. */
const signOffSchema = z.strictObject({
  item: z.enum(signedItems),
  by: text("a login on GitHub", /^[A-Za-z\d](?:[A-Za-z\d]|-(?=[A-Za-z\d])){0,38}$/),
  reason: line.describe("one line: what was done"),
  until: z.iso.date({ error: "a date such as 2027-01-31" }).describe("a date such as 2027-01-31, the last day"),
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
