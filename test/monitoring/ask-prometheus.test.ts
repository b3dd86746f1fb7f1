import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { askingScript } from "../../monitoring/ask-prometheus.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-asking-"));
// The controller's container is this machine.
writeFileSync(join(folder, "docker"), '#!/bin/sh\nshift 3; exec "$@"\n');
chmodSync(join(folder, "docker"), 0o755);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

test("a Prometheus that does not answer is one line, with 3", async () => {
  const address = `http://127.0.0.1:${String(await freePort())}`;
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH ?? ""}` };
  const { status, stdout, stderr } = spawnSync("sh", ["-euc", askingScript("x-controller", address, ["/api"])], {
    encoding: "utf8",
    env,
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 3,
    stdout: "",
    stderr: "the stack's own Prometheus does not answer, got ECONNREFUSED. Fix: pulumi up brings back what is away\n",
  });
});

test("one that is paused holds nobody up for longer than they wait", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH ?? ""}` };
  const script = askingScript("x-controller", `http://127.0.0.1:${String(port)}`, ["/api"], 200);
  const child = spawn("sh", ["-euc", script], { env, stdio: ["ignore", "ignore", "pipe"] });
  const [said, [code]] = (await Promise.all([text(child.stderr), once(child, "exit")])) as [string, [number]];
  silent.close();
  expect({ code, said }).toEqual({
    code: 3,
    said: "the stack's own Prometheus does not answer, got The operation was aborted due to timeout. Fix: pulumi up brings back what is away\n",
  });
});
