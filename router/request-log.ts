import { connect, type Socket } from "node:net";
import type { ControllerConfig } from "./controller-config.ts";

/** One request as the proxy logged it when it was over. */
export interface Answer {
  /** Such as `green-1`, its spare's name included. */
  readonly server: string;
  /** Time from the whole request to the answer's head; without an answer, until somebody gave up. Null where the client was still sending. */
  readonly ms: number | null;
  /** From the whole request to the end of its answer. */
  readonly allMs: number;
  /** 5xx, the proxy's own included. */
  readonly isError: boolean;
  /** Address of who asked. */
  readonly client: string;
}

/** Name of the ring in the proxy's configuration. */
export const ring = "requests";
/**
 * A line of the log. What a client may make long comes last, as the ring cuts lines, and what can't be read bounds nobody; the path is without its query, which may hold secrets. `network`
 * is whose weight in a verdict is bounded, `upload` is 1 where the client was still sending when the clock started, and `id` is the
 * number that the process gave the request.
 */
export const logFormat =
  '{"status":%ST,"server":"%s","headMs":%Tr,"ms":%Ta,"end":"%tsc","network":"%[var(txn.client)]","upload":"%[var(txn.upload)]","id":%rt,' +
  '"time":"%[date,utime("%Y-%m-%dT%H:%M:%SZ")]","address":"%ci","bytes":%B,"method":"%HM","path":"%[var(txn.path),json(utf8s)]","agent":"%[var(txn.agent),json(utf8s)]"}';

/** What of a request is gone by the time of its log. */
export const logRules: readonly string[] = [
  "http-request set-var(txn.path) path,bytes(0,1024)",
  "http-request set-var(txn.agent) req.fhdr(user-agent),bytes(0,256)",
];

/** Where the log goes beside the ring: everything is kept where that is wanted, else what goes wrong. */
export const accessLogger = ({ accessLog }: Pick<ControllerConfig, "accessLog">): string =>
  accessLog ? "  no log\n  log stdout len 16384 format raw daemon info\n" : "";

const againAfterMs = 100;

/**
 * Follows the proxy's log of requests through its admin socket: each one counts, where counters only keep averages. What was logged
 * while there is no connection is not made up for.
 */
export class RequestLog {
  readonly #path: () => string;
  readonly #onAnswer: (answer: Answer) => void;
  #socket: Socket | null = null;
  #isOn = true;
  #pid = "";

  /** @param path the admin socket at this moment */
  constructor(path: () => string, onAnswer: (answer: Answer) => void) {
    this.#path = path;
    this.#onAnswer = onAnswer;
    this.#connect();
  }

  /** After a reload another process has the log. */
  follow(pid: string): void {
    if (this.#pid !== "" && pid !== this.#pid) this.#socket?.destroy();
    this.#pid = pid;
  }

  stop(): void {
    this.#isOn = false;
    this.#socket?.destroy();
  }

  #connect(): void {
    let rest = "";
    const socket = connect(this.#path());
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`show events ${ring} -w -n\n`));
    socket.on("data", (part: string) => {
      const lines = (rest + part).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const answer = parseLine(line);
        if (answer) this.#onAnswer(answer);
      }
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (!this.#isOn) return;
      setTimeout(() => {
        if (this.#isOn) this.#connect();
      }, againAfterMs).unref();
    });
  }
}

/** @returns null for what is not a request that reached a server */
export function parseLine(line: string): Answer | null {
  const [, status, server, head, all, client = "", upload] =
    /^\{"status":(\d+),"server":"([a-z][\w-]*)","headMs":(-?\d+),"ms":\+?(\d+),"end":"[^"]*","network":"([^"]*)","upload":"([^"]*)"/.exec(
      line,
    ) ?? [];
  if (server === undefined) return null;
  const ms = Number(head) >= 0 ? Number(head) : Number(all);
  return { server, ms: upload === "-" ? ms : null, allMs: Number(all), isError: Number(status) >= 500, client };
}
