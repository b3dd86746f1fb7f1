import type { SimulatedHost } from "./simulated-host.ts";
import { halfOf, type SimulatedDisk } from "./simulated-disk.ts";

/** The host whose controller is running: what the router's modules get in the place of Node's own belongs to it. */
const current: { host: SimulatedHost | null } = { host: null };

export function enter(host: SimulatedHost): void {
  current.host = host;
}

function host(): SimulatedHost {
  if (!current.host) throw new Error("no simulated host");
  return current.host;
}

const missing = (path: string) => Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });

/** `node:fs/promises`. */
export const fs = {
  mkdir: () => Promise.resolve(),
  readFile: (path: string) =>
    host().call(() => {
      const text = host().disk.read(path);
      if (text === null) throw missing(path);
      return text;
    }, false),
  rename: (from: string, to: string) =>
    host().call(() => {
      change((disk) => {
        disk.rename(from, to);
      });
    }),
  open: async (path: string, flags: string) => {
    if (flags === "w")
      await host().call(() => {
        change((disk) => {
          disk.create(path);
        });
      });
    return {
      writeFile: async (text: string) => {
        await host().call(() => {
          change((disk) => {
            disk.write(path, halfOf(text));
          });
        });
        await host().call(() => {
          change((disk) => {
            disk.write(path, text);
          });
        });
      },
      sync: () =>
        host().call(() => {
          change((disk) => {
            disk.sync(path);
          });
        }),
      close: () => Promise.resolve(),
    };
  },
};

function change(work: (disk: SimulatedDisk) => void): void {
  work(host().disk);
}

/** `node:timers/promises`. */
export const timers = {
  setTimeout: (ms: number, _value?: unknown, options?: { signal?: AbortSignal }) => host().sleep(ms, options?.signal),
};

/** `node:net` and `node:http`. */
export const connect = (path: string) => host().connect(path);
export const request = (url: string) => host().request(url);

/** Of `node:crypto`. */
export const noChance = (size: number) => Buffer.alloc(size);

/** Globals. */
export const globals = {
  setTimeout: (work: () => void, ms: number) => host().timer(work, ms),
  clearTimeout: (timer?: { undo?: () => void }) => timer?.undo?.(),
  performance: { now: () => current.host?.clock.now ?? 0 },
};
