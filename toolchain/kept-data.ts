import { existsSync } from "node:fs";
import { projectFolder, toolchainCommand } from "../lib/folders.ts";
import { databaseKinds } from "../lib/databases/schema.ts";
import { askHost } from "../lib/hosts/ask-host.ts";
import { volumePart } from "../lib/hosts/naming.ts";
import { hostsOf, type HostConnection } from "../lib/hosts/host-connection.ts";
import { readHosts } from "../settings/read-configuration.ts";
import { openProject } from "../settings/stack-files.ts";
import { expandHome } from "../settings/state-files.ts";
import { pulumi } from "./stack.ts";

/** What outlives a stack: somebody has to say where it is. What must never happen here: data are passed over that are still on a host. */

interface Exported {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly provider?: string;
  readonly retainOnDelete?: boolean;
  readonly inputs?: {
    readonly name?: string;
    readonly host?: string;
    readonly environment?: { readonly BACKUPS?: string };
  };
}

/** What was found on one host. */
export interface FoundData {
  /** Docker address of the host. */
  readonly host: string;
  /** Volumes with data; undefined where nobody could look. */
  readonly volumes: readonly string[] | undefined;
}

/** The stack's resources, as its state has them. @throws CommandFailed */
export async function exported(stack: string, env: NodeJS.ProcessEnv): Promise<readonly Exported[]> {
  const { deployment } = JSON.parse(await pulumi(["stack", "export", "--stack", stack], env)) as {
    deployment: { resources?: Exported[] };
  };
  return deployment.resources ?? [];
}

/**
 * A line for each folder of backups and each host with data.
 *
 * @param before the stack's resources before they were removed
 */
export async function kept(stack: string, before: readonly Exported[]): Promise<string[]> {
  const declared = hostsDeclared(stack);
  if (declared === undefined) return keptOf(before, [], existsSync);
  const prefix = `${declared.service}-${stack}`;
  const found = await Promise.all(declared.hosts.map((connection) => dataOn(connection, prefix)));
  return keptOf(before, found, existsSync);
}

/** The service of a stack and its hosts, as its file says; undefined where it has none, or can't be read. */
export function hostsDeclared(stack: string, folder = projectFolder) {
  const read = readHosts(openProject(folder).read(stack));
  if ("problems" in read || read.host === undefined) return undefined;
  return { service: read.service, hosts: hostsOf(read.host, read.hosts).map(({ connection }) => connection) };
}

/**
 * Volumes of a stack's databases and service, also of those that it declares no longer. Nothing is changed.
 *
 * @param prefix what the stack's names begin with
 */
export async function dataOn(connection: HostConnection, prefix: string): Promise<FoundData> {
  const text = 'docker volume ls --quiet --filter "name=$PREFIX-"';
  const { code, stdout } = await askHost(connection, { text, env: { PREFIX: prefix }, timeoutSeconds: 30 });
  const there = stdout.split("\n");
  // Whole names: those of another stack may begin with this one's.
  const isData = (name: string) =>
    databaseKinds.some((kind) => name === `${prefix}-${kind}`) || name.startsWith(`${prefix}-${volumePart}`);
  const volumes = there.filter(isData).toSorted();
  return { host: connection.name, volumes: code === 0 ? volumes : undefined };
}

/**
 * @param found of a host that could not be looked at, the state has the volumes, and it is said that there may be more
 * @param isThere whether a folder is on this machine
 */
export function keptOf(
  resources: readonly Exported[],
  found: readonly FoundData[],
  isThere: (folder: string) => boolean,
): string[] {
  const folders = resources.flatMap(({ inputs }) => inputs?.environment?.BACKUPS ?? []).map(expandHome);
  const known = volumesByHost(resources);
  const seen = new Map(found.map(({ host, volumes }) => [host, volumes]));
  return [
    ...[...new Set(folders)].filter(isThere).map((folder) => `Backups are kept in ${folder}`),
    ...[...new Set([...known.keys(), ...seen.keys()])].flatMap((host) => {
      const volumes = seen.get(host);
      const names = (volumes ?? known.get(host) ?? []).toSorted().join(" ");
      const docker = host === "" || host.startsWith("unix:") ? "docker" : `docker --host ${host}`;
      return [
        ...(names === "" ? [] : keptLines(names, docker)),
        ...(volumes === undefined ? [`Nobody could look for more data; what is there: ${docker} volume ls`] : []),
      ];
    }),
  ];
}

const keptLines = (names: string, docker: string) => [
  `Data are kept in the volumes ${names}: \`${toolchainCommand("up")}\` takes up again what slipway:databases and slipway:volumes name.`,
  `To delete them for good: ${docker} volume rm ${names}`,
];

/** Names of the volumes that stay, by the Docker address of their host. */
function volumesByHost(resources: readonly Exported[]): Map<string, string[]> {
  const hosts = new Map(resources.map(({ urn, id, inputs }) => [`${urn}::${id ?? ""}`, inputs?.host]));
  const volumes = Map.groupBy(
    resources.filter(({ type, retainOnDelete }) => type === "docker:index/volume:Volume" && retainOnDelete),
    ({ provider = "" }) => hosts.get(provider) ?? "",
  );
  return new Map([...volumes].map(([host, kept]) => [host, kept.flatMap(({ inputs }) => inputs?.name ?? [])]));
}
