import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { questionOf } from "../../router/health-request.ts";
import { passHealthGate } from "../../router/health-gate.ts";

const usual = questionOf("/health", "shop-local");

async function gate(answer: RequestListener, timeoutMs: number, question = usual): Promise<string | null> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const health = { timeoutMs, intervalMs: 10, gateSeconds: 0 };
  try {
    const target = { name: "green-1", address: `127.0.0.1:${String(port)}`, question };
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

test("a release is asked by its host and headers, and its own statuses are good", async () => {
  const strict: RequestListener = ({ headers, url }, response) => {
    const isRight = headers.host === "api.example.test" && headers["x-forwarded-proto"] === "https";
    response.writeHead(!isRight ? 301 : url === "/up?deep=1" ? 204 : 404).end();
  };
  const asked = { host: "api.example.test", headers: { "X-Forwarded-Proto": "https" }, statuses: [204] };
  expect(await gate(strict, 5_000, questionOf("/up?deep=1", "shop-local", asked))).toBeNull();
  expect(await gate(strict, 5_000, questionOf("/up?deep=1", "shop-local", { ...asked, host: "other.test" }))).toContain(
    "got status 301; allowed 204",
  );
  const named: RequestListener = ({ headers }, response) =>
    response.writeHead(headers.host === "shop-local" ? 200 : 400).end();
  expect(await gate(named, 5_000)).toBeNull();
});
