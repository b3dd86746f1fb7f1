import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { ConnectionOptions } from "node:tls";

/** Where and whom to trust. */
export type SecureOptions = ConnectionOptions & { readonly servername?: string };

export interface ClosedLoopArgs {
  readonly url: string;
  /** Where POST goes. @default url */
  readonly postUrl?: string;
  /** How many requests are under way at once. @default 8 */
  readonly workers?: number;
  /** Pause of each worker between two requests, in ms. @default 2 */
  readonly pauseMs?: number;
  /** Longest wait for an answer, in ms. @default 30 000 */
  readonly timeoutMs?: number;
  /** For an https address. @default what Node trusts */
  readonly tls?: SecureOptions;
}

/** A request that did not get a whole 2xx answer. Times in ms since the epoch. */
export interface Failure {
  readonly method: "GET" | "POST";
  readonly begun: number;
  readonly ended: number;
  /** Such as `ECONNREFUSED` or `status 502`. */
  readonly problem: string;
}

/** What a load run saw. */
export interface LoadReport {
  readonly requests: number;
  readonly failed: number;
  /** The first failures, to look at. */
  readonly failures: readonly Failure[];
  /** Good answers by version of the service. */
  readonly versions: Readonly<Record<string, number>>;
}

const body = randomBytes(8 * 1024).toString("hex");
/** Shortest pause after a failure, in ms: a refused connection fails at once. */
const afterFailureMs = 20;
const shownFailures = 10;

/**
 * Requests until it is stopped, each worker one at a time: GET and 16 kB POST, on kept and on fresh connections, a quarter each. A
 * slow answer slows the load down; `SteadyLoad` does not wait.
 */
export class ClosedLoop {
  requests = 0;
  readonly failures: Failure[] = [];
  /** Good answers by version of the service. */
  readonly answers: Record<string, number> = {};
  /** Longest time to a good answer. */
  slowestMs = 0;
  readonly #args: Required<ClosedLoopArgs>;
  readonly #kept: Agent;
  readonly #fresh: Agent;
  readonly #workers: Promise<unknown>;
  #isOn = true;

  constructor(args: ClosedLoopArgs) {
    this.#args = { postUrl: args.url, workers: 8, pauseMs: 2, timeoutMs: 30_000, tls: {}, ...args };
    const { url, workers, tls } = this.#args;
    const agent = (keepAlive: boolean) =>
      url.startsWith("https:")
        ? new SecureAgent({ ...tls, keepAlive, maxSockets: workers })
        : new Agent({ keepAlive, maxSockets: workers });
    [this.#kept, this.#fresh] = [agent(true), agent(false)];
    this.#workers = Promise.all(Array.from({ length: workers }, (_, index) => this.#work(index)));
  }

  /** Good answers so far. */
  get total(): number {
    return Object.values(this.answers).reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<LoadReport> {
    this.#isOn = false;
    await this.#workers;
    this.#kept.destroy();
    return {
      requests: this.requests,
      failed: this.failures.length,
      failures: this.failures.slice(0, shownFailures),
      versions: this.answers,
    };
  }

  async #work(offset: number): Promise<void> {
    for (let turn = offset; this.#isOn; turn++) {
      const method = turn % 2 === 0 ? "POST" : "GET";
      const [begun, start] = [Date.now(), performance.now()];
      this.requests++;
      let pauseMs = this.#args.pauseMs;
      try {
        const version = await this.#send(method, turn % 4 < 2 ? this.#kept : this.#fresh);
        this.slowestMs = Math.max(this.slowestMs, performance.now() - start);
        this.answers[version] = (this.answers[version] ?? 0) + 1;
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        const problem = code ?? message;
        this.failures.push({ method, begun, ended: Date.now(), problem });
        pauseMs = Math.max(pauseMs, afterFailureMs);
      }
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** @returns the version that answered @throws for anything but a whole 2xx answer */
  #send(method: Failure["method"], agent: Agent): Promise<string> {
    const { url, postUrl, timeoutMs } = this.#args;
    const headers = { "content-type": "application/octet-stream", "content-length": body.length };
    const isPost = method === "POST";
    return new Promise((resolve, reject) => {
      const call = (url.startsWith("https:") ? secureRequest : request)(
        isPost ? postUrl : url,
        { agent, method, timeout: timeoutMs, ...(isPost ? { headers } : {}) },
        (answer) => {
          let length = 0;
          answer.on("data", (chunk: Buffer) => (length += chunk.length));
          answer.on("error", reject);
          answer.on("end", () => {
            const { statusCode = 0, headers } = answer;
            const expected = Number(headers["content-length"] ?? length);
            if (statusCode < 200 || statusCode > 299) reject(new Error(`status ${String(statusCode)}`));
            else if (!answer.complete || length !== expected) reject(new Error("short body"));
            else resolve(String(headers["x-slipway-version"]));
          });
        },
      );
      call.on("timeout", () => call.destroy(new Error(`no answer within ${String(timeoutMs)} ms`)));
      call.on("error", reject);
      call.end(isPost ? body : undefined);
    });
  }
}

/**
 * Load on the sample service: at most some 200 requests/s, whatever the number of workers. More would find nothing else, and take the
 * processor from what is tested.
 *
 * @param url its address
 */
export function startLoad(url: string, workers: number, tls: SecureOptions = {}): ClosedLoop {
  return new ClosedLoop({ url, postUrl: new URL("/api/v1/echo", url).href, workers, pauseMs: 5 * workers, tls });
}
