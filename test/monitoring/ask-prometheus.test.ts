import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
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
