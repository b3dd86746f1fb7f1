import { randomBytes } from "node:crypto";
import { Agent, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { ConnectionOptions } from "node:tls";

/** What a load run saw. Any answer but a complete 2xx counts as failed. */
export interface LoadReport {
  readonly requests: number;
  readonly failed: number;
  /** The first failures, to look at. */
  readonly failures: readonly string[];
  /** Answers per version of the service. */
  readonly versions: Readonly<Record<string, number>>;
}

const body = randomBytes(8 * 1024).toString("hex");
const timeoutMs = 30_000;

/**
 * Sends requests in a closed loop until stopped: GET and 16 kB POST, on kept and on fresh connections, a quarter each.
 *
 * @param url address of the sample service
 * @param workers how many requests are under way at once
 * @param tls where and whom to trust, if the address is an https one
 */
export function startLoad(
  url: string,
  workers: number,
  tls: ConnectionOptions & { readonly servername?: string } = {},
): { stop: () => Promise<LoadReport>; requests: () => number } {
  const agent = (keepAlive: boolean) =>
    url.startsWith("https:")
      ? new SecureAgent({ ...tls, keepAlive, maxSockets: workers })
      : new Agent({ keepAlive, maxSockets: workers });
  const [kept, fresh] = [agent(true), agent(false)];
  const versions: Record<string, number> = {};
  const failures: string[] = [];
  let [requests, failed, running] = [0, 0, true];

  const worker = async (offset: number) => {
    for (let turn = offset; running; turn++) {
      const post = turn % 2 === 0;
      requests++;
      try {
        const version = await send(url, post, turn % 4 < 2 ? kept : fresh);
        versions[version] = (versions[version] ?? 0) + 1;
      } catch (error) {
        failed++;
        if (failures.length < 10)
          failures.push(`${post ? "POST" : "GET"} ${new Date().toISOString()} ${String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const all = Promise.all(Array.from({ length: workers }, (_, index) => worker(index)));
  return {
    requests: () => requests,
    stop: async () => {
      running = false;
      await all;
      kept.destroy();
      return { requests, failed, failures, versions };
    },
  };
}

/** One request; gives the version that answered. */
function send(url: string, post: boolean, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = (url.startsWith("https:") ? secureRequest : request)(
      new URL(post ? "/api/v1/echo" : "/", url),
      {
        agent,
        timeout: timeoutMs,
        ...(post
          ? { method: "POST", headers: { "content-type": "application/octet-stream", "content-length": body.length } }
          : {}),
      },
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
    call.end(post ? body : undefined);
  });
}
