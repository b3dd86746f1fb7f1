import { connect, type Socket } from "node:net";

/** One request as the proxy logged it when it was over. */
export interface Answer {
  /** Such as `green-1`, its spare's name included. */
  readonly server: string;
  /** Time from the whole request to the answer's head; without an answer, until somebody gave up. Null where the client was still sending. */
  readonly ms: number | null;
  /** 5xx, the proxy's own included. */
  readonly isError: boolean;
  /** Address of who asked. */
  readonly client: string;
}

/** Name of the ring in the proxy's configuration. */
export const ring = "requests";
/** The first words of a line; the path, which may be long, comes last and may be cut. */
export const logFormat = "%ST %s %Tr/%Ta ms %tsc %HM %[var(txn.client)] %[var(txn.upload)] %HPO";

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
    /^(\d+) ([a-z][\w-]*) (-?\d+)\/\+?(\d+) ms \S+ \S+ (\S+) (\S+) /.exec(line) ?? [];
  if (server === undefined) return null;
  const ms = Number(head) >= 0 ? Number(head) : Number(all);
  return { server, ms: upload === "-" ? ms : null, isError: Number(status) >= 500, client };
}
