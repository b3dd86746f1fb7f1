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
  expect(await lease(kind, 50, (number) => number === 17)).toBe(17);
  const rest = new Set<number>();
  for (let left = 49; left > 0; left--) rest.add(await lease(kind, 50, always));
  expect(rest.size).toBe(49);
  expect(rest).not.toContain(17);
  await expect(lease(kind, 50, always)).rejects.toThrow(/no .* is free on this machine, got 50 taken. Fix: /);
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
