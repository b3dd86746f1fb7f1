import type { Problem } from "../../problem.ts";
import type { ImagesSettings } from "../../images/schema.ts";
import type { ReleasesSettings } from "../../releases/schema.ts";
import { plainVariable } from "../../releases/variables.ts";
import { deploymentOf } from "./deployment.ts";
import type { EcsSettings, EcsShape } from "./schema.ts";
import { taskSize } from "./task-size.ts";

/** What is held against what ECS can do. */
export interface EcsAsked extends ReleasesSettings, EcsShape, Pick<ImagesSettings, "image"> {
  /** `slipway:url`. */
  readonly url: string;
}

const unset = (key: string) => `pulumi config rm slipway:${key}`;
const onHosts = "it is a host's: leave slipway:target at host";

/** Settings that mean something on a host only, and what would have to be done instead. Why each: docs/aws.md. */
const hostsOnly: Readonly<Record<string, readonly [why: string, fix: string]>> = {
  databases: [
    "would be data on a task's disk, which goes with it",
    `${unset("databases")}, and give the address of one: pulumi config set --secret --path slipway:secrets.database-url <url>`,
  ],
  deleteData: ["names data, and a task keeps none", unset("deleteData")],
  backups: ["has nothing to back up: a task keeps no data", unset("backups")],
  volumes: ["would be a task's disk, which goes with it", `${unset("volumes")}, and keep files in S3`],
  roles: ["are not made: there is one kind of task", `${unset("roles")}; ${onHosts}`],
  release: ["is not run: ECS starts no task once before a release", `${unset("release")}; ${onHosts}`],
  preview: ["can't be offered: ECS tells no tester by a header", unset("preview")],
  previewSecret: ["is asked of nobody", unset("previewSecret")],
  access: ["is not kept: the load balancer lets everybody in", `${unset("access")}; ${onHosts}`],
  accessPassword: ["is asked of nobody", unset("accessPassword")],
  clients: ["is not kept: the load balancer has bounds of its own", unset("clients")],
  accessLog: ["is not kept: the load balancer writes none", unset("accessLog")],
  notices: ["tell nobody: no rollout controller runs there", `${unset("notices")}; ${onHosts}`],
  monitoring: ["has no host to run on or to ask", `${unset("monitoring")}; CloudWatch has its figures`],
  front: ["passes on to services of its own host", `${unset("front")}; ${onHosts}`],
  registry: ["is no login that a task has: it pulls by its role from ECR, or without a login", unset("registry")],
};

/**
 * What ECS can't do of what a stack asks. Pure.
 *
 * What must never happen here: that a setting which does something on a host does nothing on ECS without a word.
 *
 * @param named settings that the stack names itself
 */
export function ecsProblems(settings: EcsAsked, named: readonly string[]): Problem[] {
  if (settings.target !== "ecs") return [];
  const elsewhere = named.flatMap((key): Problem[] => {
    const [problem, fix] = hostsOnly[key] ?? [];
    return problem === undefined || fix === undefined
      ? []
      : [at(key, { problem, allowed: "nothing with target ecs", fix })];
  });
  return [
    ...missing(settings),
    ...(settings.ecs ? elsewhereCertified(settings.ecs) : []),
    ...elsewhere,
    ...(named.includes("sticky") && settings.sticky
      ? [
          at("sticky", {
            problem: "is not kept: ECS moves users with the traffic",
            got: "true",
            allowed: "false",
            fix: set("sticky", "false"),
          }),
        ]
      : []),
    ...imageProblems(settings),
    ...rolloutProblems(settings),
    ...healthProblems(settings.health),
    ...taskProblems(settings),
    ...secretProblems(settings),
  ];
}

const at = (key: string, rest: Omit<Problem, "path">): Problem => ({ path: `slipway:${key}`, ...rest });
const set = (path: string, value: string) => `pulumi config set --path slipway:${path} ${value}`;

function missing({ ecs, url }: EcsAsked): Problem[] {
  return [
    ...(ecs
      ? []
      : [
          at("ecs", {
            problem: "is missing, and slipway:target ecs needs it",
            allowed: "{region, vpc, publicSubnets, privateSubnets, certificate}",
            fix: "write it into the stack's file, as docs/aws.md has it",
          }),
        ]),
    ...(url.startsWith("https://")
      ? []
      : [
          at("url", {
            problem: "is not what people use of a load balancer that has a certificate",
            got: url || "nothing",
            allowed: "an https address",
            fix: "pulumi config set slipway:url https://<name>",
          }),
        ]),
  ];
}

function elsewhereCertified({ certificate, region }: EcsSettings): Problem[] {
  if (certificate.split(":")[3] === region) return [];
  return [
    at("ecs.certificate", {
      problem: "is in another region",
      got: certificate,
      allowed: "one in slipway:ecs.region",
      fix: set("ecs.certificate", `arn:aws:acm:${region}:…`),
    }),
  ];
}

