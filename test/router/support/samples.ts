import type { ControllerConfig } from "../../../router/controller-config.ts";
import type { Release } from "../../../router/ledger.ts";
import type { ServerState } from "../../../router/proxy-state.ts";

export const release = (version: string, replicas = 1): Release => ({
  id: `${version}-aaaa`,
  version,
  image: `ape:${version}`,
  fingerprint: "ffff",
  replicas,
});

export const config: ControllerConfig = {
  service: "ape-test",
  port: 8000,
  subnetPrefix: "127.213.1",
  maxReplicas: 2,
  health: { path: "/health", intervalMs: 500, timeoutMs: 2000, gateSeconds: 60 },
  profile: { steps: [10, 50, 100], previewSeconds: 0, pauseSeconds: 5, watchSeconds: 10 },
  verdict: { maxErrorRatePercent: 10, maxResponseMs: 5000, minRequests: 20, sharedSeconds: 60 },
  strategy: "blue-green",
  sticky: true,
  preview: null,
  drainSeconds: 300,
  listen: { address: "127.0.0.1", port: 8080 },
  doors: null,
  tls: null,
  behindTls: false,
  hosts: [],
  clients: {
    connections: 2_000,
    headSeconds: 30,
    headKb: 15,
    bodySeconds: 60,
    bodyMb: 1_024,
    requestsPerReplica: 0,
    queueSeconds: 5,
  },
  loadBalancer: null,
  access: null,
  accessLog: false,
  proxyUser: null,
  metrics: null,
  notices: null,
};

/** A server that is up and has done nothing yet. */
export const serverState = (name: string, change: Partial<ServerState> = {}): ServerState => ({
  name,
  address: "",
  status: "up",
  checked: true,
  check: "L7OK",
  weight: 1,
  openSessions: 0,
  spareAnswers: 0,
  counters: { answers: 0, answers5xx: 0, connectErrors: 0, answerErrors: 0, redispatched: 0, averageMs: 0 },
  ...change,
});
