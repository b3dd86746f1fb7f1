import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A registry without a login in which each image has each tag, another content under each. */
export class OpenRegistry {
  readonly #server = createServer(({ url = "" }, response) => {
    const [, tag] = /^\/v2\/[\w/-]+\/manifests\/([\w.-]+)$/.exec(url) ?? [];
    if (tag === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { body, digest } = manifest(tag);
    const type = "application/vnd.oci.image.manifest.v1+json";
    response.writeHead(200, { "content-type": type, "docker-content-digest": digest }).end(body);
  });

  /** @returns where it is */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.#server.close();
  }
}

function manifest(tag: string) {
  const body = JSON.stringify({ schemaVersion: 2, annotations: { tag } });
  return { body, digest: `sha256:${createHash("sha256").update(body).digest("hex")}` };
}
