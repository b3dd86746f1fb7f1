import * as pulumi from "@pulumi/pulumi";
import { alarmInputs } from "../../lib/aws/ecs/alarms.ts";
import { deploymentInputs, limitMinutes, type Deployment } from "../../lib/aws/ecs/deployment.ts";
import type { ecsNames } from "../../lib/aws/ecs/names.ts";
import type { EcsSettings } from "../../lib/aws/ecs/schema.ts";
import { goneBack, seenService } from "../../lib/aws/ecs/running.ts";
import { containerName } from "../../lib/aws/ecs/task-definition.ts";
import type { ReleasesSettings } from "../../lib/releases/schema.ts";
import type { Balancer } from "./balancer.ts";
import { AwsResource, trusting, type AwsProvider, type OnAws } from "./resource.ts";
import { securityGroup } from "./security-group.ts";
import type { Task } from "./task.ts";

/** What keeps the tasks running and moves the traffic of a release. */
export interface EcsServiceArgs extends OnAws {
  readonly ecs: EcsSettings;
  readonly names: ReturnType<typeof ecsNames>;
  readonly settings: ReleasesSettings;
  readonly deployment: Deployment;
  readonly balancer: Balancer;
  readonly task: Task;
}

const forBalancers = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers";

/**
 * The service on ECS, with the alarms that judge each release of it.
 *
 * What must never happen here: groups are exchanged by the program, or a number of tasks that autoscaling chose is set back.
 */
export class EcsService extends pulumi.ComponentResource {
  /** The revision that was wanted, once somebody has looked that it runs. */
  readonly revision: pulumi.Output<string>;

  constructor(name: string, args: EcsServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:aws:EcsService", name, {}, opts);
    const { ecs, names, settings, deployment, balancer, task, provider, tags } = args;
    const child = { parent: this, provider };
    const cluster = new AwsResource(
      "cluster",
      `${name}-cluster`,
      { name: names.prefix, settings: [{ name: "containerInsights", value: "enabled" }], tags },
      child,
    );
    const infrastructure = new AwsResource(
      "role",
      `${name}-infrastructure`,
      { assumeRolePolicy: trusting("ecs.amazonaws.com"), tags },
      child,
    );
    const rights = new AwsResource(
      "rolePolicy",
      `${name}-infrastructure-rights`,
      { role: infrastructure.id, policyArn: forBalancers },
      child,
    );
    const alarms = Object.entries(alarmInputs(settings, balancer.dimensions)).map(
      ([alarm, inputs]) =>
        new AwsResource("alarm", `${name}-${alarm}`, { name: names.alarm(alarm), ...inputs, tags }, child),
    );
    const limit = `${String(limitMinutes(deployment, { ...settings, ...settings.health }))}m`;
    const service = new AwsResource(
      "ecsService",
      name,
      {
        name: names.service,
        cluster: cluster.arn,
        launchType: "FARGATE",
        taskDefinition: task.arn,
        desiredCount: settings.replicas,
        healthCheckGracePeriodSeconds: settings.health.gateSeconds,
        deploymentConfiguration: deploymentInputs(deployment),
        alarms: { alarmNames: alarms.map(({ id }) => id), enable: true, rollback: true },
        // The same for ever: which group is live is ECS's to know.
        loadBalancers: [
          {
            containerName,
            containerPort: settings.port,
            targetGroupArn: balancer.groups.blue,
            advancedConfiguration: {
              alternateTargetGroupArn: balancer.groups.green,
              productionListenerRule: balancer.productionRule,
              testListenerRule: balancer.testRule,
              roleArn: infrastructure.arn,
            },
          },
        ],
        networkConfiguration: {
          subnets: ecs.privateSubnets,
          securityGroups: [this.#tasksOnly(`${name}-tasks`, args, child)],
          assignPublicIp: false,
        },
        waitForSteadyState: true,
        propagateTags: "SERVICE",
        tags,
      },
      {
        ...child,
        // Without these rights it could not let go of the target groups at its end.
        dependsOn: [rights],
        customTimeouts: { create: limit, update: limit, delete: limit },
        ignoreChanges: ecs.scaling ? ["desiredCount"] : [],
      },
    );
    if (ecs.scaling) this.#scaling(`${name}-scaling`, args, ecs.scaling, { ...child, dependsOn: [service] });
    this.revision = pulumi
      .all([task.arn, cluster.arn, service.taskDefinition])
      .apply(([wanted, clusterArn]) => this.#looked(wanted, { clusterArn, serviceName: names.service }, provider));
    this.registerOutputs({ revision: this.revision });
  }

  /** @throws pulumi.RunError where ECS runs something else, or nothing, whatever the state says */
  async #looked(wanted: string, service: object, provider: AwsProvider): Promise<string> {
    if (pulumi.runtime.isDryRun()) return wanted;
    const seen = seenService.parse(await pulumi.runtime.invoke("aws:ecs/getService:getService", service, { provider }));
    const problem = goneBack(wanted, seen);
    if (problem !== undefined) throw new pulumi.RunError(problem);
    return wanted;
  }

  /** Only the load balancer reaches the tasks. */
  #tasksOnly(
    name: string,
    { ecs, settings, balancer, tags }: EcsServiceArgs,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Output<string> {
    const from = { referencedSecurityGroupId: balancer.securityGroup };
    const ways = [["from-balancer", settings.port, from] as const];
    return securityGroup(name, { vpc: ecs.vpc, description: "Tasks of Slipway", tags, ways }, opts).id;
  }

  #scaling(
    name: string,
    { names, settings, tags }: EcsServiceArgs,
    { max, cpuPercent }: NonNullable<EcsSettings["scaling"]>,
    opts: pulumi.CustomResourceOptions,
  ): void {
    const what = {
      serviceNamespace: "ecs",
      resourceId: `service/${names.prefix}/${names.service}`,
      scalableDimension: "ecs:service:DesiredCount",
    };
    const target = new AwsResource(
      "scalableTarget",
      name,
      { ...what, minCapacity: settings.replicas, maxCapacity: max, tags },
      opts,
    );
    new AwsResource(
      "scalingPolicy",
      `${name}-policy`,
      {
        ...what,
        policyType: "TargetTrackingScaling",
        targetTrackingScalingPolicyConfiguration: {
          targetValue: cpuPercent,
          predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
        },
      },
      { ...opts, dependsOn: [target] },
    );
  }
}
