import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

/** A request that did not get a whole 2xx answer. Times in ms since the epoch. */
export interface Failure {
  readonly method: "GET" | "POST";
  readonly begun: number;
  readonly ended: number;
  /** Such as `ECONNREFUSED` or `status 502`. */
  readonly problem: string;
}

/** Something was killed; `back` is when it worked again. */
export interface Outage {
  readonly target: string;
  readonly at: number;
  /** See `Kill`. */
  readonly wasAlone: boolean;
  back: number;
}

const body = randomBytes(8 * 1024).toString("hex");
const timeoutMs = 30_000;
/** Pause of each worker between two requests. */
const thinkMs = 40;
/** How long after an instant its consequences may show in an answer. */
const echoMs = 1_000;

/** A light load of GET and 16 kB POST, on kept and on fresh connections, a quarter each, until it is stopped. */
export class Traffic {
  requests = 0;
  readonly failures: Failure[] = [];
  readonly #url: string;
  readonly #kept = new Agent({ keepAlive: true });
  readonly #fresh = new Agent({ keepAlive: false });
  readonly #workers: Promise<unknown>;
  #isOn = true;

  constructor(url: string, workers: number) {
    this.#url = url;
    this.#workers = Promise.all(Array.from({ length: workers }, (_, index) => this.#work(index)));
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#workers;
    this.#kept.destroy();
  }

  async #work(offset: number): Promise<void> {
    for (let turn = offset; this.#isOn; turn++) {
      const method = turn % 2 === 0 ? "POST" : "GET";
      const begun = Date.now();
      this.requests++;
      const problem = await this.#send(method, turn % 4 < 2 ? this.#kept : this.#fresh);
      if (problem !== null) this.failures.push({ method, begun, ended: Date.now(), problem });
      await pause(thinkMs);
    }
  }

  #send(method: Failure["method"], agent: Agent): Promise<string | null> {
    return new Promise((resolve) => {
      const headers = { "content-type": "application/octet-stream", "content-length": body.length };
      const call = request(
        new URL(method === "POST" ? "/api/v1/echo" : "/", this.#url),
        { agent, method, timeout: timeoutMs, ...(method === "POST" ? { headers } : {}) },
        (answer) => {
          answer.resume();
          answer.on("error", () => {
            resolve("broken answer");
          });
          answer.on("end", () => {
            const { statusCode = 0 } = answer;
            if (statusCode < 200 || statusCode > 299) resolve(`status ${statusCode}`);
            else resolve(answer.complete ? null : "short answer");
          });
        },
      );
      call.on("timeout", () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      call.on("error", (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      });
      call.end(method === "POST" ? body : undefined);
    });
  }
}

/**
 * Why a failure can't be held against anybody, or null.
 *
 * With the proxy or its machine gone nobody can answer until it is back. A request that a replica may have begun to work on when it was killed is
 * lost, unless it is safe to repeat.
 */
export function excuseOf(
  { method, begun, ended }: Failure,
  outages: readonly Outage[],
  liveRestore: boolean,
): string | null {
  const over = outages.filter(({ at, back }) => begun <= back + echoMs && ended >= at);
  if (over.some(({ target }) => target === "host")) return "the machine had no power";
  if (!liveRestore && over.some(({ target }) => target === "dockerd")) return "Docker took its containers along";
  if (over.some(({ target }) => target === "proxy")) return "the proxy was gone";
  if (over.some(({ target, wasAlone }) => target === "slot" && wasAlone)) return "no slot was left";
  if (method === "POST" && over.some(({ target, at }) => target === "slot" && begun <= at + echoMs)) {
    return "POST on its way to a killed replica";
  }
  return null;
}
