import { maxReplicas, maxRoleContainers, replicaAddress, roleAddress } from "../../router/addresses.ts";
import { otherSlot, slots, type Row, type Slot } from "../../router/ledger.ts";

/** The two permanent places for the service on a host. */
export { otherSlot, slots, type Slot };
export { maxReplicas, maxRoleContainers };

/** Last byte of the address of each part that exists once. */
const hostNumbers = {
  controller: 3,
  postgres: 4,
  redis: 5,
  neo4j: 6,
  certificates: 7,
  prometheus: 8,
  alertmanager: 9,
  exporter: 10,
  "postgres-exporter": 11,
  "redis-exporter": 12,
  tunnel: 13,
  grafana: 14,
} as const;

/** Begins the part of a volume that the service itself keeps: it may have any name. */
export const volumePart = "volume-";

/** What tells the resources of a further host from those of the first one, in their names in the state. */
export const hostSuffix = (name: string | undefined): string => (name === undefined ? "" : `-${name}`);

/** Names and addresses of everything that one stack puts on a host. */
export class HostNames {
  /** `<service>-<stack>`: two stacks share a host without meeting. */
  readonly prefix: string;
  private readonly subnetPrefix: string;

  constructor(service: string, stack: string, subnet: string) {
    this.prefix = `${service}-${stack}`;
    this.subnetPrefix = subnetPrefix(subnet);
  }

  /** Container or volume of a part that exists once. */
  part(part: string): string {
    return `${this.prefix}-${part}`;
  }

  /** Volume that the service keeps over releases. */
  volume(name: string): string {
    return this.part(`${volumePart}${name}`);
  }

  /** The name of such a volume in the settings; undefined of any other one. */
  volumeNamed(volume: string): string | undefined {
    const begins = this.part(volumePart);
    return volume.startsWith(begins) ? volume.slice(begins.length) : undefined;
  }

  /** Container of a replica; replicas count from 1. */
  replica(slot: Slot, replica: number): string {
    return `${this.prefix}-${slot}-${String(replica)}`;
  }

  /** Container of a role; they count from 1. */
  role(slot: Slot, role: string, number: number): string {
    return `${this.prefix}-${slot}-${role}-${String(number)}`;
  }

  /** Fixed address of a part that exists once. */
  address(part: keyof typeof hostNumbers): string {
    return `${this.subnetPrefix}.${String(hostNumbers[part])}`;
  }

  /** Fixed address of a replica; replicas count from 1. */
  replicaAddress(slot: Slot, replica: number, row?: Row): string {
    return replicaAddress(this.subnetPrefix, slot, replica, row);
  }

  /** Fixed address of a container of a role. @param place among all of the slot's, counts from 0 */
  roleAddress(slot: Slot, place: number): string {
    return roleAddress(this.subnetPrefix, slot, place);
  }
}

/** `10.213.0` of `10.213.0.0/24`. */
export function subnetPrefix(subnet: string): string {
  return subnet.replace(/\.0\/24$/, "");
}
