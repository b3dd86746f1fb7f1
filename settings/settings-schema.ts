import { createPublicKey } from "node:crypto";
import { z } from "zod";
import type { WantedSigner } from "../lib/images/image-signature.ts";
import { environmentSchema, githubSchema, githubSecretName, repositorySchema } from "../github/schema.ts";
import { maxReplicas } from "../lib/hosts/naming.ts";
import { text, whole } from "../lib/schema-parts.ts";

/** Stands for a secret's value, which never comes here. */
export const hidden = "[secret]";

const reference = text("an image reference such as ghcr.io/acme/api", /^[a-z0-9]+([._:/@-]+[a-zA-Z0-9]+)*$/);
const identifier = text("a lower-case SQL name such as ape", /^[a-z_][a-z0-9_]{0,62}$/);
const faultList = text(
  "a comma list of error-rate=<0 to 1>, latency-ms=<n>, slow-start-s=<n>, unhealthy, crash-after-s=<n>, ignore-sigterm",
  /^$|^(error-rate=(0(\.\d+)?|1(\.0+)?)|latency-ms=\d+|slow-start-s=\d+|unhealthy|crash-after-s=\d+|ignore-sigterm)(,(?!$)|$)+/,
);

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

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

const rising = z
  .array(whole(1, 100))
  .min(1)
  .describe("rising percents, the last one 100")
  .superRefine((steps, context) => {
    steps.forEach((step, index) => {
      const before = steps[index - 1] ?? 0;
      if (step <= before && index > 0) {
        context.addIssue({
          code: "custom",
          path: [index],
          message: "must rise from step to step",
          params: { allowed: `${String(before + 1)} to 100` },
        });
      }
    });
    if (steps.at(-1) !== 100) {
      context.addIssue({
        code: "custom",
        path: [steps.length - 1],
        message: "the last step must move all traffic",
        params: { allowed: "100" },
      });
    }
  });
const secretNames = z.record(text("lower-case letters, digits and dashes", /^[a-z][a-z0-9-]*$/), z.literal(hidden));
const githubSecrets = z.record(githubSecretName, z.literal(hidden));

/** Shares of the named profiles, in percent. */
const stepsOf = { instant: [100], canary: [10, 50, 100], linear: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100] };

const token = text("letters, digits, dashes and underscores", /^[\w-]{1,64}$/);
const events = z.array(z.enum(["started", "promoted", "rolled-back", "stuck"])).optional();
/** Whom to tell. @default events by severity: failures in production are critical */
const channel = <T extends z.core.$ZodLooseShape>(shape: T) => z.strictObject({ ...shape, events });

const hostKey = text(
  "a public host key such as ssh-ed25519 AAAAC3Nz…, without a comment",
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,}={0,2}$/,
).meta({
  hint: "`ssh-keyscan -t ed25519 <address>` shows it; compare its fingerprint (`| ssh-keygen -lf -`) with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the server's console, then ",
});
const userName = text("a user's name", /^[a-z_][a-z0-9_-]{0,31}$/);
const sshServer = {
  address: text("a name or IP address", /^[A-Za-z0-9][A-Za-z0-9.:-]*$/),
  port: whole(1, 65_535).default(22),
  user: userName,
  hostKey,
};
const localHost = z.strictObject({
  kind: z.literal("local"),
  dockerHost: text("a Docker address such as unix:///var/run/docker.sock", /^(unix|tcp):\/\/\S+$/).optional(),
});
const sshHost = z.strictObject({
  kind: z.literal("ssh"),
  ...sshServer,
  admin: userName.optional(),
  identityFile: text("an absolute path or one that starts with ~/", /^(~\/|\/)\S+$/).optional(),
  jump: z.strictObject(sshServer).optional(),
});
/** One machine with a Docker engine. */
export type HostSettings = z.infer<typeof localHost> | z.infer<typeof sshHost>;

/** Where a stack's service runs: `slipway:host`, and `slipway:hosts` by name. */
export const hostSections = z.object({
  host: z.discriminatedUnion("kind", [localHost, sshHost], { error: "local or ssh" }),
  hosts: z.record(text("lower-case letters, digits and dashes", /^[a-z][a-z0-9-]{0,19}$/), sshHost),
});

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