function imageProblems({ image }: EcsAsked): Problem[] {
  if (image.build === undefined) return [];
  return [
    at("image.build", {
      problem: "builds on a host, and ECS has none",
      got: image.build,
      allowed: "an image in a registry",
      fix: `${set("image.name", "<account>.dkr.ecr.<region>.amazonaws.com/<name>")}, and pulumi config rm --path slipway:image.build`,
    }),
  ];
}

function rolloutProblems({ strategy, profile, drainSeconds }: EcsAsked): Problem[] {
  const rolling =
    strategy === "rolling"
      ? [
          at("strategy", {
            problem: "is not offered on ECS: its verdict would be another one",
            got: strategy,
            allowed: "blue-green",
            fix: "pulumi config set slipway:strategy blue-green",
          }),
        ]
      : [];
  const steps = deploymentOf(profile)
    ? []
    : [
        at("profile.steps", {
          problem: "are no pattern that ECS has",
          got: profile.steps.join(", "),
          allowed: "100 (blue-green), one step and 100 (canary), or equal steps of 3 % or more (linear)",
          fix: set("profile.kind", "linear"),
        }),
      ];
  const preview =
    profile.previewSeconds > 0
      ? [
          at("profile.previewSeconds", {
            problem: "has no testers to wait for: slipway:preview is not offered on ECS",
            got: String(profile.previewSeconds),
            allowed: "0",
            fix: set("profile.previewSeconds", "0"),
          }),
        ]
      : [];
  const drain =
    drainSeconds > 3_600
      ? [
          at("drainSeconds", {
            problem: "is longer than a load balancer waits",
            got: String(drainSeconds),
            allowed: "0 to 3600",
            fix: "pulumi config set slipway:drainSeconds 3600",
          }),
        ]
      : [];
  return [...rolling, ...steps, ...preview, ...drain];
}

/** A load balancer asks a path and looks at the status. */
function healthProblems({ host, headers, body, intervalMs, timeoutMs }: ReleasesSettings["health"]): Problem[] {
  const asked = { host, headers: Object.keys(headers).length > 0 ? headers : undefined, body };
  const more = Object.entries(asked).flatMap(([part, value]) =>
    value === undefined
      ? []
      : at(`health.${part}`, {
          problem: "is not asked: a load balancer asks a path and looks at the status of its answer",
          allowed: "nothing with target ecs",
          fix: `pulumi config rm --path slipway:health.${part}`,
        }),
  );
  const slow =
    timeoutMs > 5_000 && timeoutMs >= intervalMs
      ? [
          at("health.intervalMs", {
            problem: "is not longer than slipway:health.timeoutMs, and a load balancer asks one at a time",
            got: String(intervalMs),
            allowed: `more than ${String(timeoutMs)}`,
            fix: set("health.intervalMs", String(Math.min(60_000, timeoutMs + 1_000))),
          }),
        ]
      : [];
  return [...more, ...slow];
}

function taskProblems({ limits, container, replicas, ecs }: EcsAsked): Problem[] {
  const size = taskSize(limits)
    ? []
    : [
        at("limits", {
          problem: "is no size that a task of Fargate has",
          got: `memoryMb ${String(limits.memoryMb)}${limits.cpus === undefined ? "" : `, cpus ${String(limits.cpus)}`}`,
          allowed:
            "0.25 cpus with 512, 1024 or 2048; 0.5 with 1024 to 4096; 1 with 2048 to 8192; 2 with 4096 to 16384; 4 with 8192 to 30720, in whole gigabytes; more: docs/aws.md",
          fix: set("limits.memoryMb", "2048"),
        }),
      ];
  const stop =
    container.stopSeconds > 120
      ? [
          at("container.stopSeconds", {
            problem: "is longer than ECS waits",
            got: String(container.stopSeconds),
            allowed: "1 to 120",
            fix: set("container.stopSeconds", "120"),
          }),
        ]
      : [];
  const most = ecs?.scaling?.max;
  const scaling =
    most !== undefined && most < replicas
      ? [
          at("ecs.scaling.max", {
            problem: "is less than slipway:replicas, the least that run",
            got: String(most),
            allowed: `${String(replicas)} or more`,
            fix: set("ecs.scaling.max", String(replicas)),
          }),
        ]
      : [];
  return [...size, ...stop, ...scaling];
}

/** A task has its secrets as variables, a host's container as files; whoever names the variable has it on both. */
function secretProblems({ secrets, container }: EcsAsked): Problem[] {
  const given = container.secretVariables ?? [];
  return Object.keys(secrets).flatMap((name) => {
    const variable = plainVariable(name);
    if (given.includes(variable)) return [];
    return at(`secrets.${name}`, {
      problem: "is a file on a host, and a task has variables only",
      allowed: `a secret that slipway:container.secretVariables names as ${variable}`,
      fix: `pulumi config set --path 'slipway:container.secretVariables[${String(given.length)}]' ${variable}`,
    });
  });
}
