import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { closeToWatcher, openForWatcher, watcherUser } from "../../lib/databases/watched.ts";
import { exporterOf, type WatchedDatabase } from "../../lib/releases/declared-on-host.ts";
import { databaseAddress } from "../../monitoring/on-host.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Databases } from "../databases.ts";
import { HostCommand } from "../host-command.ts";
import type { Host } from "../host.ts";
import { mendable, mendedAt } from "../mend.ts";

/** A database that is watched. */
export interface WatchedDatabaseArgs {
  readonly host: Host;
  readonly databases: Databases;
  readonly stockImages: Settings["stockImages"];
  /** User id of its exporter, which alone reads the password. */
  readonly owner: string;
}

/**
 * Lets a database be watched by a user who sees no data. The password is made on the host and stays there; the user goes with the section.
 *
 * @returns the volume with the file of the password, once the user is there
 */
export function watchedDatabase(
  name: string,
  kind: WatchedDatabase,
  { host, databases, stockImages, owner }: WatchedDatabaseArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const part = host.names.part(exporterOf(kind));
  const { labels, ignoreChanges } = mendable("volume", part, host.mending, host.labels);
  const volume = new docker.Volume(
    `${name}-password`,
    { name: part, labels },
    { parent, provider: host.provider, ignoreChanges },
  );
  const env = {
    KIND: kind,
    PREFIX: host.names.prefix,
    IMAGE: stockImages[kind],
    ONE_OFF: host.oneOff,
    VOLUME: volume.name,
    OWNER: owner,
    WATCHER: watcherUser,
    ADDRESS: databaseAddress(host.names, kind),
  };
  const step = { parent, dependsOn: databases };
  const opened = new HostCommand(
    `${name}-opened`,
    {
      host,
      run: openForWatcher,
      env: { ...env, MENDED: volume.labels.apply(mendedAt) },
      // One that was made anew, perhaps with other data, has to hear of it again.
      ...(databases.containers[kind] === undefined ? {} : { stdin: databases.containers[kind].id }),
      timeoutSeconds: 120,
    },
    step,
  );
  new HostCommand(`${name}-closed`, { host, run: closeToWatcher, runsWhen: "deleted", env, timeoutSeconds: 120 }, step);
  return opened.id.apply(() => volume.name);
}
