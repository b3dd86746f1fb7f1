import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { ownMemoryMb, type Watcher } from "../../lib/releases/declared-on-host.ts";
import { filesFolder, hostFolders } from "../../monitoring/on-host.ts";
import type { Settings } from "../../settings/settings.ts";
import { inMemory, memoryLimit, unprivileged } from "../hardening.ts";
import type { Host } from "../host.ts";
import { mendable } from "../mend.ts";
import { pulledImage } from "../pull-image.ts";

/** Who has no right at all, in Debian's images as in the public ones. */
export const nobody = "65534";
type Mount = docker.types.input.ContainerVolume;
/** The machine whose figures are told. Only what everybody on it may read can be. */
export const ofHost = Object.entries(hostFolders).map(([hostPath, containerPath]): Mount => ({
  hostPath,
  containerPath,
  readOnly: true,
}));
/** Files that only nobody reads. */
export const filesOf = (volumeName: pulumi.Input<string>): Mount => ({
  volumeName,
  containerPath: filesFolder,
  readOnly: true,
});

/** One container that watches. */
export interface WatcherContainerArgs {
  readonly host: Host;
  readonly stockImages: Settings["stockImages"];
  /** Words after the program. @default the image's own */
  readonly command?: readonly string[];
  /** Its program. @default the image's own */
  readonly entrypoint?: readonly string[];
  readonly mounts: readonly Mount[];
  readonly envs?: pulumi.Input<string[]>;
  /** User id that it runs as. @default {@link nobody} */
  readonly user?: string;
  /** Folders in memory, beside `/tmp`. @default none */
  readonly inMemory?: readonly string[];
  /** What has to be there before. @default nothing */
  readonly after?: readonly pulumi.Resource[];
}

/** The image and its digest. */
export function watcherImage(
  name: string,
  watcher: Watcher,
  { host, stockImages }: Pick<WatcherContainerArgs, "host" | "stockImages">,
  parent: pulumi.Resource,
): docker.RemoteImage {
  return pulledImage(`${name}-${watcher}`, host, stockImages[watcher], { parent });
}

/** A container without a right, bounded, at its own address in the stack's network, that publishes nothing. */
export function watcherContainer(
  name: string,
  watcher: Watcher,
  args: WatcherContainerArgs & { readonly image?: docker.RemoteImage },
  parent: pulumi.Resource,
): docker.Container {
  const { host, command, entrypoint, mounts, envs, user = nobody, after = [] } = args;
  const { imageId } = args.image ?? watcherImage(name, watcher, args, parent);
  const part = host.names.part(watcher);
  const mend = mendable("container", part, host.mending, host.labels);
  return new docker.Container(
    `${name}-${watcher}`,
    {
      name: part,
      image: imageId,
      ...(entrypoint === undefined ? {} : { entrypoints: [...entrypoint] }),
      ...(command === undefined ? {} : { command: [...command] }),
      user: `${user}:${user}`,
      restart: "always",
      ...unprivileged,
      ...(args.inMemory === undefined ? {} : { tmpfs: inMemory(["/tmp", ...args.inMemory], `${user}:${user}`) }),
      ...memoryLimit(ownMemoryMb[watcher]),
      ...(envs === undefined ? {} : { envs }),
      labels: mend.labels,
      logDriver: "local",
      networksAdvanced: [{ name: host.network, ipv4Address: host.names.address(watcher) }],
      volumes: [...mounts],
    },
    {
      parent,
      provider: host.provider,
      deleteBeforeReplace: true,
      ignoreChanges: mend.ignoreChanges,
      ...host.afterImages(part, after),
    },
  );
}
