import { z } from "zod";
import { RegistryClient, type RegistryLogin } from "./registry-client.ts";

const prefix = "org.opencontainers.image.";
const manifest = z.union([
  z.object({ config: z.object({ digest: z.string() }) }),
  z.object({ manifests: z.array(z.object({ digest: z.string() })).min(1) }),
]);
const configuration = z.object({ config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }) });

/**
 * What an image in a registry says of itself by its labels `org.opencontainers.image.…`, without that prefix; of several platforms the first one's.
 *
 * @param image `name@sha256:…`
 * @returns undefined where the registry does not say: nothing depends on it
 */
export async function imageLabels(
  image: string,
  login: RegistryLogin | undefined,
): Promise<Readonly<Partial<Record<string, string>>> | undefined> {
  const [named = "", digest = ""] = image.split("@");
  const registry = new RegistryClient(named.replace(/:[\w.-]+$/, ""), login);
  try {
    const first = manifest.parse((await registry.manifest(digest))?.body);
    const own =
      "config" in first ? first : manifest.parse((await registry.manifest(first.manifests[0]?.digest ?? ""))?.body);
    if (!("config" in own)) return undefined;
    const { config } = configuration.parse(JSON.parse((await registry.blob(own.config.digest)).toString()));
    const labels = Object.entries(config.Labels ?? {}).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(labels.map(([name, value]) => [name.slice(prefix.length), value]));
  } catch {
    return undefined;
  }
}
