import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { places } from "../../router/ledger.ts";
import { askHost } from "../hosts/ask-host.ts";
import type { NamedHost } from "../hosts/host-connection.ts";
import { surveyHost } from "../hosts/host-survey.ts";
import { lookAt } from "../hosts/look.ts";
import type { HostNames } from "../hosts/naming.ts";
import type { HostsSettings } from "../hosts/schema.ts";
import type { ImagesSettings } from "../images/schema.ts";
import { resourceNamed, resourcesInState } from "../own-state.ts";
import { isFront } from "./in-state.ts";
import type { Problem } from "../problem.ts";
import { refuseOrWarn } from "../refuse-or-warn.ts";
import { isOurs } from "../releases/declared-on-host.ts";
import type { Ledger } from "../releases/ledger.ts";
import { portProblems } from "../releases/room-on-host.ts";
import { askedPorts, type PortSettings } from "../tls/tls-settings.ts";

/** What a front is planned from. */
export interface FrontPlan {
  /** Which of its proxies serves; null before the first one, undefined where it could not be asked. */
  readonly serving: Ledger["proxy"];
}

const answer = z.object({ place: z.literal([...places]), id: z.string() }).nullable();

/**
 * Looks at a front's host, all at once, and touches nothing.
 *
 * @throws pulumi.RunError in an update whose front could not come up there
 */
export async function planFront(
  host: NamedHost,
  names: HostNames,
  settings: Pick<HostsSettings, "listenAddress"> & PortSettings & Pick<ImagesSettings, "stockImages">,
): Promise<FrontPlan> {
  const { connection, path } = host;
  const known = await resourcesInState();
  if (resourceNamed(known, "host-network") !== undefined) await refuseOrWarn([wasService]);
  const { problems, isBare } = await surveyHost(connection, path);
  await refuseOrWarn(problems);
  if (isBare) return { serving: null };
  if (problems.length > 0) return { serving: undefined };
  const ports = askedPorts(settings);
  const look = await lookAt(connection, { prefix: names.prefix, ports, data: [] });
  if (look === undefined) {
    await refuseOrWarn([notLookedAt(path)]);
    return { serving: undefined };
  }
  const isThere = [...look.containers.values()].some((each) => isOurs(each, names));
  const isLost = isThere && !isFront(known);
  await refuseOrWarn([
    ...portProblems(look, { names, ports, listenAddress: settings.listenAddress }),
    ...(isLost ? [lostState(path, names)] : []),
  ]);
  if (!look.volumes.has(names.part("run"))) return { serving: null };
  const env = { RUN: names.part("run"), IMAGE: settings.stockImages.node };
  const { code, stdout } = await askHost(connection, { text: readServing, env, timeoutSeconds: 30 });
  const serving = code === 0 ? answer.safeParse(JSON.parse(stdout.trim() || "null")) : undefined;
  if (serving?.success !== true) {
    await refuseOrWarn([notLookedAt(path)]);
    return { serving: undefined };
  }
  if (pulumi.runtime.isDryRun() && serving.data === null) await pulumi.log.info("The front has not served yet.");
  return { serving: serving.data };
}

/** `cat` says by its own words that the file is not there; nothing is printed then. */
const readServing = `docker run --rm --network none --user 0 --cap-drop ALL --cap-add DAC_READ_SEARCH -v "$RUN:/run/slipway:ro" --entrypoint sh "$IMAGE" -c 'if [ -e /run/slipway/serving ]; then cat /run/slipway/serving; fi'`;

const notLookedAt = (path: string): Problem => ({
  path,
  problem: "can't be looked at, so nobody knows which of the front's proxies serves",
  allowed: "an answer of its engine",
  fix: "`docker ps --all` on the host says whether it answers; then pulumi up again",
});

const lostState = (path: string, { prefix }: HostNames): Problem => ({
  path,
  problem: "has this front's containers, and the state knows none of them",
  got: `containers of ${prefix}`,
  allowed: "the state that made them, or an empty host",
  fix: `bring that state back (pulumi stack import); where it is lost: docker rm --force ${prefix}-proxy-1 ${prefix}-proxy-2 on the host, and pulumi up at once: until it ends nobody is let in`,
});

const wasService: Problem = {
  path: "slipway:front",
  problem: "this stack has a service up, which would be removed, live slot and all",
  allowed: "a stack of its own",
  fix: "pulumi config rm slipway:front, and declare the front in another stack's file",
};
