/** Where what watches listens, at its address in the stack's own network. */
export const watcherPorts = {
  prometheus: 9090,
  alertmanager: 9093,
  exporter: 9100,
  "postgres-exporter": 9187,
  "redis-exporter": 9121,
  grafana: 3000,
} as const;
