import { z } from "zod";
import { text, type SettingsOf } from "../lib/schema-parts.ts";

const address = text("an address and a port, such as 10.0.0.5:9413", /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}:\d{1,5}$/);

/** Who watches a stack. */
export const monitoringShape = {
  monitoring: z
    .discriminatedUnion(
      "kind",
      [
        z.strictObject({
          kind: z.literal("existing"),
          targets: z
            .record(
              text("host, or a name in slipway:hosts", /^[a-z][a-z0-9-]{0,19}$/),
              z.strictObject({ controller: address.optional(), machine: address.optional() }),
            )
            .default({}),
        }),
      ],
      { error: "existing" },
    )
    .optional(),
};
export type MonitoringSettings = SettingsOf<typeof monitoringShape>;
