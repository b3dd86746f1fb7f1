import { readFileSync } from "node:fs";

const pinned = readFileSync(new URL("stock-images.Dockerfile", import.meta.url), "utf8");
const references = new Map(
  [...pinned.matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, reference = "", name = ""]) => [name, reference]),
);

/** @throws Error where the file has no image of that name */
export function pinnedImage(name: string): string {
  const reference = references.get(name);
  if (reference === undefined) throw new Error(`stock-images.Dockerfile: has no line FROM … AS ${name}`);
  return reference;
}

/** What everything but the service itself runs on: the images of a stack that names no others. */
export const stockImages = {
  node: pinnedImage("node"),
  python: pinnedImage("python"),
  haproxy: pinnedImage("haproxy"),
  postgres: pinnedImage("postgres"),
  redis: pinnedImage("redis"),
  neo4j: pinnedImage("neo4j"),
  lego: pinnedImage("lego"),
  prometheus: pinnedImage("prometheus"),
  alertmanager: pinnedImage("alertmanager"),
  exporter: pinnedImage("exporter"),
  "postgres-exporter": pinnedImage("postgres-exporter"),
  "redis-exporter": pinnedImage("redis-exporter"),
  grafana: pinnedImage("grafana"),
  tunnel: pinnedImage("tunnel"),
  restic: pinnedImage("restic"),
} as const;