/** What each key of `Pulumi.<stack>.yaml` may be. Defaults of single values stand in `Pulumi.yaml`, of parts of objects here. */
export const settingsSchema = z.strictObject({
  service: text("lower-case letters, digits and dashes, at most 40", /^[a-z][a-z0-9-]{0,39}$/),
  version: text(
    "a semantic version such as 1.2.3, without a leading v",
    /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/,
  ),
  host: hostSections.shape.host.optional(),
  hosts: hostSections.shape.hosts,
  image: z
    .strictObject({
      build: z.string().min(1).optional(),
      name: reference.optional(),
      tag: text("a tag such as latest or a commit; without it the version", /^\w[\w.-]{0,127}$/).optional(),
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
  signature: signature.transform(wantedSigner).optional(),
  registryPassword: z.literal(hidden).describe("secret text").optional(),
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
  url: text("empty or an http(s) address", /^$|^https?:\/\/[^\s/]+(\/\S*)?$/),
  listenAddress: z
    .union([z.ipv4(), z.ipv6()], { error: "an IP address of the host" })
    .describe("an IP address of the host"),
  listenPort: whole(1, 65535),
  tls: tlsSchema.default({ kind: "none" }),
  tlsKey: z.literal(hidden).describe("secret text").optional(),
  subnet: text(
    "a private /24 such as 10.213.0.0/24",
    /^(10\.\d{1,3}|172\.(1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.0\/24$/,
  ),
  port: whole(1, 65535),
  replicas: whole(1, maxReplicas),
  env: z.record(text("an environment variable's name such as LOG_LEVEL", /^[A-Za-z_][A-Za-z0-9_]*$/), z.string()),
  secrets: secretNames,
  databases: z.strictObject({
    postgres: z.strictObject({ name: identifier, user: identifier }).optional(),
    redis: z.strictObject({}).optional(),
    neo4j: z.strictObject({}).optional(),
  }),
  backups: z.strictObject({
    directory: text("an absolute path or one that starts with ~/", /^(~\/|\/)[\w./-]+$/).default(
      "/var/backups/slipway",
    ),
    keep: whole(1, 1_000).default(10),
  }),
  health: z.strictObject({
    path: text("a path such as /health", /^\/[\w./-]*$/).default("/health"),
    intervalMs: whole(100, 60_000).default(500),
    timeoutMs: whole(100, 60_000).default(2_000),
    gateSeconds: whole(1, 3_600).default(60),
  }),
  strategy: z.enum(["blue-green", "rolling"]),
  profile: z
    .strictObject({
      kind: z.enum(["instant", "canary", "linear"]).optional(),
      steps: rising.optional(),
      previewSeconds: whole(0, 86_400).default(0),
      pauseSeconds: whole(0, 86_400).default(10),
      watchSeconds: whole(0, 86_400).default(300),
    })
    .refine(({ kind, steps }) => kind === undefined || steps === undefined, {
      message: "must say its steps one way",
      params: { allowed: "either kind or steps" },
    })
    .transform(({ kind, steps, ...times }) => ({ ...times, steps: steps ?? stepsOf[kind ?? "canary"] })),
  verdict: z.strictObject({
    maxErrorRatePercent: z.number().min(0).max(100).default(10),
    maxResponseMs: whole(1, 600_000).default(5_000),
    minRequests: whole(1, 100_000).default(20),
    sharedSeconds: whole(0, 3_600).default(60),
  }),
  sticky: z.boolean(),
  preview: z.strictObject({ header: token.optional(), cookie: token.optional() }),
  drainSeconds: whole(0, 86_400),
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
  freeze: z.strictObject({
    weekdays: z
      .array(z.enum(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]))
      .default([]),
    timeZone: z
      .string()
      .refine(isTimeZone, { params: { allowed: "a time zone such as Europe/Berlin" } })
      .default("UTC"),
  }),
  critical: text("one line of at most 120 characters", /^[^\p{Cc}]{0,120}$/u),
  faults: faultList,
  github: githubSchema.optional(),
  repository: repositorySchema.optional(),
  environment: environmentSchema.optional(),
  repositorySecrets: githubSecrets,
  dependabotSecrets: githubSecrets,
  environmentSecrets: githubSecrets,
});

/** Everything a stack's configuration says, checked, with defaults filled in, and frozen. Secrets are here by name only. */
export type Settings = z.infer<typeof settingsSchema>;
