import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { passwordScript } from "../lib/databases/password-scripts.ts";
import type { DatabaseKind } from "../lib/databases/schema.ts";
import type { Settings } from "../settings/settings.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";
import { pulledImage } from "./pull-image.ts";

export interface StoredDataArgs {
  readonly host: Host;
  /** Those whose data go when they are declared no longer; all others' stay on the host (invariant I14). */
  readonly deleteData: Settings["deleteData"];
  readonly stockImages: Pick<Settings["stockImages"], DatabaseKind>;
}

/** What a database starts from. */
export interface StoredData {
  readonly image: docker.RemoteImage;
  readonly volume: docker.Volume;
}

/** Where a database's data are. */
export function storedData(
  name: string,
  kind: DatabaseKind,
  { host, stockImages, deleteData }: StoredDataArgs,
  parent: pulumi.Resource,
): StoredData {
  const image = pulledImage(name, host, stockImages[kind], { parent });
  const part = host.names.part(kind);
  const goes = deleteData.includes(kind);
  if (goes) {
    const when = "after a last backup, once it is declared no longer";
    void pulumi.log.warn(`slipway:deleteData: the data of ${kind} are deleted, ${when}`, parent);
  }
  return { image, volume: keptVolume(`${name}-volume`, part, host, parent, goes) };
}

/**
 * A volume that stays on the host whatever becomes of the stack, and that the stack takes up again.
 *
 * @param goes its data go with it: a setting names them for deletion
 */
export const keptVolume = (name: string, volume: string, host: Host, parent: pulumi.Resource, goes = false) =>
  new docker.Volume(
    name,
    { name: volume, labels: [...host.labels] },
    { parent, provider: host.provider, retainOnDelete: !goes },
  );

/**
 * Opens a database with the password that its host keeps, which is made there if there is none. It never comes here.
 *
 * PostgreSQL fills its folder only while that is empty, so its password is set once it runs; the others read theirs at their start.
 */
export function keptPassword(
  name: string,
  kind: DatabaseKind,
  { host, stockImages }: Pick<StoredDataArgs, "host" | "stockImages">,
  parent: pulumi.Resource,
  after: readonly pulumi.Resource[],
): HostCommand {
  const isMended = host.mending.recreate.container.has(host.names.part(kind));
  return new HostCommand(
    `${name}-password`,
    {
      host,
      run: passwordScript,
      env: { KIND: kind, PREFIX: host.names.prefix, IMAGE: stockImages[kind], ONE_OFF: host.oneOff },
      // The container may be gone because its password is.
      stdin: isMended ? new Date().toISOString() : "",
      timeoutSeconds: 120,
    },
    { parent, dependsOn: [...after], ...(isMended ? {} : { ignoreChanges: ["stdin"] }) },
  );
}
