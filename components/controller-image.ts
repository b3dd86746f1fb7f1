import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { ownSource } from "../lib/folders.ts";
import { hashBuildContext } from "../lib/images/build-context.ts";
import type { Host } from "./host.ts";
import { pullImage } from "./pull-image.ts";

/**
 * The image with `slipway-router`, built on the host from Slipway's own source.
 *
 * @param name begins the names of its parts
 * @param node reference of the image that it begins with
 */
export function controllerImage(
  name: string,
  host: Host,
  node: string,
  parent: pulumi.Resource,
): { readonly image: docker.RemoteImage; readonly imageName: string } {
  const context = ownSource("router");
  const imageName = `${host.names.prefix}/controller:${hashBuildContext(context, node)}`;
  const base = pullImage(`${name}-base`, host, node, { parent });
  const image = new docker.RemoteImage(
    `${name}-image`,
    {
      name: imageName,
      keepLocally: true,
      build: {
        ...host.builder,
        context,
        dockerfile: "Dockerfile",
        buildArgs: { NODE_IMAGE: node },
        label: { ...host.imageLabels },
      },
    },
    { parent, provider: host.provider, dependsOn: base },
  );
  return { image: host.needs(image), imageName };
}
