import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { formatProblems } from "../lib/problem.ts";
import { pullable } from "../lib/images/tag.ts";
import type { Slot as SlotName } from "../lib/hosts/naming.ts";
import type { SlotPlan } from "../lib/releases/slot-plan.ts";
import type { Host } from "./host.ts";
import { pullImage } from "./pull-image.ts";

/** What a slot's containers are made of. */
export interface SlotImageArgs {
  readonly host: Host;
  readonly slot: SlotName;
  readonly plan: SlotPlan;
  /** Folder to build `plan.release.image` from. @default the image is pulled */
  readonly build?: { readonly context: string; readonly args: Readonly<Record<string, string>> };
}

/**
 * A slot's image, built or pulled before anything of the slot is touched: one that can't be had leaves the way back as it is.
 *
 * The engine never removes it: after an update that failed, the image whose removal is left may be the very one that a slot has by then.
 */
export function slotImage(name: string, args: SlotImageArgs, opts: pulumi.CustomResourceOptions): docker.RemoteImage {
  const { host, plan, build } = args;
  const pulled = build ? [] : pullImage(`${name}-pull`, host, pullable(plan.release.image), opts);
  const told = build && !plan.frozen && !pulumi.runtime.isDryRun() ? { hooks: sayWhatToDo(name, build.context) } : {};
  return host.needs(
    new docker.RemoteImage(
      `${name}-image`,
      imageArgs(args),
      pulumi.mergeOptions({ ...opts, ...told, provider: host.provider }, { dependsOn: [...host.prepared, ...pulled] }),
    ),
  );
}

/** The provider's error has the words of the step that failed, and nothing of what that printed. */
function sayWhatToDo(name: string, context: string): pulumi.ResourceHookBinding {
  const problem = {
    path: "slipway:image.build",
    problem: "no image came of it",
    got: `a build that failed, in ${context}`,
    allowed: "one that ends well; live and standby are as they were",
    fix: `\`docker build ${context}\` shows what each step prints`,
  };
  const hook = new pulumi.ErrorHook(`${name}-image-failed`, async () => {
    await pulumi.log.error(formatProblems([problem]));
    return false;
  });
  return { onError: [hook] };
}

/** A built image gets a tag of its own slot: replacing one slot's image must not take the name off the other's. */
function imageArgs({ host, slot, plan, build }: SlotImageArgs): docker.RemoteImageArgs {
  if (!build) return { name: pullable(plan.release.image), keepLocally: true };
  const tag = plan.release.image.split(":").at(-1) ?? plan.release.id;
  return {
    name: `${host.names.prefix}/${slot}:${tag}`,
    keepLocally: true,
    build: {
      ...host.builder,
      context: build.context,
      dockerfile: "Dockerfile",
      buildArgs: { ...build.args },
      label: { ...host.imageLabels, "slipway.slot": slot },
    },
  };
}
