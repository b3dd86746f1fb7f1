import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { passwordScript } from "../lib/databases/password-scripts.ts";
import { dataOf } from "../lib/databases/public-images.ts";
import type { DatabaseKind } from "../lib/databases/schema.ts";
import type { Settings } from "../settings/settings.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";
import { pullImage } from "./pull-image.ts";

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
  readonly password: pulumi.Output<string>;
}

/** Where a database's data are, and the password that opens them. */
export function storedData(
  name: string,
  kind: DatabaseKind,
  { host, stockImages, deleteData }: StoredDataArgs,
  parent: pulumi.Resource,
): StoredData {
  const child = { parent, provider: host.provider };
  const image = new docker.RemoteImage(
    `${name}-image`,
    { name: stockImages[kind], keepLocally: true },
    { ...child, dependsOn: pullImage(`${name}-pull`, host, stockImages[kind], { parent }) },
  );
  const part = host.names.part(kind);
  const goes = deleteData.includes(kind);
  if (goes) {
    const when = "after a last backup, once it is declared no longer";
    void pulumi.log.warn(`slipway:deleteData: the data of ${kind} are deleted, ${when}`, parent);
  }
  const volume = new docker.Volume(
    `${name}-volume`,
    { name: part, labels: [...host.labels] },
    { ...child, retainOnDelete: !goes },
  );
  const password = new HostCommand(
    `${name}-password`,
    {
      host,
      run: passwordScript,
      env: { CONTAINER: part, FILE: dataOf[kind].password, VOLUME: part, IMAGE: stockImages[kind] },
      timeoutSeconds: 60,
      once: true,
      secretOutput: true,
    },
    { parent, dependsOn: [image, volume] },
  ).stdout;
  return { image, volume, password };
}
