import type { Checkpoint } from "./checkpoint.ts";

const resourceTypes = {
  container: "docker:index/container:Container",
  network: "docker:index/network:Network",
} as const;

/** Whose things to look for, and on which engine. */
export interface Owner {
  readonly service: string;
  readonly stack: string;
  /** As for `docker --host`. */
  readonly dockerHost: string;
  /** Options that `ssh` needs to reach it. */
  readonly sshOptions?: string[];
}

/** Every host that the stack has put its network on, or was about to: containers come after it. */
export function owners({ resources, pending }: Checkpoint): Owner[] {
  const known = [...resources, ...pending.map(({ resource }) => resource)];
  const found = known
    .filter(({ type }) => type === resourceTypes.network)
    .flatMap(({ inputs, provider = "" }) => {
      const labels = (inputs?.labels ?? []) as { label: string; value: string }[];
      const [service, stack] = ["slipway.service", "slipway.stack"].map(
        (name) => labels.find(({ label }) => label === name)?.value,
      );
      const { host: dockerHost, sshOpts } =
        known.find(({ urn, id }) => `${urn}::${id ?? ""}` === provider)?.inputs ?? {};
      if (service === undefined || stack === undefined || typeof dockerHost !== "string") return [];
      // A provider's lists are kept as JSON.
      const reached = typeof sshOpts === "string" ? { sshOptions: JSON.parse(sshOpts) as string[] } : {};
      return [{ service, stack, dockerHost, ...reached }];
    });
  return [...new Map(found.map((owner) => [JSON.stringify(owner), owner])).values()];
}

/** Something on a host that carries the stack's labels. */
export interface Found {
  readonly kind: keyof typeof resourceTypes;
  readonly id: string;
  readonly name: string;
  readonly labels: Record<string, string>;
  /** In milliseconds since the epoch, by this machine's clock. */
  readonly createdAt: number;
}

/** The run that left things behind. */
export interface Killed {
  /** When it began at the earliest, in milliseconds since the epoch. */
  readonly since: number;
  /** Its lock was still there, so `since` is exact and everything that is younger is its making. */
  readonly locked: boolean;
}

/**
 * Half-made is what no resource of the state has as its id and what the killed run made: it came into being while that
 * run had the lock, or its name was announced. Everything older belongs to somebody, even if this state does not know
 * it: another clone's stack of the same name, for example. A command of a release is joined by the next update.
 */
export function halfMade(found: Found[], { resources, pending }: Checkpoint, { since, locked }: Killed): Found[] {
  const recorded = new Set(resources.map(({ id }) => id));
  const announced = new Set(
    pending
      .filter(({ type }) => type === "creating")
      .map(({ resource }) => `${resource.type} ${String(resource.inputs?.name)}`),
  );
  return found.filter(
    ({ kind, id, name, labels, createdAt }) =>
      labels["slipway.command"] === undefined &&
      !recorded.has(id) &&
      createdAt >= since &&
      (locked || announced.has(`${resourceTypes[kind]} ${name}`)),
  );
}

/** The slot that traffic goes to; `unknown` when the host cannot be asked. */
export type Live = "blue" | "green" | "none" | "unknown";

/** A container that has traffic, or may have, is nobody's to remove. */
export function mayHaveTraffic({ labels }: Found, live: Live): boolean {
  const slot = labels["slipway.slot"];
  return slot !== undefined && (live === "unknown" || slot === live);
}

/** Operations that are settled once the host is tidy: making these again finds or replaces what is there. */
export function settled({ resource }: { resource: { type: string } }): boolean {
  return resource.type.startsWith("docker:") || resource.type.startsWith("command:");
}
