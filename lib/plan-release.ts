import * as pulumi from "@pulumi/pulumi";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hashBuildContext } from "./build-context.ts";
import { freezeProblem } from "./freeze.ts";
import type { Ledger } from "./ledger.ts";
import type { HostNames } from "./naming.ts";
import { formatProblem } from "./problem.ts";
import { readLedger } from "./read-ledger.ts";
import { makeRelease } from "./release.ts";
import { ImageNotFound, resolveImage } from "./resolve-image.ts";
import type { Settings } from "./settings.ts";
import { PlanRefused, planSlots, type Plan } from "./slot-plan.ts";

/** A plan and the ledger that it was made from. */
export interface PlannedRelease {
  readonly ledger: Ledger;
  readonly plan: Plan;
  /** How to build the release's image on the host. @default it is pulled */
  readonly build?: { readonly context: string; readonly args: Readonly<Record<string, string>> };
}

/**
 * Asks the host what its slots hold and plans the wanted release. Touches nothing.
 *
 * @param secrets plain values of the service's secrets: a changed one makes another release
 * @throws pulumi.RunError when the image does not exist, another rollout is running, releases are frozen, or the host
 * can't be asked
 */
export async function planRelease(
  dockerHost: string,
  names: HostNames,
  settings: Settings,
  secrets: Readonly<Record<string, string>>,
): Promise<PlannedRelease> {
  const ledger = await readLedger(dockerHost, names, settings.stockImages.node);
  const build = settings.image.build === undefined ? undefined : buildOf(settings.image.build, settings);
  const image = build ? build.image : await pulledImage(dockerHost, settings, ledger);
  const { version, replicas, port, env, faults, health } = settings;
  const wanted = makeRelease(version, image, replicas, { port, env, secrets, faults, healthPath: health.path });
  try {
    const plan = planSlots(ledger, wanted);
    const frozen = freezeProblem(plan, ledger, settings, new Date());
    if (frozen !== undefined) await refuseOrWarn(frozen);
    return { ledger, plan, ...(build ? { build: { context: build.context, args: build.args } } : {}) };
  } catch (error) {
    if (error instanceof PlanRefused) throw new pulumi.RunError(`slipway:version: ${error.message}`);
    throw error;
  }
}

/** A preview may look at any time; it only says that an update would be refused now. */
async function refuseOrWarn(problem: string): Promise<void> {
  if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(problem);
  await pulumi.log.warn(problem);
}

function buildOf(context: string, { service, version, stockImages }: Settings) {
  if (!existsSync(join(context, "Dockerfile"))) {
    const fix = "pulumi config set --path slipway:image.build <folder>";
    throw new pulumi.RunError(
      formatProblem({
        path: "slipway:image.build",
        problem: "has no Dockerfile",
        got: context,
        allowed: "a folder with one",
        fix,
      }),
    );
  }
  const args = { PYTHON_IMAGE: stockImages.python, VERSION: version };
  // A tag can't hold the + of a version with build metadata.
  const tag = `${version.replace("+", "_")}-${hashBuildContext(context, JSON.stringify(args))}`;
  return { context, args, image: `${service}:${tag}` };
}

async function pulledImage(dockerHost: string, { image, version }: Settings, ledger: Ledger): Promise<string> {
  const name = image.name ?? "";
  try {
    return await resolveImage(dockerHost, name, version, ledger);
  } catch (error) {
    if (!(error instanceof ImageNotFound)) throw error;
    throw new pulumi.RunError(
      formatProblem({
        path: "slipway:image.name",
        problem: "can't be had",
        got: `${name}:${version} (${error.message})`,
        allowed: "a version that the registry serves",
        fix: "push it, or pulumi config set slipway:version <version>",
      }),
    );
  }
}
