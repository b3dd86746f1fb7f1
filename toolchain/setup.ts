import { dockerEngine } from "./docker-engine.ts";
import type { Origin } from "./engine.ts";
import { engine } from "./engine.ts";
import { images } from "./images.ts";
import { plugins } from "./plugins.ts";
import { stackNeeds } from "./settings.ts";
import { SetupFailed } from "./setup-failed.ts";

/** What to get beside the engine and its plugins. */
export interface Wanted {
  /** What containers are made from: nobody who only mends or removes waits for it. @default true */
  readonly images?: boolean;
}

/**
 * Everything that `pulumi up` of one stack needs on this machine, each thing made only when it is missing.
 *
 * The Go builds use both cores; the images are made beside them because those mostly wait for the network.
 */
export async function setup(stack: string, { images: withImages = true }: Wanted = {}): Promise<Origin> {
  const needs = stackNeeds(stack);
  const [origin] = await Promise.all([
    engineWithPlugins(needs.github ? [] : ["github"]),
    needs.docker ? dockerEngine().then(() => (withImages ? images(needs.images) : undefined)) : undefined,
  ]);
  if (needs.aws && origin === "built") {
    throw new SetupFailed(
      "slipway:aws: the vendor's plugin for AWS is needed, and there is no way to make it here",
      "run this stack on a machine that reaches the vendor; its engine gets the plugin when it is asked for it",
    );
  }
  return origin;
}

/** @param unused plugins that the stack needs not */
export async function engineWithPlugins(unused: readonly string[] = []): Promise<Origin> {
  const origin = await engine();
  await plugins(origin, unused);
  return origin;
}
