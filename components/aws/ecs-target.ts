import * as pulumi from "@pulumi/pulumi";
import { deploymentOf, roundedUp } from "../../lib/aws/ecs/deployment.ts";
import { longerChecks } from "../../lib/aws/ecs/health-check.ts";
import { ecsNames } from "../../lib/aws/ecs/names.ts";
import { freezeOf, knownFrom, servedWith } from "../../lib/aws/ecs/plan.ts";
import { revisionOf } from "../../lib/aws/ecs/running.ts";
import type { EcsSettings } from "../../lib/aws/ecs/schema.ts";
import { pulledImage } from "../../lib/images/pulled-image.ts";
import { lastOutput } from "../../lib/own-state.ts";
import { refuseOrWarn } from "../../lib/refuse-or-warn.ts";
import { containerSpec } from "../../lib/releases/container.ts";
import { makeRelease, type Release } from "../../lib/releases/release.ts";
import type { StackSettings } from "../../settings/load-settings.ts";
import type { Delivered, Target } from "../target.ts";
import { Balancer } from "./balancer.ts";
import { ecrLogin } from "./ecr-login.ts";
import { EcsService } from "./ecs-service.ts";
import { AwsProvider } from "./resource.ts";
import { Task } from "./task.ts";
import { watchedAlarms } from "./watched-alarms.ts";

/** Delivers to ECS: a load balancer, and behind it tasks that AWS's own deployments exchange. */
export const ecsTarget = (ecs: EcsSettings): Target => ({
  async deliver({ stack, settings, secrets }: StackSettings): Promise<Delivered> {
    const { profile, health, version, url } = settings;
    const deployment = deploymentOf(profile);
    if (deployment === undefined) throw new Error("slipway:profile.steps: no pattern of ECS, and nobody said so");
    for (const line of [...roundedUp(profile), ...longerChecks(health)]) await pulumi.log.info(line);
    const provider = new AwsProvider("aws-ecs", { region: ecs.region }, {});
    const image = await pulledImage(settings, await ecrLogin(settings.image.name ?? "", provider), []);
    const release = makeRelease({ version, image, container: containerSpec(settings, secrets) });
    const known = knownFrom({ live: await lastOutput("live"), served: await lastOutput("served") });
    const frozen = freezeOf(known, release, settings, new Date());
    if (frozen) await refuseOrWarn([frozen]);

    const names = ecsNames(settings.service, stack);
    await watchedAlarms(ecs.region, names, known, release);
    const tags = { "slipway.service": settings.service, "slipway.stack": stack };
    const common = { provider, tags, ecs, names, settings };
    const balancer = new Balancer("entrance", common);
    const task = new Task("task", { ...common, release, secrets });
    const { revision } = new EcsService("api", { ...common, deployment, balancer, task });
    const live = revision.apply((arn) => told(url, release, revisionOf(arn)));
    const served = live.apply(() => servedWith(known, release));
    return { url: pulumi.output(url), live, served, balancer: balancer.address, hosts: {} };
  },
});

function told(url: string, { id, version, image }: Release, revision: string) {
  if (!pulumi.runtime.isDryRun()) void pulumi.log.info(`✓ ${url} is up: live ${version}, task definition ${revision}`);
  return { version, release: id, image, revision };
}
