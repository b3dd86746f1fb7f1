import { request } from "node:http";
import { z } from "zod";
import type { Ledger } from "./ledger.ts";
import { slots } from "./naming.ts";

/** Longest that a registry may take to tell a digest, in ms. */
const timeoutMs = 20_000;

/** The registry does not serve the image, or can't be asked. */
export class ImageNotFound extends Error {}

/**
 * Finds the digest behind a version of an image, once: a release that a slot holds keeps its digest, even when somebody moves the tag.
 *
 * @param dockerHost Docker address of the host, whose engine asks the registry
 * @param name reference without tag
 * @returns `name@sha256:…`
 * @throws ImageNotFound with the registry's own words
 */
export async function resolveImage(dockerHost: string, name: string, version: string, ledger: Ledger): Promise<string> {
  for (const slot of slots) {
    const held = ledger.slots[slot].release;
    if (held?.version === version && held.image.startsWith(`${name}@`)) return held.image;
  }
  const answer = await ask(dockerHost, `/v1.40/distribution/${name}:${version}/json`);
  const found = z.object({ Descriptor: z.object({ digest: z.string() }) }).safeParse(answer);
  if (found.success) return `${name}@${found.data.Descriptor.digest}`;
  const refused = z.object({ message: z.string() }).safeParse(answer);
  throw new ImageNotFound(refused.success ? refused.data.message : "an answer that is no image description");
}

function ask(dockerHost: string, path: string): Promise<unknown> {
  const address = new URL(dockerHost);
  const target =
    address.protocol === "unix:" ? { socketPath: address.pathname } : { host: address.hostname, port: address.port };
  return new Promise((resolve, reject) => {
    const call = request({ ...target, path, timeout: timeoutMs }, (response) => {
      response.setEncoding("utf8");
      let body = "";
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => {
        try {
          resolve(JSON.parse(body));
        } catch {
          reject(new ImageNotFound(`HTTP status ${String(response.statusCode)} from the engine`));
        }
      });
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${String(timeoutMs / 1000)} s`)));
    call.on("error", (error) => {
      reject(new ImageNotFound(error.message));
    });
    call.end();
  });
}
