import * as pulumi from "@pulumi/pulumi";
import { X509Certificate } from "node:crypto";
import type { AwaitedCertificate } from "../router/wire.ts";
import { HostCommand } from "./host-command.ts";
import type { Host } from "./host.ts";

/** A certificate that the stack was given. */
export interface CertificateFilesArgs {
  readonly host: Host;
  /** Image of the controller. */
  readonly image: pulumi.Input<string>;
  /** Name of the volume that controller and proxies share. */
  readonly runVolume: pulumi.Input<string>;
  /** Group that may use the volume, a number. */
  readonly group: string;
  /** Chain in PEM form. */
  readonly certificate: string;
  /** Its private key in PEM form; it reaches the host on standard input only. */
  readonly key: string;
}

/**
 * A given certificate on its host: in a file that root alone reads, and in the running proxy without losing a connection.
 *
 * The file is there before the controller and the proxy are told of it, so HTTPS begins with it or not at all.
 */
export class CertificateFiles extends pulumi.ComponentResource {
  /** The step after which the file is there. */
  readonly kept: pulumi.Resource;
  private readonly name: string;
  private readonly args: CertificateFilesArgs;

  constructor(name: string, args: CertificateFilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:router:CertificateFiles", name, {}, opts);
    this.name = name;
    this.args = args;
    const { host, image, runVolume, group, certificate, key } = args;
    this.kept = new HostCommand(
      `${name}-keep`,
      {
        host,
        env: { VOLUME: runVolume, IMAGE: image, OWNER: `0:${group}`, ONE_OFF: host.oneOff },
        run: `$ONE_OFF --user "$OWNER" --cap-drop ALL -v "$VOLUME:/run/slipway" "$IMAGE" slipway-router keep-certificate`,
        stdin: pulumi.secret(`${certificate.trim()}\n${key.trim()}\n`),
        secretOutput: true,
        timeoutSeconds: 60,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }

  /** Ends when the proxy serves it. */
  awaitServed(proxy: pulumi.Resource): void {
    const { host, certificate } = this.args;
    const fingerprint = new X509Certificate(certificate).fingerprint.replaceAll(":", "");
    new HostCommand(
      `${this.name}-served`,
      {
        host,
        run: `docker exec -i ${host.names.part("controller")} slipway-router await-certificate`,
        stdin: JSON.stringify({ source: "files", fingerprint } satisfies AwaitedCertificate),
        timeoutSeconds: 90,
      },
      { parent: this, dependsOn: proxy },
    );
  }
}
