import { z } from "zod";
import { noticeEvents, pagerDutyUrl, tlsKinds } from "../../router/telling/notice-config.ts";
import { secretNames, text, whole, type SettingsOf } from "../schema-parts.ts";

const events = z.array(z.enum(noticeEvents)).optional();
/** Whom to tell. @default events by severity: failures in production are critical */
const channel = <T extends z.core.$ZodLooseShape>(shape: T) => z.strictObject({ ...shape, events });

/** Whom the host tells of rollouts. */
export const noticesShape = {
  notices: z.strictObject({
    webhook: channel({}).optional(),
    slack: channel({}).optional(),
    email: channel({
      host: z.string().min(1),
      port: whole(1, 65_535).optional(),
      from: z.email(),
      to: z.array(z.email()).min(1).max(20),
      tls: z.enum(tlsKinds).default("starttls"),
      login: z.boolean().default(true),
    }).optional(),
    pagerduty: channel({ url: text("an https address", /^https:\/\/\S{1,500}$/).default(pagerDutyUrl) }).optional(),
    stuckAfterSeconds: whole(1, 86_400).default(120),
  }),
  noticeSecrets: secretNames,
};
export type NoticesSettings = SettingsOf<typeof noticesShape>;
