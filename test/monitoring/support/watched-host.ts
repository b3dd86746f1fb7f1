import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exposition } from "../../../router/metrics/exposition.ts";
import { hostFamilies } from "../../../router/metrics/host-families.ts";
import { nothingCounted, requestFamilies, withRequest, type Counted } from "../../../router/metrics/request-counts.ts";
import type { Digested } from "../../../router/telling/digest.ts";
import { view } from "../../router/support/host-view.ts";
import { release } from "../../router/support/samples.ts";

const day = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString();

/**
 * A host as its Prometheus sees it: what its controller and its node exporter would tell, by the controller's own code. Each time that it is
 * asked, time has passed: 50 requests, and a second of its processor.
 */
export class WatchedHost {
  /** Share of the requests that fail, by the slot that answers. */
  errors = 0;
  live: "blue" | "green" = "blue";
  version = "1.0.0";
  certificateDays = 60;
  backupDays = 1;
  missed = 0;
  /** Seconds of each second that its processor has nothing to do. */
  idle = 0.9;
  freeMemory = 0.5;
  #counted: Counted = nothingCounted;
  #idle = 0;
  #port = 0;
  #line = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
      const told = { "/controller": () => this.#controller(), "/service": () => this.#service() }[request.url ?? ""];
      response.end((told ?? (() => this.#machine()))());
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(this.#port, "0.0.0.0");
    await once(this.#server, "listening");
    return (this.#port = (this.#server.address() as AddressInfo).port);
  }

  /** Nobody can ask it any more. */
  async goAway(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** So much goes well at once that no share of errors is left, and no time without rest. */
  recover(): void {
    Object.assign(this, { errors: 0, certificateDays: 60, backupDays: 1, idle: 0.9, freeMemory: 0.5 });
    this.#idle += 3_600;
    this.#answer(200_000, 0);
  }

  #answer(requests: number, errors: number): void {
    for (let each = 0; each < requests; each++) {
      const line = { id: this.#line++, answerer: this.live, isError: each < requests * errors, ms: 20 };
      this.#counted = withRequest(this.#counted, "1", line);
    }
  }

  #controller(): string {
    this.#answer(50, this.errors);
    const rollouts = [{ kind: "release", verdict: "promoted", backedUp: true, startedAt: inDays(-this.backupDays) }];
    const { ledger, ...rest } = view({
      certificate: { until: inDays(this.certificateDays), problem: null },
      rollouts: rollouts as Digested[],
      backups: { backup: {}, copy: { last: { name: "before-1", at: inDays(-this.backupDays) } } },
    });
    const slots = { ...ledger.slots, [this.live]: { release: release(this.version), state: "holds" as const } };
    const counted = { ...this.#counted, missed: this.missed };
    return exposition([
      ...requestFamilies(counted, 1),
      ...hostFamilies({ ...rest, ledger: { ...ledger, live: this.live, slots } }),
    ]);
  }

  /** It also says what is not its own to say. */
  #service(): string {
    return [
      "service_requests_in_flight 2",
      'service_queue_depth{queue="database"} 1',
      'service_exceptions_total{kind="unhandled"} 0',
      `process_cpu_seconds_total ${String(this.#idle)}`,
      "process_resident_memory_bytes 5e7",
      "slipway_notices_waiting 5",
      "",
    ].join("\n");
  }

  #machine(): string {
    this.#idle += this.idle;
    return [
      `node_cpu_seconds_total{cpu="0",mode="idle"} ${String(this.#idle)}`,
      `node_memory_MemAvailable_bytes ${String(this.freeMemory * 1e9)}`,
      "node_memory_MemTotal_bytes 1e9",
      'node_load1 0.5\nnode_filesystem_avail_bytes{mountpoint="/"} 5e9\nnode_filesystem_size_bytes{mountpoint="/"} 1e10',
      "",
    ].join("\n");
  }
}
