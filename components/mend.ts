import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { mendedLabel, type MendedKind, type Mending } from "../lib/releases/mending.ts";
import { expandHome } from "../lib/databases/backup-scripts.ts";
import { HostCommand, type HostCommandArgs } from "./host-command.ts";

interface Label {
  readonly label: string;
  readonly value: string;
}

/** How a resource is declared so that a mend makes it anew, and nothing else that is said here does. */
export interface Mendable {
  readonly labels: Label[];
  readonly ignoreChanges: string[];
}

/**
 * Labels and options of a container, a volume or the network of that name. Never for a volume whose data nothing else has. The engine believes its state, which still has what somebody
 * removed by hand; another label is a change that makes it anew, and afterwards labels are left as they are.
 *
 * @param labels the resource's own
 */
export function mendable(kind: MendedKind, name: string, { recreate }: Mending, labels: readonly Label[]): Mendable {
  return recreate[kind].has(name)
    ? { labels: [...labels, mendLabel()], ignoreChanges: [] }
    : { labels: [...labels], ignoreChanges: ["labels"] };
}

/** The same for a container that nothing else may touch: made anew, it is what it was. */
export function mendableFrozen(name: string, { recreate }: Mending, labels: readonly Label[]): Mendable {
  return recreate.container.has(name)
    ? { labels: [...labels, mendLabel()], ignoreChanges: [...allButLabels] }
    : { labels: [...labels], ignoreChanges: ["*"] };
}

const mendLabel = (): Label => ({ label: mendedLabel, value: new Date().toISOString() });

/** When a mend made it anew; empty if none did. */
export const mendedAt = (labels: readonly Label[] | undefined): string =>
  labels?.find(({ label }) => label === mendedLabel)?.value ?? "";

/** Every input of a container but its labels, which `*` would leave out too. */
const allButLabels = Object.keys({
  attach: 0,
  capabilities: 0,
  cgroupParent: 0,
  cgroupnsMode: 0,
  command: 0,
  containerReadRefreshTimeoutMilliseconds: 0,
  cpuPeriod: 0,
  cpuQuota: 0,
  cpuSet: 0,
  cpuShares: 0,
  cpus: 0,
  destroyGraceSeconds: 0,
  deviceCgroupRules: 0,
  deviceReadBps: 0,
  deviceReadIops: 0,
  deviceRequests: 0,
  deviceWriteBps: 0,
  deviceWriteIops: 0,
  devices: 0,
  dns: 0,
  dnsOpts: 0,
  dnsSearches: 0,
  domainname: 0,
  entrypoints: 0,
  envs: 0,
  gpus: 0,
  groupAdds: 0,
  healthcheck: 0,
  hostname: 0,
  hosts: 0,
  image: 0,
  init: 0,
  ipcMode: 0,
  logDriver: 0,
  logOpts: 0,
  logs: 0,
  maxRetryCount: 0,
  memory: 0,
  memoryReservation: 0,
  memorySwap: 0,
  mounts: 0,
  mustRun: 0,
  name: 0,
  networkMode: 0,
  networksAdvanced: 0,
  pidMode: 0,
  platform: 0,
  ports: 0,
  privileged: 0,
  publishAllPorts: 0,
  readOnly: 0,
  removeVolumes: 0,
  restart: 0,
  rm: 0,
  runtime: 0,
  securityOpts: 0,
  shmSize: 0,
  start: 0,
  stdinOpen: 0,
  stopSignal: 0,
  stopTimeout: 0,
  storageOpts: 0,
  sysctls: 0,
  tmpfs: 0,
  tty: 0,
  ulimits: 0,
  uploads: 0,
  user: 0,
  usernsMode: 0,
  volumes: 0,
  wait: 0,
  waitTimeout: 0,
  workingDir: 0,
} satisfies Record<Exclude<keyof docker.ContainerArgs, "labels">, 0>);

/**
 * The step that comes before everything else on a host: what only has to go on does, and what stands in the place of ours makes room.
 * Nothing that has traffic is ever on these lists (see `planMending`).
 */
export function mendStep(
  name: string,
  host: HostCommandArgs["host"],
  { start, unpause, remove, rename, update, folder }: Mending,
  opts: pulumi.CustomResourceOptions,
): HostCommand {
  const isNeeded = [start, unpause, remove, rename, update].some(({ length }) => length > 0) || folder !== undefined;
  const env = {
    RENAME: rename.map(({ from, to }) => `${from}=${to}`).join(" "),
    UPDATE: update.map(({ name, restart, memoryMb }) => `${name}=${restart}=${String(memoryMb)}`).join(" "),
    BACKUPS: folder ?? "",
    REMOVE: remove.join(" "),
    UNPAUSE: unpause.join(" "),
    START: start.join(" "),
    AT: "",
  };
  return new HostCommand(
    name,
    {
      host,
      run: mendScript,
      env: { ...env, ...(isNeeded ? { AT: new Date().toISOString() } : {}) },
      timeoutSeconds: 120,
    },
    { ...opts, ...(isNeeded ? {} : { ignoreChanges: ["*"] }) },
  );
}

const mendScript = `
for pair in $RENAME; do docker rename "\${pair%%=*}" "\${pair#*=}"; echo "\${pair%%=*} is \${pair#*=} again"; done
for each in $UPDATE; do
  name=\${each%%=*}; rest=\${each#*=}; restart=\${rest%%=*}; memory=\${rest#*=}
  [ -z "$restart" ] || docker update --restart "$restart" "$name" > /dev/null
  [ "$memory" = 0 ] || docker update --memory "$memory"m --memory-swap "$memory"m "$name" > /dev/null
  echo "changed the limits of $name"
done
if [ -n "$BACKUPS" ]; then
  ${expandHome}  mkdir -p -m 0700 "$BACKUPS"
  echo "made $BACKUPS"
fi
for container in $REMOVE; do docker rm --force "$container" > /dev/null; echo "removed $container"; done
for container in $UNPAUSE; do docker unpause "$container" > /dev/null; echo "unpaused $container"; done
for container in $START; do docker start "$container" > /dev/null; echo "started $container"; done
`;
