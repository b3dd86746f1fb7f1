import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";

/** Longest that a host may take to pull one image, in seconds. */
const timeoutSeconds = 900;

/**
 * Pulls an image that needs the stack's login; the provider's own `RemoteImage` then finds it on the host.
 *
 * The password goes through standard input into a folder that only this step reads, and is gone with it: the host keeps no login.
 *
 * @returns what to wait for; nothing where the image needs no login
 */
export function pullImage(name: string, host: Host, image: string, opts: pulumi.CustomResourceOptions): HostCommand[] {
  const { login } = host;
  if (login === undefined || !image.startsWith(`${login.server}/`)) return [];
  const env = { IMAGE: image, SERVER: login.server, USERNAME: login.username };
  return [
    new HostCommand(name, { host, run: script, env, stdin: pulumi.secret(login.password), timeoutSeconds }, opts),
  ];
}

/** An image that is pulled and stays on the host whatever becomes of the stack. @param name begins the names of its parts */
export function pulledImage(
  name: string,
  host: Host,
  image: string,
  opts: pulumi.CustomResourceOptions,
): docker.RemoteImage {
  const { ignoreChanges } = opts;
  const pull = pullImage(`${name}-pull`, host, image, {
    ...(opts.parent ? { parent: opts.parent } : {}),
    ...(ignoreChanges ? { ignoreChanges } : {}),
  });
  return host.needs(
    new docker.RemoteImage(
      `${name}-image`,
      { name: image, keepLocally: true },
      { ...opts, provider: host.provider, dependsOn: pull },
    ),
  );
}

const script = `
if docker image inspect "$IMAGE" > /dev/null 2>&1; then exit 0; fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if ! docker --config "$folder" login --username "$USERNAME" --password-stdin "$SERVER" > /dev/null 2> "$folder/said"; then
  cat "$folder/said" >&2
  exit 1
fi
docker --config "$folder" pull --quiet "$IMAGE"
`;
