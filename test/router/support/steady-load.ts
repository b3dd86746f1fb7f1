import { Agent, request } from "node:http";

/** Requests at a constant rate, whatever the answers do: GET and 16 kB POST, on kept and on fresh connections, a quarter each. */
export class SteadyLoad {
  requests = 0;
  /** Requests without a whole answer 200, by what came instead. */
  readonly failures: Record<string, number> = {};
  readonly #url: string;
  readonly #agents = [new Agent({ keepAlive: true }), new Agent({ keepAlive: false })];
  readonly #timer: NodeJS.Timeout;
  readonly #body = Buffer.alloc(16 * 1024, "x");

  /** @param rate requests per second */
  constructor(url: string, rate: number) {
    this.#url = `${url}/work`;
    const began = performance.now();
    this.#timer = setInterval(() => {
      for (const due = ((performance.now() - began) * rate) / 1000; this.requests < due;) this.#send(this.requests++);
    }, 5);
  }

  get failed(): number {
    return Object.values(this.failures).reduce((sum, count) => sum + count, 0);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const agent of this.#agents) agent.destroy();
  }

  #send(index: number): void {
    const agent = this.#agents[index % 2];
    const isPost = index % 4 >= 2;
    let problem = "no whole answer";
    const call = request(this.#url, { method: isPost ? "POST" : "GET", timeout: 15_000, ...(agent ? { agent } : {}) });
    call.on("response", (answer) => {
      answer.resume().on("error", () => undefined);
      answer.on("end", () => {
        if (answer.complete) problem = answer.statusCode === 200 ? "" : `status ${String(answer.statusCode)}`;
      });
    });
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", (error) => (problem = error.message));
    call.on("close", () => {
      if (problem !== "") this.failures[problem] = (this.failures[problem] ?? 0) + 1;
    });
    call.end(isPost ? this.#body : undefined);
  }
}
