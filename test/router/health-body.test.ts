import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { bodyText } from "../../router/body-text.ts";
import { Field } from "../../router/field.ts";
import { bodyProblem, isHealthBody } from "../../router/health-body.ts";
import {
  formsOf,
  healthRequest,
  questionOf,
  readHealthRequest,
  type HealthRequest,
} from "../../router/health-request.ts";
import { probe, problemWith } from "../../router/probe.ts";

describe("what a good answer says", () => {
  it.each([
    ["pong", "pong\n"],
    [{ status: "UP" }, '{"components":{"db":{"status":"UP"}},"status":"UP"}'],
    [{ checks: { db: true }, nodes: [1, 2] }, '{"checks":{"db":true,"cache":false},"nodes":[1,2]}'],
    [{ status: "green" }, '{"status":"green"}'],
  ] as const)("is there: %j in %s", (wanted, body) => {
    expect(bodyProblem(body, wanted)).toBeNull();
    expect(problemWith({ status: 200, body }, { version: "1.0.0", statuses: [200], body: wanted }).problem).toBeNull();
  });

  it.each([
    ["pong", "ping"],
    [{ status: "UP" }, '{"components":{"db":{"status":"UP"}},"status":"DOWN"}'],
    [{ status: "UP" }, '{"status":"up"}'],
    [{ nodes: [1, 2] }, '{"nodes":[1]}'],
    [{ a: { b: null } }, '{"a":{}}'],
    [{ a: { b: 1 } }, '{"a":[1]}'],
    [{ status: "UP" }, "UP"],
  ] as const)("is not there: %j in %s", (wanted, body) => {
    const { problem, final } = problemWith({ status: 200, body }, { version: "1", statuses: [200], body: wanted });
    expect(problem).toMatch(/^it does not say .* \(slipway:health\.body\), got /);
    expect(final).toBe(false);
  });

  it("leaves the usual words in force where it says nothing of the status", () => {
    const answer = { status: 200, body: '{"db":"ok","status":"unhealthy"}' };
    expect(problemWith(answer, { version: "1", statuses: [200], body: { db: "ok" } }).problem).toContain("unhealthy");
    // Of the version, always.
    const other = { status: 200, body: '{"status":"UP","version":"2"}' };
    expect(problemWith(other, { version: "1", statuses: [200], body: { status: "UP" } }).final).toBe(true);
  });

  it.each(["", "it's", " pong", "a\nb", "é", [], {}, null, 1, { a: "x".repeat(1_000) }])("can't be %j", (body) => {
    expect(isHealthBody(body)).toBe(false);
  });

  it("belongs to the release, from the settings to the journal and the question", () => {
    const request = healthRequest({ body: { status: "UP" } });
    expect(request).toEqual({ body: { status: "UP" } });
    expect(readHealthRequest(Field.parse("journal", JSON.stringify(request)))).toEqual(request);
    expect(questionOf("/", "api", request).body).toEqual({ status: "UP" });
    expect(healthRequest({})).toEqual({});
  });

  it("is the proxy's to look for only where all releases say the same text", () => {
    const texts = (...bodies: HealthRequest["body"][]) => formsOf(bodies.map((body) => ({ body }))).text;
    expect(texts("pong", "pong")).toBe("pong");
    expect(texts("pong", undefined)).toBeNull();
    expect(texts("pong", "ping")).toBeNull();
    expect(texts({ status: "UP" }, { status: "UP" })).toBeNull();
    expect(formsOf([undefined]).text).toBeNull();
  });
});

describe("an answer that nobody asked to be packed", () => {
  const text = '\uFEFF{"status":"UP"}';
  const plain = '{"status":"UP"}';

  it.each([
    ["", Buffer.from(text)],
    ["gzip", gzipSync(text)],
    ["X-Gzip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["br", brotliCompressSync(text)],
  ])("is read: %s", (encoding, packed) => {
    expect(bodyText([packed.subarray(0, 5), packed.subarray(5)], encoding)).toBe(plain);
  });

  it("says nothing where it can't be unpacked, and what is there where it was cut", () => {
    expect(bodyText([Buffer.from("no gzip")], "gzip")).toBe("");
    const long = gzipSync("x".repeat(50_000) + String(Math.random()));
    expect(bodyText([long.subarray(0, long.length - 8)], "gzip")).toMatch(/^x{1000}/);
    expect(bodyText([gzipSync(Buffer.alloc(64 << 20))], "gzip")).toBe("");
  });

  let server: Server | undefined;
  afterEach(() => server?.close());
  it("is read by the gate as well", async () => {
    server = createServer((_, response) => response.setHeader("content-encoding", "gzip").end(gzipSync(text)));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = (status: string) =>
      probe(
        { name: "blue-1", address, question: questionOf("/", "api", { body: { status } }) },
        { timeoutMs: 5_000, version: "1.0.0" },
      );
    expect(await ask("UP")).toMatchObject({ healthy: true });
    expect(await ask("DOWN")).toMatchObject({ healthy: false, final: false });
  });
});
