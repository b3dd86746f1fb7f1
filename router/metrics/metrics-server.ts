import { createServer } from "node:http";
import { once } from "node:events";
import { contentType, exposition, type Family } from "./exposition.ts";

/** Far more than one Prometheus needs; whoever shares the network may ask. */
const mostConnections = 20;

/**
 * Serves `GET /metrics`, and nothing else. It listens in the stack's own network: the proxy sends nobody there.
 *
 * @param families asked at each request
 */
export async function serveMetrics(
  { address, port }: { readonly address: string; readonly port: number },
  families: () => Promise<readonly Family[]>,
): Promise<void> {
  const server = createServer((request, response) => {
    if (request.url !== "/metrics" || request.method !== "GET") {
      response.writeHead(404).end();
      return;
    }
    families().then(
      (all) => response.setHeader("content-type", contentType).end(exposition(all)),
      () => response.writeHead(500).end(),
    );
  });
  server.maxConnections = mostConnections;
  server.requestTimeout = 10_000;
  server.listen(port, address);
  await once(server, "listening");
}
