import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { secretText, text, whole, type SettingsOf } from "../schema-parts.ts";
import type { WantedSigner } from "./image-signature.ts";
import { stockImages } from "./stock-images.ts";

/** Docker's own grammar of names: `[server[:port]/]part[/part]…`, then `:tag` and `@digest`. */
const part = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*";
const name = `([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\\d{1,5})?/)?${part}(/${part})*`;
const reference = text(
  "an image such as postgres:15 or ghcr.io/acme/api@sha256:…, in lower-case letters up to the tag",
  new RegExp(`^${name}(:\\w[\\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$`),
);
const untagged = text(
  "an image such as ghcr.io/acme/api in lower-case letters, without tag or digest: the tag is slipway:image.tag, else the version",
  new RegExp(`^${name}$`),
);

const signature = z.strictObject({
  publicKey: z
    .string()
    .refine(isPublicKey, { params: { allowed: "a public key in PEM form" } })
    .optional(),
  identity: text("whom the certificate names, * stands for any text", /^[^\s*]\S*$/).optional(),
  issuer: text("an https address without a / at its end", /^https:\/\/\S+[^/\s]$/).optional(),
  trustedRoot: text("a file", /^\S+$/).optional(),
});

function wantedSigner(
  { publicKey, identity, issuer, trustedRoot }: z.infer<typeof signature>,
  context: z.RefinementCtx,
): WantedSigner {
  const isByKey = identity === undefined && issuer === undefined && trustedRoot === undefined;
  if (publicKey !== undefined && isByKey) return { publicKey };
  if (publicKey === undefined && identity !== undefined && issuer !== undefined) {
    return { identity, issuer, trustedRoot };
  }
  const params = { allowed: "either {publicKey} or {identity, issuer, trustedRoot?}" };
  context.addIssue({ code: "custom", message: "must say who signs, one way", params });
  return z.NEVER;
}

function isPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).type === "public" && !pem.includes("PRIVATE");
  } catch {
    return false;
  }
}

/** Where images come from, and what is asked of them. */
export const imagesShape = {
  image: z
    .strictObject({
      build: z.string().min(1).optional(),
      name: untagged.optional(),
      tag: text("a tag such as latest or a commit; without it the version", /^\w[\w.-]{0,127}$/).optional(),
      keep: whole(0, 100).default(3),
    })
    .refine((image) => (image.build === undefined) !== (image.name === undefined) && !(image.build && image.tag), {
      message: "must say where the image comes from, one way",
      params: { allowed: "either {build: <folder>} or {name: <reference without tag>, tag?}" },
    }),
  registry: z
    .strictObject({
      server: text("a registry such as ghcr.io, with :port if it is another", /^[a-z0-9.-]+(:\d+)?$/).default(
        "ghcr.io",
      ),
      username: text("a name without a colon", /^[^\s:]+$/),
    })
    .optional(),
  registryPassword: secretText.optional(),
  signature: signature.transform(wantedSigner).optional(),
  stockImages: z.strictObject({
    node: reference.default(stockImages.node),
    python: reference.default(stockImages.python),
    haproxy: reference.default(stockImages.haproxy),
    postgres: reference.default(stockImages.postgres),
    redis: reference.default(stockImages.redis),
    neo4j: reference.default(stockImages.neo4j),
    lego: reference.default(stockImages.lego),
    prometheus: reference.default(stockImages.prometheus),
    alertmanager: reference.default(stockImages.alertmanager),
    exporter: reference.default(stockImages.exporter),
    "postgres-exporter": reference.default(stockImages["postgres-exporter"]),
    "redis-exporter": reference.default(stockImages["redis-exporter"]),
    grafana: reference.default(stockImages.grafana),
    tunnel: reference.default(stockImages.tunnel),
    restic: reference.default(stockImages.restic),
  }),
};
export type ImagesSettings = SettingsOf<typeof imagesShape>;
