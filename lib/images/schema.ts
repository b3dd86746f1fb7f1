import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { secretText, text, whole, type SettingsOf } from "../schema-parts.ts";
import type { WantedSigner } from "./image-signature.ts";

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
    node: reference.default(
      "node:24-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d",
    ),
    python: reference.default(
      "python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b",
    ),
    haproxy: reference.default("haproxy:3.2@sha256:e2b397cdbd612221cf79dec325690139d00a78b4ce4eae065530fbc81e1f6192"),
    postgres: reference.default(
      "postgres:15-bookworm@sha256:539ceaaae49b3a7c8a04467cf00cc6788d8e3f1675df41860d86eebc4c40524f",
    ),
    redis: reference.default(
      "redis:7-bookworm@sha256:595cc6f2bb3af6e03347b90deb6123c6aa2c81dea05ce08128de8a174b6ac67b",
    ),
    neo4j: reference.default("neo4j:5.26-community"),
    lego: reference.default("goacme/lego:v4.31.0"),
  }),
};
export type ImagesSettings = SettingsOf<typeof imagesShape>;
