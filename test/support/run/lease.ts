import { once } from "node:events";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";

/** Below the range from which Linux takes ports for outgoing connections. */
const firstPort = 20_000;
const portBlocks = 1_000;
const blockSize = 10;
const subnets = 256;
const loopbacks = 25_000;

/**
 * Holds a number from 0 up that no other process on this machine holds, until this process ends.
 *
 * The name of an abstract socket is the lock: the kernel frees it with the process, however that ends, so nothing ever gets stale.
 *
 * @throws when all `count` numbers are taken
 */
export async function lease(kind: string, count: number, isFree: (number: number) => boolean | Promise<boolean>) {
  const start = Math.floor(Math.random() * count);
  for (let tried = 0; tried < count; tried++) {
    const number = (start + tried) % count;
    const lock = createServer().unref();
    try {
      await once(lock.listen(`\0slipway-test-${kind}-${String(number)}`), "listening");
    } catch {
      continue;
    }
    if (await isFree(number)) return number;
    lock.close();
  }
  throw new Error(`no ${kind} is free on this machine, got ${String(count)} taken. Fix: end other test runs`);
}

/** First three numbers of a /24 that no network of this machine has. */
export async function leaseSubnet(): Promise<string> {
  const taken = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
  const prefix = (number: number) => `10.220.${String(number)}`;
  return prefix(
    await lease("subnet", subnets, (number) => !taken.some((address) => address.startsWith(`${prefix(number)}.`))),
  );
}

/** First three numbers of a /24 on the loopback. */
export async function leaseLoopback(): Promise<string> {
  const number = await lease("loopback", loopbacks, () => true);
  return `127.${String(100 + Math.floor(number / 250))}.${String(1 + (number % 250))}`;
}

/** First of ten TCP ports in a row that nobody listens on. */
export async function leasePorts(): Promise<number> {
  const first = (number: number) => firstPort + number * blockSize;
  return first(
    await lease("ports", portBlocks, async (number) => {
      const ports = Array.from({ length: blockSize }, (_, index) => first(number) + index);
      return (await Promise.all(ports.map(isUnbound))).every(Boolean);
    }),
  );
}

async function isUnbound(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port), "listening");
  } catch {
    return false;
  }
  await once(server.close(), "close");
  return true;
}
