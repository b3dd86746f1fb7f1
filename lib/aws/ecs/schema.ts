import { z } from "zod";
import { text, whole, type SettingsOf } from "../../schema-parts.ts";
import { id, region } from "../schema.ts";

const subnets = (what: string, least: number) =>
  z
    .array(id("subnet", what))
    .min(least)
    .max(10)
    .describe(`${String(least)} to 10 ids of ${what}`);

/** Where the service runs, and what AWS has to be told that a host has not. */
export const ecsShape = {
  target: z.enum(["host", "ecs"]),
  ecs: z
    .strictObject({
      region,
      vpc: id("vpc", "a VPC"),
      publicSubnets: subnets("public subnets, for the load balancer, in two zones or more", 2),
      privateSubnets: subnets("private subnets with a way out, for the tasks", 1),
      certificate: text(
        "the ARN of a certificate of ACM in that region",
        /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/,
      ),
      scaling: z.strictObject({ max: whole(1, 1_000), cpuPercent: whole(10, 90).default(60) }).optional(),
    })
    .optional(),
};
export type EcsShape = SettingsOf<typeof ecsShape>;
export type EcsSettings = NonNullable<EcsShape["ecs"]>;
