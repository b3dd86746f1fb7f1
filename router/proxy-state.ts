import { backend, frontend, sparePrefix } from "./traffic.ts";

/** Totals since the proxy started; a server's life in the proxy outlasts the releases behind it. */
export interface ServerCounters {
  /** Answers with a status line. */
  readonly answers: number;
  readonly answers5xx: number;
  /** Requests for which no connection could be made, after all retries. */
  readonly connectErrors: number;
  /** Requests with a broken or missing answer, after all retries. */
  readonly answerErrors: number;
  /** Attempts that failed here and were sent to another server instead. */
  readonly redispatched: number;
  /** Average time to the answer's head over the last 512 requests at most. */
  readonly averageMs: number;
}

/** One server as the proxy sees it now. */
export interface ServerState {
  readonly name: string;
  /** Where it sends requests, its spare too; empty if the proxy does not tell. */
  readonly address: string;
  readonly status: "up" | "down" | "maintenance";
  /** The last health check since it left maintenance answered well; before that, `up` is only an assumption. */
  readonly checked: boolean;
  /** HAProxy's code of the last check, such as `L7OK` or `L4CON`. */
  readonly check: string;
  readonly weight: number;
  /** Requests and streams that it is working on, its spare's included. */
  readonly openSessions: number;
  /** Answers it gave as the back-up of a slot that was down. */
  readonly spareAnswers: number;
  readonly counters: ServerCounters;
}

export interface ProxyState {
  /** Fingerprint of the configuration that the running proxy was started with. */
  readonly tag: string;
  /** Of the process that takes new connections; another one after a reload. */
  readonly pid: string;
  /** What it was told by its map; empty if its configuration is too old for that. */
  readonly map: ReadonlyMap<string, string>;
  readonly servers: ReadonlyMap<string, ServerState>;
  /** It takes new connections. @default true, where it does not tell */
  readonly isOpen: boolean;
}

/** Reads the answers to `show info` and `show stat` (CSV). */
export function parseState(text: string): ProxyState {
  const tag = /^description: slipway-(\w*)$/m.exec(text)?.[1] ?? "";
  const pid = /^Pid: (\d+)$/m.exec(text)?.[1] ?? "";
  const lines = text.slice(text.indexOf("# pxname")).split("\n");
  const columns = (lines.shift() ?? "").replace(/^# /, "").split(",");
  const servers = new Map<string, ServerState>();
  for (const line of lines) {
    const cells = cellsOf(line);
    const cell = (column: string): string => cells[columns.indexOf(column)] ?? "";
    const count = (column: string): number => Number(cell(column) || 0);
    if (cell("pxname") !== backend) continue;
    const status = cell("status");
    // HAProxy puts an asterisk before the last result while the next check is on its way.
    const check = cell("check_status").replace(/^\* /, "");
    servers.set(cell("svname"), {
      name: cell("svname"),
      address: cell("addr"),
      status: status.startsWith("MAINT") ? "maintenance" : status.startsWith("DOWN") ? "down" : "up",
      checked: check === "L7OK",
      check,
      weight: count("weight"),
      openSessions: count("scur"),
      spareAnswers: 0,
      counters: {
        answers: count("req_tot"),
        answers5xx: count("hrsp_5xx"),
        connectErrors: count("econ"),
        answerErrors: count("eresp"),
        redispatched: count("wredis"),
        averageMs: count("rtime"),
      },
    });
  }
  for (const [name, spare] of servers) {
    if (!name.startsWith(sparePrefix)) continue;
    servers.delete(name);
    const server = servers.get(name.slice(sparePrefix.length));
    if (server) servers.set(server.name, withSpare(server, spare));
  }
  const map = new Map(
    [...text.matchAll(/^0x[0-9a-f]+ (\S+) (\S+)$/gm)].map(([, key = "", value = ""]) => [key, value]),
  );
  const isOpen = lines.find((line) => line.startsWith(`${frontend},`))?.includes(",OPEN,") ?? true;
  return { tag, pid, map, servers, isOpen };
}

/** Of a line of CSV: what a failed check said may hold a comma, and is in quotes then. */
const cellsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

/** What the spare did, its server did. */
function withSpare(server: ServerState, spare: ServerState): ServerState {
  const [own, other] = [server.counters, spare.counters];
  return {
    ...server,
    address: [...new Set([server.address, spare.address])].join(" and "),
    openSessions: server.openSessions + spare.openSessions,
    spareAnswers: other.answers,
    counters: {
      ...own,
      answers: own.answers + other.answers,
      answers5xx: own.answers5xx + other.answers5xx,
      connectErrors: own.connectErrors + other.connectErrors,
      answerErrors: own.answerErrors + other.answerErrors,
      redispatched: own.redispatched + other.redispatched,
    },
  };
}
