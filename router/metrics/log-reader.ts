import { connect, type Socket } from "node:net";
import { ring } from "../request-log.ts";
import { parseLogged, type LoggedRequest } from "./request-counts.ts";

const commands = [`show events ${ring}`, "show info", `show events ${ring} -w`];
/** A log that is never found at the place where reading ended is read whole after so many lines: more than the ring holds. */
const mostHeldBack = 20_000;

/** The process that a socket leads to, out of `show info`; null if it does not tell. A container that starts again gives out its numbers again. */
export function processOf(place: number, info: string): string | null {
  const value = (name: string) => new RegExp(`^${name}: (\\d+)$`, "m").exec(info)?.[1];
  const [pid, started] = [value("Pid"), value("Start_time_sec")];
  return pid === undefined || started === undefined ? null : `${place}/${pid}/${started}`;
}

/** When a process started, in seconds since 1970. @param process of {@link processOf} */
export const startOf = (process: string): number => Number(process.split("/")[2]);

export interface LogReaderOptions {
  readonly place: number;
  readonly socket: string;
  /** Comes before each command: `@!<pid> ` on a master's socket. */
  readonly prefix: string;
  /** Is told whose log it is, before any request. @returns the last request of it that was counted, -1 for none; null: it is read already */
  readonly onProcess: (process: string) => number | null;
  readonly onRequest: (process: string, request: LoggedRequest) => void;
}

/**
 * Reads the log of one process of the proxy, from the last request that was counted on, to that process's end: a reload or an upgrade
 * leaves it with requests that it still answers.
 *
 * The log is asked for twice. The first answer only says what its last line is, so that in the second one it is certain where a log
 * that has lost the last counted request begins anew.
 */
export class LogReader {
  readonly place: number;
  readonly #socket: Socket;
  readonly #options: LogReaderOptions;
  #process: string | null = null;
  #isOver = false;
  #info = "";
  #anchor = -1;
  /** Lines that may have been counted already; null once that is decided. */
  #held: LoggedRequest[] | null = [];
  #last = -1;
  #told = 0;

  constructor(options: LogReaderOptions) {
    this.#options = options;
    this.place = options.place;
    const { socket: path, prefix } = options;
    const socket = connect(path);
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${commands.map((each) => prefix + each).join(";")}\n`));
    let rest = "";
    socket.on("data", (part: string) => {
      const lines = (rest + part).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (!this.#isOver) this.#take(line);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isOver = true;
    });
  }

  /** Null until it has told. */
  get process(): string | null {
    return this.#process;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Requests that it has told. */
  get told(): number {
    return this.#told;
  }

  stop(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #take(line: string): void {
    if (!line.startsWith("{")) {
      if (this.#process === null) this.#tell(line);
      return;
    }
    const request = parseLogged(line);
    if (request === null) return;
    if (this.#process === null) this.#anchor = request.id;
    else this.#count(request);
  }

  /** What it is asked between the two answers says whose log it is. */
  #tell(line: string): void {
    this.#info += `${line}\n`;
    this.#process = processOf(this.#options.place, this.#info);
    if (this.#process === null) return;
    const last = this.#options.onProcess(this.#process);
    if (last === null) this.stop();
    this.#last = last ?? -1;
    if (this.#last < 0 || this.#anchor < 0) this.#held = null;
  }

  #count(request: LoggedRequest): void {
    const process = this.#process ?? "";
    this.#told++;
    if (this.#held === null) {
      this.#options.onRequest(process, request);
      return;
    }
    this.#held.push(request);
    if (request.id === this.#last) this.#held = null;
    else if (request.id === this.#anchor || this.#held.length > mostHeldBack) {
      for (const held of this.#held) this.#options.onRequest(process, held);
      this.#held = null;
    }
  }
}
