import { isIP, isIPv4 } from "node:net";
import { z } from "zod";
import { secretText, text, textThat, whole, type SettingsOf } from "../schema-parts.ts";

function isNetwork(address: string): boolean {
  const [ip = "", bits, ...rest] = address.split("/");
  if (isIP(ip) === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(ip) ? 32 : 128));
}

/** Who is let in at the proxy's port, and what is kept of it. */
export const entranceShape = {
  clients: z.strictObject({
    connections: whole(10, 8_000).default(2_000),
    headSeconds: whole(1, 300).default(30),
    // Smaller ones have no room for a frame of HTTP/2, larger ones make a flood of connections take the proxy's memory.
    headKb: whole(15, 31).default(15),
    bodySeconds: whole(1, 3_600).default(60),
    bodyMb: whole(1, 1_048_576).default(1_024),
    requestsPerReplica: whole(0, 10_000).default(0),
    queueSeconds: whole(1, 300).default(5),
  }),
  loadBalancer: z
    .strictObject({
      addresses: z.array(textThat("an IP address or network such as 10.0.0.0/24", isNetwork)).min(1).max(100),
      proxyProtocol: z.boolean().default(false),
      names: z
        .array(text("a name such as api.internal", /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/))
        .max(20)
        .default([]),
    })
    .optional(),
  access: z
    .strictObject({
      addresses: z.array(textThat("an IP address or network such as 10.0.0.0/24", isNetwork)).max(100).default([]),
      user: text("a name of letters, digits and . _ - @, at most 64", /^[\w.@-]{1,64}$/).optional(),
    })
    .refine(({ addresses, user }) => addresses.length > 0 || user !== undefined, {
      message: "would let nobody in",
      params: { allowed: "addresses, a user, or both" },
    })
    .optional(),
  accessPassword: secretText.optional(),
  accessLog: z.strictObject({ megabytes: whole(0, 1_000_000).default(0) }),
};
export type EntranceSettings = SettingsOf<typeof entranceShape>;
