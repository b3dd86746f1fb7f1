import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { passHealthGate } from "../../router/health-gate.ts";

async function gate(answer: RequestListener, timeoutMs: number): Promise<string | null> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const health = { timeoutMs, intervalMs: 10, gateSeconds: 0 };
  try {
    const target = { name: "green-1", address: `127.0.0.1:${String(port)}`, path: "/health" };
    return await passHealthGate([target], health, "1.0.0", () => null);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("a service that was only slow to start is told which setting to raise", async () => {
  expect(await gate((_, response) => response.writeHead(503).end(), 5_000)).toBe(
    "green-1 was not healthy within 0 s, got status 503 (if it is only slow: raise slipway:health.gateSeconds)",
  );
});

test("a service whose health takes longer than the limit of a question is told both", async () => {
  expect(await gate(() => undefined, 50)).toBe(
    "green-1 was not healthy within 0 s, got no answer within 50 ms " +
      "(if it is only slow: raise slipway:health.gateSeconds or slipway:health.timeoutMs)",
  );
});

test("another version is not slow", async () => {
  const another: RequestListener = (_, response) => response.end(JSON.stringify({ version: "0.9.0" }));
  expect(await gate(another, 5_000)).toBe("green-1 is not this release, got version 0.9.0 answers; allowed 1.0.0");
});

test.each([
  ["Spring", '{"status":"UP","groups":["liveness"]}'],
  ["draft-inadarei-api-health-check", '{"status":"pass","version":"1.0.0"}'],
  ["a warning of it", '{"status":"warn"}'],
  ["others", '{"status":"ok","version":"v1.0.0"}'],
  ["a file with a byte order mark", "\uFEFF" + '{"status":"Healthy"}'],
  ["no JSON", "ok"],
])("healthy in the words of %s", async (_, body) => {
  expect(await gate((__, response) => response.end(body), 5_000)).toBeNull();
});

test.each(["DOWN", "OUT_OF_SERVICE", "fail", "starting", "", false, 500, null])("not healthy: %j", async (status) => {
  expect(await gate((_, response) => response.end(JSON.stringify({ status })), 5_000)).toContain(
    `got it says ${JSON.stringify(status)}; allowed healthy, ok, up, pass or warn`,
  );
});
