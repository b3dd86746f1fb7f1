import type { ContainerSpec } from "../../lib/releases/container.ts";

/** What a stack that says nothing of its containers gets, but for its port and path. */
export const plainContainer: ContainerSpec = {
  replicas: 1,
  port: 1,
  env: {},
  secrets: {},
  databases: {},
  faults: "",
  healthPath: "/",
  health: {},
  limits: { memoryMb: 2048, readOnly: true, writable: [] },
  process: { user: "10001", stopSeconds: 25 },
  volumes: {},
  roles: {},
};
