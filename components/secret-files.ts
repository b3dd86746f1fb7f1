import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { fillScript } from "../lib/databases/password-scripts.ts";
import type { DatabaseKind } from "../lib/databases/schema.ts";
import type { SecretFiles as SecretFilesJson } from "../router/secret-files.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";
import { mendable, mendedAt } from "./mend.ts";

/** Secret files for one group of containers. */
export interface SecretFilesArgs {
  readonly host: Host;
  /** Name of the volume. */
  readonly volume: string;
  /** Image of the controller, whose command writes the files. */
  readonly image: pulumi.Input<string>;
  /** User id that owns the files and alone can read them. */
  readonly owner: string;
  /** Contents by file name. */
  readonly files: Readonly<Record<string, pulumi.Input<string>>>;
  /** Databases whose passwords the host puts for their marks in the contents. @default none */
  readonly passwordsOf?: readonly DatabaseKind[];
}

/**
 * A volume with a file for each secret, mode 0400.
 *
 * The values reach the host on standard input only. Docker's own way, an upload into the container, can't give a file to a user that
 * the host does not know, and an environment variable shows in `docker inspect`.
 */
export class SecretFiles extends pulumi.ComponentResource {
  /** Name of the volume, known when the files are there. */
  readonly volume: pulumi.Output<string>;

  constructor(
    name: string,
    args: SecretFilesArgs,
    opts: pulumi.ComponentResourceOptions & { ignoreChanges?: string[] },
  ) {
    super("slipway:host:SecretFiles", name, {}, opts);
    const { host, passwordsOf = [] } = args;
    const child = {
      parent: this,
      ...(opts.dependsOn ? { dependsOn: opts.dependsOn } : {}),
      ...(opts.ignoreChanges ? { ignoreChanges: opts.ignoreChanges } : {}),
    };
    const isMended = host.mending.recreate.volume.has(args.volume);
    const { labels, ignoreChanges } = mendable("volume", args.volume, host.mending, host.labels);
    const volume = new docker.Volume(
      `${name}-volume`,
      { name: args.volume, labels },
      { ...child, ...(isMended || !opts.ignoreChanges ? { ignoreChanges } : {}), provider: host.provider },
    );
    const written = new HostCommand(
      `${name}-write`,
      {
        host,
        // The volume's own mark, which it keeps: the next update has nothing to write.
        env: {
          VOLUME: volume.name,
          IMAGE: args.image,
          OWNER: args.owner,
          ONE_OFF: host.oneOff,
          MENDED: volume.labels.apply(mendedAt),
          ...(passwordsOf.length > 0 ? { PREFIX: host.names.prefix, KINDS: passwordsOf.join(" ") } : {}),
        },
        run: passwordsOf.length > 0 ? `filled=$(${fillScript})\nprintf %s "$filled" | ${keepSecrets}` : keepSecrets,
        stdin: pulumi.secret(
          pulumi.output(args.files).apply((files) => JSON.stringify(files satisfies SecretFilesJson)),
        ),
        secretOutput: true,
        timeoutSeconds: 60,
      },
      // A slot that is frozen gets the secrets back that it had.
      isMended && opts.ignoreChanges ? { ...child, ignoreChanges: ["stdin"] } : child,
    );
    this.volume = pulumi.unsecret(written.id.apply(() => volume.name));
    this.registerOutputs({ volume: this.volume });
  }
}

const keepSecrets = `$ONE_OFF --user 0 -v "$VOLUME:/secrets" "$IMAGE" slipway-router keep-secrets "$OWNER"`;
