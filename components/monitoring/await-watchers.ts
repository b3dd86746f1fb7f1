import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { limitProcesses } from "../hardening.ts";
import { HostCommand } from "../host-command.ts";
import type { Host } from "../host.ts";
import type { Router } from "../router.ts";

/** Longest that all of them may take until they answer, in seconds. */
const startSeconds = 60;

/** What has to answer. */
export interface LimitAndAwaitArgs {
  readonly host: Host;
  /** Its controller asks. */
  readonly router: Router;
  readonly containers: readonly docker.Container[];
  /** Names of those whose last words are told if one does not. */
  readonly names: readonly string[];
  /** Addresses that answer once they can do their work. */
  readonly urls: readonly string[];
  /** What has to be there before. @default nothing else */
  readonly after?: readonly pulumi.Resource[];
}

/** Bounds their processes and waits until all of them answer. @param name of who watches */
export function limitAndAwait(
  name: string,
  { host, router, containers, names, urls, after = [] }: LimitAndAwaitArgs,
  parent: pulumi.Resource,
): void {
  limitProcesses(`${name}-limits`, host, containers, parent);
  new HostCommand(
    `${name}-ready`,
    {
      host,
      env: {
        CONTROLLER: host.names.part("controller"),
        SECONDS_LEFT: String(startSeconds),
        NAMES: names.join(" "),
        URLS: urls.join(" "),
      },
      run: readyScript,
      stdin: pulumi.all(containers.map(({ id }) => id)).apply((ids) => ids.join(" ")),
      timeoutSeconds: startSeconds + 30,
    },
    { parent, dependsOn: [...containers, router, ...after] },
  );
}

/** Asked by the controller, as not every image has a program that asks. What does not answer is said with its last words. */
const readyScript = `
docker exec -i -e URLS="$URLS" -e SECONDS_LEFT="$SECONDS_LEFT" "$CONTROLLER" node --input-type=module - <<'END' || {
const end = Date.now() + Number(process.env.SECONDS_LEFT) * 1000;
const isThere = async (url) => (await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null))?.ok === true;
for (const url of process.env.URLS.split(" ")) {
  while (!(await isThere(url))) {
    if (Date.now() > end) { console.error(url + " does not answer"); process.exit(1); }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
END
  for name in $NAMES; do docker logs --tail 3 "$name" 2>&1 | sed "s/^/$name: /" >&2; done
  exit 1
}
`;
