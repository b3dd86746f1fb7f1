import * as pulumi from "@pulumi/pulumi";
import { colors, type Color, type Dimensions } from "../../lib/aws/ecs/alarms.ts";
import type { EcsSettings } from "../../lib/aws/ecs/schema.ts";
import { everywhere } from "../../lib/aws/open-to.ts";
import { healthCheck } from "../../lib/aws/ecs/health-check.ts";
import type { ReleasesSettings } from "../../lib/releases/schema.ts";
import { AwsResource, type OnAws } from "./resource.ts";
import { securityGroup } from "./security-group.ts";

/** What people reach. */
export interface BalancerArgs extends OnAws {
  readonly ecs: EcsSettings;
  readonly settings: Pick<ReleasesSettings, "port" | "health" | "drainSeconds">;
}

/** Where a release is reached before people are sent to it; only from within the VPC's own rules. */
const testPort = 8443;
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/**
 * A load balancer with two target groups that take turns, and the rules by which ECS moves traffic between them.
 *
 * What must never happen here: an update sets weights. They are ECS's from the first day on, and one that is set back sends people to a
 * group without tasks (aws/aws-cdk#36649).
 */
export class Balancer extends pulumi.ComponentResource {
  /** Its name in DNS. */
  readonly address: pulumi.Output<string>;
  /** From which tasks are asked. */
  readonly securityGroup: pulumi.Output<string>;
  /** What a service is told of it, beside its container and role. */
  readonly groups: Readonly<Record<Color, pulumi.Output<string>>>;
  readonly productionRule: pulumi.Output<string>;
  readonly testRule: pulumi.Output<string>;
  /** By what CloudWatch knows it. */
  readonly dimensions: Dimensions<pulumi.Output<string>>;

  constructor(name: string, args: BalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:aws:Balancer", name, {}, opts);
    const { ecs, settings, provider, tags } = args;
    const child = { parent: this, provider };
    const entrance = this.#entrance(`${name}-entrance`, args, child);
    const balancer = new AwsResource(
      "loadBalancer",
      name,
      {
        loadBalancerType: "application",
        internal: false,
        subnets: ecs.publicSubnets,
        securityGroups: [entrance.id],
        dropInvalidHeaderFields: true,
        tags,
      },
      child,
    );
    const [blue, green] = colors.map(
      (color) =>
        new AwsResource(
          "targetGroup",
          // No name of its own: AWS could not make another one while a rule uses this one.
          `${name}-${color}`,
          {
            port: settings.port,
            protocol: "HTTP",
            targetType: "ip",
            vpcId: ecs.vpc,
            deregistrationDelay: settings.drainSeconds,
            healthCheck: healthCheck(settings.health),
            tags,
          },
          child,
        ),
    ) as [AwsResource, AwsResource];
    const rule = (what: string, port: number) => {
      const listener = new AwsResource(
        "listener",
        `${name}-${what}`,
        {
          loadBalancerArn: balancer.arn,
          port,
          protocol: "HTTPS",
          sslPolicy: tlsPolicy,
          certificateArn: ecs.certificate,
          defaultActions: [{ type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "503" } }],
          tags,
        },
        child,
      );
      const targetGroups = [
        { arn: blue.arn, weight: 100 },
        // ECS takes a release back where a rule does not know both.
        { arn: green.arn, weight: 0 },
      ];
      return new AwsResource(
        "listenerRule",
        `${name}-${what}-rule`,
        {
          listenerArn: listener.arn,
          priority: 1,
          conditions: [{ pathPattern: { values: ["/*"] } }],
          actions: [{ type: "forward", forward: { targetGroups } }],
          tags,
        },
        { ...child, ignoreChanges: ["actions"] },
      ).arn;
    };
    new AwsResource(
      "listener",
      `${name}-plain`,
      {
        loadBalancerArn: balancer.arn,
        port: 80,
        protocol: "HTTP",
        defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } }],
        tags,
      },
      child,
    );
    this.productionRule = rule("public", 443);
    this.testRule = rule("test", testPort);
    this.address = balancer.dnsName;
    this.securityGroup = entrance.id;
    this.groups = { blue: blue.arn, green: green.arn };
    this.dimensions = { balancer: balancer.arnSuffix, groups: { blue: blue.arnSuffix, green: green.arnSuffix } };
    this.registerOutputs({ address: this.address });
  }

  /** Everybody reaches the two public ports; who tries the test port is let in by a rule of the VPC's owner. */
  #entrance(name: string, { ecs, tags }: BalancerArgs, opts: pulumi.CustomResourceOptions): AwsResource {
    const ways = [80, 443].map((port) => [String(port), port, { cidrIpv4: everywhere }] as const);
    return securityGroup(name, { vpc: ecs.vpc, description: "A load balancer of Slipway", tags, ways }, opts);
  }
}
