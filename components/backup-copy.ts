import * as pulumi from "@pulumi/pulumi";
import { copyScript } from "../lib/databases/backup-scripts.ts";
import { copyKeys, type CopyPlace } from "../lib/releases/backup-variables.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";
import { pulledImage } from "./pull-image.ts";
import type { Router } from "./router.ts";
import { SecretFiles } from "./secret-files.ts";

/** Where the copies of a host's backups go. */
export interface BackupCopiesArgs {
  readonly host: Host;
  readonly router: Pick<Router, "controllerImage">;
  readonly place: CopyPlace;
  /** Values of `slipway:backupSecrets`. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What has to be copied. */
export interface CopiedBackup {
  /** Name of the backup. */
  readonly backup: string;
  /** What makes it. */
  readonly after: pulumi.Resource;
  /** `true`: there is no new one. */
  readonly frozen: boolean;
}

/** Nobody's files: what copies is root with the right to read. */
const nobody = "65534";

/**
 * What it takes to copy backups away from a host: an image and the keys, which stay on the host for whoever copies later, by command.
 *
 * What must never happen here: a key in arguments, in `docker inspect` or in plain text in the state; or a release that waits for a copy.
 */
export class BackupCopies extends pulumi.ComponentResource {
  readonly #name: string;
  readonly #args: BackupCopiesArgs;
  readonly #ready: readonly pulumi.Resource[];

  constructor(name: string, args: BackupCopiesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:backup:Copies", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const { host, router, place, secrets } = args;
    const { RESTIC, KEYS } = place.variables;
    const image = pulledImage(name, host, RESTIC, { parent: this });
    const keys = new SecretFiles(
      `${name}-keys`,
      { host, volume: KEYS, image: router.controllerImage, owner: nobody, files: copyKeys(secrets) },
      { parent: this },
    );
    this.#ready = [image, keys];
    this.registerOutputs({});
  }

  /** Declares the copy of one backup. It fails no update: the backup on the host is good without. */
  copy({ backup, after, frozen }: CopiedBackup): void {
    const { host, place } = this.#args;
    const copied = new HostCommand(
      `${this.#name}-copy`,
      {
        host,
        env: { ...place.variables, NAME: backup, SCRIPT: copyScript },
        run: 'eval "$SCRIPT"',
        timeoutSeconds: 3_600,
      },
      { parent: this, dependsOn: [after, ...this.#ready], ...(frozen ? { ignoreChanges: ["*"] } : {}) },
    );
    if (frozen || pulumi.runtime.isDryRun()) return;
    pulumi.output<string | undefined>(copied.stderr).apply((said = "") => {
      if (said.trim() !== "") void pulumi.log.warn(said.trim(), this);
    });
  }
}
