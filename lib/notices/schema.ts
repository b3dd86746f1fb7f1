import { z } from "zod";
import { secretNames, whole, type SettingsOf } from "../schema-parts.ts";

const events = z.array(z.enum(["started", "promoted", "rolled-back", "stuck"])).optional();
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
      tls: z.enum(["starttls", "implicit", "none"]).default("starttls"),
      login: z.boolean().default(true),
    }).optional(),
    pagerduty: channel({}).optional(),
    stuckAfterSeconds: whole(1, 86_400).default(120),
  }),
  noticeSecrets: secretNames,
};
export type NoticesSettings = SettingsOf<typeof noticesShape>;
