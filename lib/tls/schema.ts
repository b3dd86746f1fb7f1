import { z } from "zod";
import { secretText, text, textThat, whole, type SettingsOf } from "../schema-parts.ts";

const https = {
  httpPort: whole(1, 65_535).default(80),
  hstsSeconds: whole(0, 63_072_000).default(31_536_000),
};
const domain = text(
  "a name such as api.example.com, without *",
  /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
);
const tlsSchema = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("none") }),
    z.strictObject({ kind: z.literal("files"), certificate: z.string(), ...https }),
    z.strictObject({
      kind: z.literal("acme"),
      email: z.email(),
      termsAgreed: z.literal(true, { error: "true, once you have read the terms of the certificate authority" }),
      directoryUrl: text("an https address", /^https:\/\/\S+$/).default(
        "https://acme-v02.api.letsencrypt.org/directory",
      ),
      domains: z.array(domain).max(20).default([]),
      authority: z.string().optional(),
      ...https,
    }),
  ],
  { error: "none, files or acme" },
);
/** How the proxy speaks HTTPS. */
export type TlsSettings = z.infer<typeof tlsSchema>;

/** The address that people use, and how it is kept private. */
export const tlsShape = {
  url: textThat(
    "empty or an http(s) address",
    (url) => url === "" || (/^https?:\/\/[^\s/]+(\/\S*)?$/.test(url) && URL.canParse(url)),
  ),
  tls: tlsSchema.default({ kind: "none" }),
  tlsKey: secretText.optional(),
};
export type AddressSettings = SettingsOf<typeof tlsShape>;
