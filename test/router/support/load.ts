import { Agent, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { ConnectionOptions } from "node:tls";

/** Where and whom to trust. */
export type SecureOptions = ConnectionOptions & { readonly servername?: string };

/** Requests without a pause from a few workers: GET and 16 kB POST, on kept and on fresh connections. */
export class Load {
  readonly failures: string[] = [];
  /** Answers by version. */
  readonly answers: Record<string, number> = {};
  /** The longest that a good answer took. */
  slowestMs = 0;
  readonly #pauseMs: number;
  readonly #tls: SecureOptions;
  #isOn = true;
  readonly #workers: Promise<void>[];

  /**
   * @param pauseMs of each worker between two requests
   * @param tls whom to trust where the address is an https one
   */
  constructor(url: string, workers = 8, pauseMs = 2, tls: SecureOptions = {}) {
    this.#pauseMs = pauseMs;
    this.#tls = tls;
    this.#workers = Array.from({ length: workers }, (_, index) => this.#work(url, index));
  }

  get total(): number {
    return Object.values(this.answers).reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#workers);
  }

  async #work(url: string, index: number): Promise<void> {
    const kind = { keepAlive: index % 2 === 0, maxSockets: 1 };
    const agent = url.startsWith("https:") ? new SecureAgent({ ...this.#tls, ...kind }) : new Agent(kind);
    const body = index % 4 < 2 ? null : "x".repeat(16 * 1024);
    while (this.#isOn) {
      try {
        const began = performance.now();
        const version = await send(`${url}/work`, agent, body);
        this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
        this.answers[version] = (this.answers[version] ?? 0) + 1;
      } catch (error) {
        this.failures.push(`${body === null ? "GET" : "POST"} ${String(error)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs));
    }
    agent.destroy();
  }
}

/** @returns the version that answered @throws for anything but a whole answer 200 */
function send(url: string, agent: Agent, body: string | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = (url.startsWith("https:") ? secureRequest : request)(
      url,
      { agent, method: body === null ? "GET" : "POST" },
      (response) => {
        let length = 0;
        response.on("data", (part: Buffer) => (length += part.length));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 200 && length === 200) resolve(String(response.headers["x-slipway-version"]));
          else reject(new Error(`status ${String(response.statusCode)}, ${length} bytes`));
        });
      },
    );
    call.on("error", reject);
    call.setTimeout(10_000, () => call.destroy(new Error("no answer within 10 s")));
    call.end(body ?? undefined);
  });
}
