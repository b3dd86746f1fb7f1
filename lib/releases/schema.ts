import { z } from "zod";
import {
  healthHeaderName,
  healthHeaderValue,
  healthHost,
  healthPath,
  highestStatus,
  lowestStatus,
  usualStatuses,
} from "../../router/health-request.ts";
import { allowedBody, isHealthBody, type HealthBody } from "../../router/health-body.ts";
import { roleName } from "../../router/roles.ts";
import { volumeFolder, volumeName } from "../../router/volumes.ts";
import { maxReplicas, maxRoleContainers } from "../hosts/naming.ts";
import { secretNames, secretText, text, textThat, whole, type SettingsOf } from "../schema-parts.ts";
import { dueTimes } from "./schedule.ts";

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

/** Who the service is inside its containers where a stack does not say. */
const serviceUser = "10001";

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
/** Shares of the named profiles, in percent. */
const stepsOf = { instant: [100], canary: [10, 50, 100], linear: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100] };

const allowedSchedule =
  "the five fields of cron, in UTC: minute, hour, day of the month, month, day of the week, such as 15 3 * * * or */5 8-18 * * mon-fri";

const token = text("letters, digits, dashes and underscores", /^[\w-]{1,64}$/);
/** Slipway gives the containers variables of its own; one of the same name would be replaced without a word. */
const variableName = text(
  "an environment variable's name such as LOG_LEVEL; Slipway itself sets PORT (by slipway:port) and all that begin with SLIPWAY_",
  /^(?!PORT$|SLIPWAY_)[A-Za-z_][A-Za-z0-9_]*$/,
);

/**
 * What a version may be made of: it is a name, and nothing compares two of them by their text. It also stands in image tags (where `+`
 * becomes `_`), in release ids and in names of backup files; with a content hash behind it, a tag takes 111 characters.
 */
const version = text(
  "a name such as 1.2.3, v1.2, 2024.11.03 or main-abc1234: letters, digits and . _ + -, first a letter or digit, at most 111",
  /^[A-Za-z0-9][\w.+-]{0,110}$/,
);
/** What a release is, and how its traffic moves. */
export const releasesShape = {
  service: text("lower-case letters, digits and dashes, at most 40", /^[a-z][a-z0-9-]{0,39}$/),
  version,
  port: whole(1, 65535),
  replicas: whole(1, maxReplicas),
  env: z.record(variableName, text("text without the character NUL", /^[^\0]*$/)),
  secrets: secretNames,
  health: z.strictObject({
    path: text("a path such as /health, with its query, at most 256 characters", healthPath).default("/health"),
    host: text("a host's name such as api.example.com", healthHost).optional(),
    headers: z
      .record(
        text(
          "a header's name such as X-Forwarded-Proto; not Host (slipway:health.host) nor one of the connection",
          healthHeaderName,
        ),
        text("1 to 200 letters, digits and . : / = @ + ~ * , & ? ! % _ -", healthHeaderValue),
      )
      .default({}),
    statuses: z
      .array(whole(lowestStatus, highestStatus))
      .min(1)
      .default([...usualStatuses]),
    body: z
      .unknown()
      .refine((body): body is HealthBody | undefined => body === undefined || isHealthBody(body), {
        params: { allowed: allowedBody },
      })
      .describe(allowedBody)
      .optional(),
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
  limits: z.strictObject({
    memoryMb: whole(16, 1_048_576).default(2_048),
    cpus: z.number().min(0.01).max(512).optional(),
    readOnly: z.boolean().default(true),
    writable: z
      .array(text("an absolute path such as /app/cache, outside /proc, /sys, /dev and /run/secrets", volumeFolder))
      .default([]),
  }),
  container: z.strictObject({
    command: z
      .array(text("words without the character NUL", /^[^\0]+$/))
      .min(1)
      .optional(),
    user: text(
      "a user's number such as 1000, or with its group 1000:1000; not 0: root has no more rights here than others",
      /^[1-9]\d{0,9}(:\d{1,10})?$/,
    ).default(serviceUser),
    stopSeconds: whole(1, 3_600).default(25),
    secretVariables: z
      .array(text("a variable such as DATABASE_URL, whose secret has a file", /^[A-Z][A-Z0-9_]*$/))
      .min(1)
      .optional(),
  }),
  volumes: z.record(
    text("lower-case letters, digits and dashes, first a letter, at most 40", volumeName),
    z.strictObject({
      folder: text("an absolute path such as /app/uploads, outside /proc, /sys, /dev and /run/secrets", volumeFolder),
      backup: z.boolean().default(true),
      eachHost: z.boolean().default(false),
    }),
  ),
  roles: z.record(
    text("lower-case letters, digits and dashes, first a letter, at most 30; not web, blue or green", roleName),
    z.strictObject({
      command: z.array(text("words without the character NUL", /^[^\0]+$/)).min(1),
      replicas: whole(1, maxRoleContainers).default(1),
      memoryMb: whole(16, 1_048_576).optional(),
      cpus: z.number().min(0.01).max(512).optional(),
      healthcheck: z
        .array(text("words without the character NUL", /^[^\0]+$/))
        .min(1)
        .optional(),
      schedule: textThat(allowedSchedule, (times) => dueTimes(times) !== undefined).optional(),
      timeoutSeconds: whole(1, 86_400).optional(),
      hosts: z.enum(["all", "first"]).optional(),
    }),
  ),
  release: z.strictObject({
    command: z
      .array(text("words without the character NUL", /^[^\0]+$/))
      .min(1)
      .optional(),
    timeoutSeconds: whole(1, 86_400).default(600),
  }),
  sticky: z.boolean(),
  preview: z.strictObject({ header: token.optional(), cookie: token.optional() }),
  previewSecret: secretText.optional(),
  drainSeconds: whole(0, 86_400),
  freeze: z.strictObject({
    weekdays: z
      .array(z.enum(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]))
      .default([]),
    timeZone: z
      .string()
      .refine(isTimeZone, { params: { allowed: "a time zone such as Europe/Berlin" } })
      .default("UTC"),
  }),
  critical: text(
    "<version>: <why it can't wait>, one line of at most 200 characters",
    /^(?=.{0,200}$)([\w.+-]+: ?[^\p{Cc}]+)?$/u,
  ),
  faults: faultList,
};
export type ReleasesSettings = SettingsOf<typeof releasesShape>;
