import { z } from "zod";
import { noticeEvents, pagerDutyUrl, tlsKinds } from "../../router/telling/notice-config.ts";
import { secretNames, text, whole, type SettingsOf } from "../schema-parts.ts";

const events = z.array(z.enum(noticeEvents)).optional();
/** At most 64 characters before the @, as mail servers have it. */
const address = z.email().regex(/^[^@]{1,64}@.{1,255}$/, { error: "an e-mail address" });
/** Whom to tell. @default events by severity: failures in production are critical */
const channel = <T extends z.core.$ZodLooseShape>(shape: T) => z.strictObject({ ...shape, events });

/** Whom the host tells of rollouts. */
export const noticesShape = {
  notices: z.strictObject({
    webhook: channel({}).optional(),
    slack: channel({}).optional(),
    email: channel({
      host: text("a server's name or IP address", /^[\w.:-]{1,255}$/),
      port: whole(1, 65_535).optional(),
      from: address,
      to: z.array(address).min(1).max(20),
      tls: z.enum(tlsKinds).default("starttls"),
      login: z.boolean().default(true),
    })
      .refine(({ tls, login }) => tls !== "none" || !login, {
        message: "would send a password that anybody on the way can read",
        params: { allowed: "tls starttls or implicit, or login false" },
      })
      .optional(),
    pagerduty: channel({ url: text("an https address", /^https:\/\/\S{1,500}$/).default(pagerDutyUrl) }).optional(),
    stuckAfterSeconds: whole(1, 86_400).default(120),
  }),
  noticeSecrets: secretNames,
};
export type NoticesSettings = SettingsOf<typeof noticesShape>;
