import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lease, leasePorts } from "./lease.ts";

const always = () => true;

it("gives each number once, and none that is in use", async () => {
  const kind = randomUUID();
  expect(await lease(kind, 3, (number) => number !== 1)).not.toBe(1);
  const rest = [await lease(kind, 3, always), await lease(kind, 3, always)];
  expect(rest).toContain(1);
  expect(new Set(rest).size).toBe(2);
  await expect(lease(kind, 3, always)).rejects.toThrow(/no .* is free on this machine, got 3 taken. Fix: /);
});

it("gives a number again once its holder is gone, however it ended", async () => {
  const kind = randomUUID();
  const script = `
    const { lease } = await import(${JSON.stringify(join(import.meta.dirname, "lease.ts"))});
    await lease(${JSON.stringify(kind)}, 1, () => true);
    process.stdout.write("held");
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  await expect(lease(kind, 1, always)).rejects.toThrow(/is free/);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  expect(await lease(kind, 1, always)).toBe(0);
});

it("gives ports that can be listened on", async () => {
  const server = createServer().listen(await leasePorts());
  await once(server, "listening");
  server.close();
});
