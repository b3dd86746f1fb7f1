import * as pulumi from "@pulumi/pulumi";
import type { ecsNames } from "../../lib/aws/ecs/names.ts";
import type { EcsSettings } from "../../lib/aws/ecs/schema.ts";
import { containerDefinitions, repositoryOf } from "../../lib/aws/ecs/task-definition.ts";
import { taskSize } from "../../lib/aws/ecs/task-size.ts";
import type { Release } from "../../lib/releases/release.ts";
import { plainVariable } from "../../lib/releases/variables.ts";
import type { Settings } from "../../settings/settings.ts";
import { AwsResource, trusting, type OnAws } from "./resource.ts";

/** What runs. */
export interface TaskArgs extends OnAws {
  readonly ecs: EcsSettings;
  readonly names: ReturnType<typeof ecsNames>;
  readonly settings: Settings;
  readonly release: Release;
  /** Values of the service's secrets by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

const logDays = 30;

/**
 * What one release runs: its task definition, the roles and secrets that it has, and where its logs go.
 *
 * What must never happen here: a revision goes while somebody may want to go back to it, or a secret's value stands in one.
 */
export class Task extends pulumi.ComponentResource {
  /** The revision: family and number are its end. */
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: TaskArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:aws:Task", name, {}, opts);
    const { ecs, names, settings, release, provider, tags } = args;
    const { image } = release;
    const child = { parent: this, provider };
    const logs = new AwsResource(
      "logGroup",
      `${name}-logs`,
      { name: `/slipway/${names.prefix}`, retentionInDays: logDays, tags },
      child,
    );
    const secrets = this.#secrets(name, args, child);
    const assumeRolePolicy = trusting("ecs-tasks.amazonaws.com");
    const execution = new AwsResource("role", `${name}-execution`, { assumeRolePolicy, tags }, child);
    const statements = pulumi
      .all([logs.arn, ...secrets.map(({ arn }) => arn)])
      .apply(([log, ...arns]) => rights(image, log ?? "", arns));
    new AwsResource(
      "inlinePolicy",
      `${name}-execution-rights`,
      { role: execution.id, policy: pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements }) },
      child,
    );
    // The service itself may do nothing on AWS.
    const role = new AwsResource("role", `${name}-role`, { assumeRolePolicy, tags }, child);
    const size = taskSize(settings.limits);
    const valueFrom = Object.fromEntries(secrets.map(({ variable, from }) => [variable, from]));
    const definition = new AwsResource(
      "taskDefinition",
      name,
      {
        family: names.prefix,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: String(size?.cpu),
        memory: String(size?.memory),
        executionRoleArn: execution.arn,
        taskRoleArn: role.arn,
        containerDefinitions: pulumi
          .all([pulumi.output(valueFrom), logs.id])
          .apply(([from, group]) =>
            containerDefinitions({ release, settings, logs: group, region: ecs.region, secrets: from }),
          ),
        // Otherwise AWS lists the revision before no longer, and nobody can go back to it.
        skipDestroy: true,
        tags,
      },
      child,
    );
    this.arn = definition.arn;
    this.registerOutputs({ arn: this.arn });
  }

  /** By ARN and version: another value is another version, and so another release. */
  #secrets(name: string, { secrets, names, tags }: TaskArgs, opts: pulumi.CustomResourceOptions) {
    return Object.entries(secrets).map(([secret, value]) => {
      const kept = new AwsResource(
        "secret",
        `${name}-secret-${secret}`,
        { description: `${secret} of ${names.prefix}`, tags },
        opts,
      );
      const version = new AwsResource(
        "secretVersion",
        `${name}-secret-${secret}-value`,
        { secretId: kept.id, secretString: pulumi.secret(value) },
        // Releases that somebody may go back to name the version before.
        { ...opts, additionalSecretOutputs: ["secretString"], retainOnDelete: true },
      );
      const from = pulumi.interpolate`${kept.arn}:::${version.versionId}`;
      return { variable: plainVariable(secret), arn: kept.arn, from };
    });
  }
}

/** What ECS may do to start a task: pull its image, write its logs, read its secrets. */
function rights(image: string, logs: string, secrets: readonly string[]) {
  const allow = (Action: readonly string[], Resource: readonly string[] | string) => ({
    Effect: "Allow",
    Action,
    Resource,
  });
  const repository = repositoryOf(image)?.arn;
  return [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], [`${logs}:*`]),
    ...(repository === undefined
      ? []
      : [
          allow(["ecr:GetAuthorizationToken"], "*"),
          allow(["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], [repository]),
        ]),
    ...(secrets.length === 0 ? [] : [allow(["secretsmanager:GetSecretValue"], secrets)]),
  ];
}
