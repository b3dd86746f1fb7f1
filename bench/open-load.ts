import { fork } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";

/** One request of a load. */
export interface Sample {
  /** When it was due, in ms since 1970. */
  readonly due: number;
  /** From when it was due to the end of its answer, in ms, without the time that its handler was told to take. */
  readonly ms: number;
  /** The version that answered; null for a dropped request. */
  readonly version: string | null;
}

export interface OpenLoadArgs {
  readonly url: string;
  /** Requests per second. */
  readonly rate: number;
  /** What handlers are told to take, in ms; each request draws one. @default they take no time */
  readonly handlerMs?: readonly number[];
}

export const now = () => performance.timeOrigin + performance.now();

export const percentile = (values: readonly number[], percent: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil((values.length * percent) / 100) - 1)] ?? NaN;

/**
 * Requests at a constant rate, whatever the answers do, from a process of its own: GET and 16 kB POST, on kept and on fresh
 * connections, a quarter each. Their times count from when they were due, so that a stall is seen by all that it holds up.
 *
 * @returns what ends it, and gives all that it saw
 */
export function startOpenLoad(args: OpenLoadArgs): () => Promise<Sample[]> {
  const child = fork(import.meta.filename, [JSON.stringify(args)]);
  return async () => {
    const told = once(child, "message");
    child.send("stop");
    const [samples] = (await told) as [Sample[]];
    return samples;
  };
}

async function generate({ url, rate, handlerMs = [0] }: OpenLoadArgs, stop: AbortSignal): Promise<Sample[]> {
  const agents = [new Agent({ keepAlive: true, maxSockets: 256 }), new Agent({ keepAlive: false })];
  const body = Buffer.alloc(16 * 1024, "x");
  const samples: Sample[] = [];
  const open = new Set<Promise<void>>();
  const send = (index: number, due: number) =>
    new Promise<void>((resolve) => {
      const handler = handlerMs[Math.floor(Math.random() * handlerMs.length)] ?? 0;
      const end = (version: string | null) => {
        samples.push({ due, ms: now() - due - handler, version });
        resolve();
      };
      const isPost = index % 4 >= 2;
      const agent = agents[index % 2];
      const call = request(
        handler > 0 ? `${url}?ms=${String(handler)}` : url,
        { method: isPost ? "POST" : "GET", timeout: 15_000, ...(agent ? { agent } : {}) },
        (answer) => {
          answer.resume();
          answer.on("error", () => undefined);
          answer.on("close", () => {
            const isWhole = answer.complete && answer.statusCode === 200;
            end(isWhole ? String(answer.headers["x-slipway-version"]) : null);
          });
        },
      );
      call.on("timeout", () => call.destroy());
      call.on("error", () => {
        end(null);
      });
      call.end(isPost ? body : undefined);
    });
  const began = now();
  for (let sent = 0; !stop.aborted;) {
    for (const due = ((now() - began) * rate) / 1000; sent < due; sent++) {
      const sending = send(sent, began + (sent * 1000) / rate);
      open.add(sending);
      void sending.then(() => open.delete(sending));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(open);
  return samples;
}

const [args] = process.argv.slice(2);
if (process.argv[1] === import.meta.filename && args !== undefined) {
  const stop = new AbortController();
  process.once("message", () => {
    stop.abort();
  });
  const samples = await generate(JSON.parse(args) as OpenLoadArgs, stop.signal);
  process.send?.(samples, () => {
    process.disconnect();
  });
}
