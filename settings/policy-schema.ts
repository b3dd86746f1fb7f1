import { z } from "zod";
import { signature } from "../github/schema.ts";
import { text, type SettingsOf } from "../lib/schema-parts.ts";

/** Rules of the policy pack about resources, as the engine names them: those that an exception may be made of. */
export const policyRules = [
  "slipway-images-by-digest",
  "slipway-containers-have-limits",
  "slipway-containers-have-health-checks",
  "slipway-ports-are-closed",
  "slipway-ssh-is-closed",
  "slipway-storage-is-encrypted",
  "slipway-buckets-are-private",
  "slipway-secrets-are-marked",
  "slipway-data-is-protected",
  "slipway-host-keys-are-pinned",
  "slipway-iam-without-wildcards",
  "slipway-things-are-tagged",
] as const;
export type PolicyRule = (typeof policyRules)[number];

/** One resource that a rule lets pass, and who answers for it. The same words as an approval of a weakening has. */
const exceptionSchema = z.strictObject({
  rule: z.enum(policyRules),
  resource: text("the name of one resource, as a preview shows it", /^[^\s*]+$/),
  by: signature.by,
  reason: text("one line", /^[^\p{Cc}]+$/u),
  until: signature.until,
});

/** What the policy pack lets pass. */
export const policyShape = {
  policy: z.strictObject({ exceptions: z.array(exceptionSchema).max(100).default([]) }).prefault({}),
};
export type PolicyException = z.infer<typeof exceptionSchema>;
export type PolicySettings = SettingsOf<typeof policyShape>;
