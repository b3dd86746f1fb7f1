import { emptyLedger } from "../../../router/ledger.ts";
import type { HostView } from "../../../router/metrics/host-families.ts";
import { release, serverState } from "./samples.ts";

const firstBackup = { name: "000001-before-1.0.0-aaaa", at: "2026-11-01T00:00:00.000Z" };

/** A host that has everything: 1.1.0 is live in green. */
export const view = (change: Partial<HostView> = {}): HostView => ({
  ledger: {
    ...emptyLedger,
    live: "green",
    slots: {
      blue: { release: release("1.0.0"), state: "holds" },
      green: { release: release("1.1.0"), state: "holds" },
    },
  },
  proxy: {
    tag: "",
    pid: "1/7",
    map: new Map(),
    isOpen: true,
    servers: new Map(
      [serverState("blue-1", { weight: 0 }), serverState("green-1", { weight: 100, openSessions: 3 })].map((server) => [
        server.name,
        server,
      ]),
    ),
  },
  fallback: null,
  certificate: { until: "2026-12-24T00:00:00.000Z", problem: null },
  rollouts: [],
  roles: [],
  runs: { roles: {} },
  backups: { backup: { last: firstBackup }, copy: { last: firstBackup } },
  noticesWaiting: 0,
  ...change,
});
