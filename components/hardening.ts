import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { HostCommand, type HostCommandArgs } from "./host-command.ts";

/** Processes and threads of one container, so that a bomb of them leaves the host alive. HAProxy has a thread a core, and more while it reloads. */
export const maxProcesses = 2048;

/** Longest memory that a container may take, in megabytes, swap included. One that takes more is killed, and its neighbours are not. */
export const memoryLimit = (megabytes: number): { readonly memory: number; readonly memorySwap: number } => ({
  memory: megabytes,
  memorySwap: megabytes,
});

/**
 * Folders in memory for a container that can't change its own files; nothing in them is run as a program.
 *
 * @param owner user and group by number whose they are: before runc 1.1.8 a folder that the image has keeps the mode that it has there.
 *   @default root
 */
export function inMemory(folders: readonly string[], owner?: string): Record<string, string> {
  const [uid, gid] = owner?.split(":") ?? [];
  const whose = uid === undefined ? "" : `,uid=${uid},gid=${String(gid)}`;
  return Object.fromEntries(folders.map((folder) => [folder, `rw,noexec,nosuid,nodev,mode=1777${whose}`]));
}

/** How a container runs that needs no right at all: no capability, no way to get one, no file of its own that it can change. */
export const unprivileged = {
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  readOnly: true,
  tmpfs: inMemory(["/tmp"]),
};

/**
 * A container that dies again and again can't be limited between two lives. That is no reason to end an update: whether it is fit for
 * traffic is the health gate's to say, with the reason.
 */
const limitScript = `
for container in $(cat); do
  tries=0
  until said=$(docker update --pids-limit "$PROCESSES" "$container" 2>&1 > /dev/null); do
    tries=$((tries + 1))
    if [ "$tries" -lt 10 ]; then sleep 0.2; continue; fi
    if [ "$(docker inspect --format '{{.State.Restarting}} {{.State.Running}}' "$container")" = "false true" ]; then echo "$said" >&2; exit 1; fi
    echo "processes of $container are not limited: it does not stay up"
    break
  done
done
`;

/**
 * Limits the processes of containers. The provider has no such setting; Docker changes the limit of a container while that runs, so this
 * also reaches those that serve and touches nothing else of them.
 */
export function limitProcesses(
  name: string,
  host: HostCommandArgs["host"],
  containers: readonly docker.Container[],
  parent: pulumi.Resource,
): HostCommand {
  return new HostCommand(
    name,
    {
      host,
      env: { PROCESSES: String(maxProcesses) },
      run: limitScript,
      stdin: pulumi.all(containers.map(({ id }) => id)).apply((ids) => ids.join(" ")),
      timeoutSeconds: 30,
    },
    { parent },
  );
}
