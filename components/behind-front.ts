import type * as pulumi from "@pulumi/pulumi";
import { doorsOf, inHostNetwork } from "../lib/front/names.ts";
import { doorsFolder } from "../router/behind.ts";
import type { FrontWish } from "../router/front-look.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";
import type { Router } from "./router.ts";

/** A stack that is reached through a front. */
export interface BehindFrontArgs {
  readonly host: Host;
  readonly router: Pick<Router, "controllerImage">;
  /** What the names of the front's containers begin with. @default the stack is behind none, and nothing is asked */
  readonly front: string | undefined;
  /** Another one makes an update look again. */
  readonly again: string;
}

/**
 * Asks the front for this stack's names, as people do, and says what came of it. It never ends an update badly: the release is live and answers,
 * and what leads to it is another stack's.
 */
export function lookThroughFront(
  name: string,
  { host, router, front, again }: BehindFrontArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  if (front === undefined) return;
  const env = { DOORS: doorsOf(front), ONE_OFF: inHostNetwork(host.oneOff), FRONT: front, AGAIN: again };
  new HostCommand(
    name,
    {
      host,
      env: { ...env, IMAGE: router.controllerImage },
      run: look,
      stdin: JSON.stringify({ stack: host.names.prefix } satisfies FrontWish),
      timeoutSeconds: 60,
    },
    opts,
  );
}

const look = `
said=$($ONE_OFF --user 0 --cap-drop ALL -v "$DOORS:${doorsFolder}:ro" "$IMAGE" slipway-router front tell) || said="the front $FRONT can't be asked"
[ -n "$said" ] || said="the front $FRONT passes no name on to this stack, so nobody reaches it (docs/several-services.md)"
echo "$said"
`;
