import { healthRequest, type HealthRequest } from "../../router/health-request.ts";
import type { DatabasesSettings } from "../databases/schema.ts";
import type { Slot } from "../hosts/naming.ts";
import type { ReleasesSettings } from "./schema.ts";
import { secretVariable } from "./variables.ts";

/**
 * What a stack's settings say of the service's containers.
 *
 * The same object is hashed into the release and declares its containers. What must never happen here: a setting reaches a container past
 * this object. A slot that holds the release is frozen, so a change of that setting would never be applied.
 */
export interface ContainerSpec {
  /** Containers in a slot. */
  readonly replicas: number;
  /** Port at which the service listens. */
  readonly port: number;
  /** Its environment, not secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Plain values of its secrets by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Databases whose addresses it gets as further secrets. */
  readonly databases: {
    readonly postgres?: { readonly name: string; readonly user: string };
    readonly redis?: object;
    readonly neo4j?: object;
  };
  /** Path at which it is asked for its health. */
  readonly healthPath: string;
  /** How else it is asked, and which answers are good. */
  readonly health: HealthRequest;
  /** Faults of the sample service for drills. */
  readonly faults: string;
  /** How much of its host each gets. */
  readonly limits: ReleasesSettings["limits"];
  /** How its image is started and ended. */
  readonly process: ReleasesSettings["container"];
  /** Folders that outlive it, by the name of the volume that holds each. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Containers beside these, of the same image and without a port. */
  readonly roles: ReleasesSettings["roles"];
}

/** @param secrets plain values of `slipway:secrets` by name */
export function containerSpec(
  {
    replicas,
    port,
    env,
    databases: { postgres, redis, neo4j },
    health,
    faults,
    limits,
    container: process,
    volumes,
    roles,
  }: ReleasesSettings & DatabasesSettings,
  secrets: Readonly<Record<string, string>>,
): ContainerSpec {
  const databases = {
    ...(postgres ? { postgres: { name: postgres.name, user: postgres.user } } : {}),
    ...(redis ? { redis: {} } : {}),
    ...(neo4j ? { neo4j: {} } : {}),
  };
  return {
    replicas,
    port,
    env,
    secrets,
    databases,
    healthPath: health.path,
    health: healthRequest(health),
    faults,
    limits,
    process,
    volumes: Object.fromEntries(Object.entries(volumes).map(([name, { folder }]) => [name, folder])),
    roles,
  };
}

/** Who its processes are, with the group: the number of the user where no other is named. */
export const userOf = ({ process: { user } }: ContainerSpec): string => (user.includes(":") ? user : `${user}:${user}`);

/** Folders that its processes can change, where they can't change all. */
export const writableFolders = ({
  limits: { readOnly, writable },
}: Pick<ContainerSpec, "limits">): readonly string[] => (readOnly ? ["/tmp", ...writable] : []);

/**
 * Environment of a slot's containers. Each secret `some-name` is announced as SOME_NAME_FILE, the convention of the public database images.
 *
 * @param secretFiles names of the files under /run/secrets/
 */
export function environmentOf(
  { env, faults, port }: ContainerSpec,
  {
    version,
    slot,
    secretFiles,
  }: { readonly version: string; readonly slot: Slot; readonly secretFiles: readonly string[] },
): string[] {
  const files = secretFiles.map((file) => `${secretVariable(file)}=/run/secrets/${file}`);
  const drill = faults === "" ? {} : { SLIPWAY_FAULTS: faults };
  const own = { SLIPWAY_VERSION: version, SLIPWAY_SLOT: slot, ...drill, PORT: String(port) };
  return [...files, ...Object.entries({ ...env, ...own }).map(([name, value]) => `${name}=${value}`)];
}
