import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join as joinWords } from "shlex";
import type { Slot } from "../lib/hosts/naming.ts";
import { userOf, writableFolders, type ContainerSpec } from "../lib/releases/container.ts";
import type { Release } from "../router/ledger.ts";
import type { Settings } from "../settings/settings.ts";
import { inMemory, maxProcesses, unprivileged } from "./hardening.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";
import type { PreparedSlot } from "./slot.ts";

/** What a release does once before any of its containers starts. */
export interface ReleaseCommandArgs {
  readonly host: Host;
  readonly settings: Settings["release"];
  readonly slot: Slot;
  readonly release: Release;
  readonly rollout: number;
  readonly container: ContainerSpec;
  /** What a container of the slot gets: image, environment, volume of its secrets. */
  readonly image: pulumi.Input<string>;
  readonly envs: readonly string[];
  readonly secrets: pulumi.Input<string>;
  readonly start?: PreparedSlot["start"];
  readonly dependsOn: readonly pulumi.Resource[];
  /** `true`: no new release is coming. */
  readonly frozen: boolean;
}

const script = readFileSync(new URL("../lib/releases/release-command.sh", import.meta.url), "utf8");

/**
 * The step that runs `slipway:release.command`: a container like those of the slot, without traffic. An end other than 0 fails the
 * update, and nothing has been started by then.
 *
 * @returns nothing where there is no command
 */
export function releaseCommand(name: string, args: ReleaseCommandArgs, parent: pulumi.Resource): HostCommand[] {
  const { host, settings, slot, release, rollout, image, secrets } = args;
  if (settings.command === undefined) return [];
  const container = host.names.replica(slot, 0);
  const words = settings.command;
  return [
    new HostCommand(
      name,
      {
        host,
        run: script,
        env: {
          NAME: container,
          RELEASE: release.id,
          ROLLOUT: String(rollout),
          LIMIT: String(settings.timeoutSeconds),
          CREATE: pulumi
            .output(args.start?.image)
            .apply((of) =>
              create(options(container, args), args.start?.entrypoints, [...(of?.entrypoint ?? []), ...words]),
            ),
          IMAGE: image,
          NETWORK: host.network,
          SECRETS: secrets,
        },
        // One that an earlier update left may take as long before it.
        timeoutSeconds: 2 * settings.timeoutSeconds + 120,
      },
      { parent, dependsOn: [...args.dependsOn], ...(args.frozen ? { ignoreChanges: ["*"] } : {}) },
    ),
  ];
}

/** The words that make the container. @param entrypoints in place of the image's, which is among the words then */
function create(options: readonly string[], entrypoints: readonly string[] = [], words: readonly string[]): string {
  const [entrypoint, ...before] = entrypoints;
  const started = entrypoint === undefined ? [] : ["--entrypoint", entrypoint];
  const mounts = `--network "$NETWORK" --volume "$SECRETS:/run/secrets:ro"`;
  return `docker create ${joinWords([...options, ...started])} ${mounts} "$IMAGE" ${joinWords([...before, ...words])}`;
}

function options(name: string, { host, slot, release, rollout, container, envs }: ReleaseCommandArgs): string[] {
  const { memoryMb, cpus, readOnly } = container.limits;
  const { capabilities, securityOpts } = unprivileged;
  const labels = [
    ...host.labels.map(({ label, value }) => `${label}=${value}`),
    ...[`slipway.slot=${slot}`, `slipway.release=${release.id}`, `slipway.rollout=${String(rollout)}`],
    // Whoever mends after a killed update leaves it alone: it is joined.
    "slipway.command=release",
  ];
  const memory = Object.entries(inMemory(writableFolders(container), userOf(container)));
  return [
    ...["--name", name, "--user", userOf(container)],
    ...labels.flatMap((label) => ["--label", label]),
    ...capabilities.drops.flatMap((right) => ["--cap-drop", right]),
    ...securityOpts.flatMap((option) => ["--security-opt", option]),
    ...["--pids-limit", String(maxProcesses)],
    ...["--memory", `${String(memoryMb)}m`, "--memory-swap", `${String(memoryMb)}m`, "--log-driver", "local"],
    ...(cpus === undefined ? [] : ["--cpus", String(cpus)]),
    ...(readOnly ? ["--read-only"] : []),
    ...memory.flatMap(([folder, how]) => ["--tmpfs", `${folder}:${how}`]),
    ...Object.entries(container.volumes).flatMap(([volume, at]) => ["--volume", `${host.names.volume(volume)}:${at}`]),
    ...envs.flatMap((variable) => ["--env", variable]),
  ];
}
