import { Agent, request } from "node:http";

/** One request of a load that is over. */
export interface Sample {
  /** When it was due, in ms since 1970. */
  readonly due: number;
  /** From when it was due to the end of its answer, in ms, without the time that its handler was told to take. */
  readonly ms: number;
  /** The version that answered; null without a whole answer 200. */
  readonly version: string | null;
  /** What came instead of a whole answer 200; empty if one came. */
  readonly problem: string;
}

export interface SteadyLoadArgs {
  readonly url: string;
  /** Where POST goes. @default url */
  readonly postUrl?: string;
  /** Requests per second. */
  readonly rate: number;
  /** What handlers are told to take, in ms; each request draws one. @default they take no time */
  readonly handlerMs?: readonly number[];
  readonly onEnd: (sample: Sample) => void;
}

export const now = () => performance.timeOrigin + performance.now();

/**
 * Requests at a constant rate, whatever the answers do: GET and 16 kB POST, on kept and on fresh connections, a quarter each. Their
 * times count from when they were due, so that a stall is seen by all that it holds up.
 */
export class SteadyLoad {
  readonly #args: SteadyLoadArgs;
  // Given up before the proxy gives up an idle connection, after 60 s: else a request may meet its end.
  readonly #agents = [
    new Agent({ keepAlive: true, maxSockets: 256, timeout: 30_000 }),
    new Agent({ keepAlive: false }),
  ];
  readonly #body = Buffer.alloc(16 * 1024, "x");
  readonly #open = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(args: SteadyLoadArgs) {
    this.#args = args;
    const began = now();
    let sent = 0;
    this.#timer = setInterval(() => {
      for (const due = ((now() - began) * args.rate) / 1000; sent < due; sent++) {
        const sending = this.#send(sent, began + (sent * 1000) / args.rate);
        this.#open.add(sending);
        void sending.then(() => this.#open.delete(sending));
      }
    }, 1);
  }

  /** Sends no more, and waits for what is on its way, 15 s at most. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    for (const agent of this.#agents) agent.destroy();
  }

  #send(index: number, due: number): Promise<void> {
    const { handlerMs = [0], onEnd } = this.#args;
    const handler = handlerMs[Math.floor(Math.random() * handlerMs.length)] ?? 0;
    const agent = this.#agents[index % 2];
    const isPost = index % 4 >= 2;
    const url = isPost ? (this.#args.postUrl ?? this.#args.url) : this.#args.url;
    return new Promise((resolve) => {
      let version: string | null = null;
      let problem = "no whole answer";
      const call = request(handler > 0 ? `${url}?ms=${String(handler)}` : url, {
        method: isPost ? "POST" : "GET",
        timeout: 15_000,
        ...(agent ? { agent } : {}),
      });
      call.on("response", (answer) => {
        answer.resume().on("error", () => undefined);
        answer.on("end", () => {
          if (!answer.complete) return;
          problem = answer.statusCode === 200 ? "" : `status ${String(answer.statusCode)}`;
          if (problem === "") version = String(answer.headers["x-slipway-version"]);
        });
      });
      call.on("timeout", () => call.destroy(new Error("no answer within 15 s")));
      call.on("error", (error) => (problem = error.message));
      call.on("close", () => {
        onEnd({ due, ms: now() - due - handler, version, problem });
        resolve();
      });
      call.end(isPost ? this.#body : undefined);
    });
  }
}
