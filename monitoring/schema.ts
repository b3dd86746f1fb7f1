import { z } from "zod";
import { secretText, text, whole, type SettingsOf } from "../lib/schema-parts.ts";

const address = text("an address and a port, such as 10.0.0.5:9413", /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}:\d{1,5}$/);
const targets = z
  .record(
    text("host, or a name in slipway:hosts", /^[a-z][a-z0-9-]{0,19}$/),
    z.strictObject({ controller: address.optional(), machine: address.optional() }),
  )
  .default({});

/** The name in `slipway:noticeSecrets` of the address at which the watchdog is heard. */
export const watchdogUrl = "watchdog-url";

/** Who watches a stack. */
export const monitoringShape = {
  monitoring: z
    .discriminatedUnion(
      "kind",
      [
        z.strictObject({ kind: z.literal("existing"), targets }),
        z.strictObject({
          kind: z.literal("host"),
          targets,
          retentionDays: whole(1, 3_650).default(90),
          diskMegabytes: whole(256, 1_000_000).default(2_048),
          grafana: z.boolean().default(false),
          watchdog: z.boolean().default(false),
          service: z
            .strictObject({
              port: whole(1, 65_535),
              path: text("a path such as /metrics", /^\/[\w./-]*$/).default("/metrics"),
            })
            .optional(),
        }),
      ],
      { error: "existing or host" },
    )
    .optional(),
  grafanaPassword: secretText.optional(),
};
export type MonitoringSettings = SettingsOf<typeof monitoringShape>;
/** Watched from its own first host. */
export type HostMonitoringSettings = Extract<MonitoringSettings["monitoring"], { readonly kind: "host" }>;
