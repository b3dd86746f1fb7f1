import { createHash, scryptSync } from "node:crypto";
import type { Release } from "../../router/ledger.ts";

export type { Release };

/** Configuration of the service's containers, as far as it makes a release a different one. */
export interface ReleaseConfiguration {
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly faults: string;
  readonly healthPath: string;
}

/** Makes the release for one version, image and configuration. */
export function makeRelease(
  version: string,
  image: string,
  replicas: number,
  configuration: ReleaseConfiguration,
): Release {
  const fingerprint = fingerprintOf(replicas, configuration);
  const id = `${version}-${sha256(JSON.stringify([version, image, fingerprint])).slice(0, 8)}`;
  return { id, version, image, fingerprint, replicas };
}

function fingerprintOf(replicas: number, { secrets, ...rest }: ReleaseConfiguration): string {
  const plain = JSON.stringify([replicas, rest.port, rest.faults, rest.healthPath, sorted(rest.env)]);
  // The fingerprint is public (labels, ledger), so a short secret must be costly to guess from it.
  const hidden = Object.keys(secrets).length === 0 ? "" : scryptSync(sorted(secrets), plain, 32).toString("hex");
  return sha256(plain + hidden).slice(0, 16);
}

/** JSON with keys in order, so that their order in a file makes no new release. */
const sorted = (values: Readonly<Record<string, string>>) =>
  JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
