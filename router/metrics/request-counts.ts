import { Field } from "../field.ts";
import { slots } from "../ledger.ts";
import { slotOf } from "../traffic.ts";
import type { Distribution, Family } from "./exposition.ts";

/** Who answered: `none` is the proxy alone, which refused, redirected, or found nobody to send a request to. */
export const answerers = [...slots, "none"] as const;
export type Answerer = (typeof answerers)[number];

/** Upper bounds in seconds of the histogram: the goal of 0.2 s is one of them. */
export const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.5, 2.5, 5.5, 10.5] as const;

/** What one answerer did since the counting began. */
export interface Counts extends Required<Omit<Distribution, "labels">> {
  readonly requests: number;
  readonly errors: number;
}

/** A process of the proxy, and how far its log was read. */
export interface Read {
  /** Number of the last line that was counted, -1 before any. */
  readonly id: number;
  /** Lines of its log that were counted. */
  readonly lines: number;
  /** Requests that the proxy counted and that were not found in its log. */
  readonly missed: number;
  /** It was there before anybody counted, and nobody knows yet how many requests it had then. @default that is known */
  readonly before?: true;
}

/** What is kept on disk: totals, and up to where they were counted. So a line counts once, whoever was killed. */
export interface Counted {
  readonly totals: Readonly<Record<Answerer, Counts>>;
  /** By process, the oldest first. */
  readonly read: Readonly<Record<string, Read>>;
  /** Of processes that are gone. */
  readonly missed: number;
}

/** One line of the proxy's log. */
export interface LoggedRequest {
  /** Number that the process gave it; each has its own. */
  readonly id: number;
  readonly answerer: Answerer;
  /** 5xx, the proxy's own included, but for those of a service that is closed for maintenance. */
  readonly isError: boolean;
  /** Time to the answer's head; null where it says nothing of the answerer: the client was still sending, or there was none. */
  readonly ms: number | null;
}

const zero: Counts = { requests: 0, errors: 0, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 };
export const nothingRead: Read = { id: -1, lines: 0, missed: 0 };
export const nothingCounted: Counted = { totals: { blue: zero, green: zero, none: zero }, read: {}, missed: 0 };

/** How the log says that a rule of the proxy answered: with 503 while a person keeps the service closed, which is no failure. */
const byRule = "LR";

/** @returns null for what is no line of the log, or one of a proxy that an older controller has configured */
export function parseLogged(line: string): LoggedRequest | null {
  const [, status, server = "", head, all, end = "", upload, id] =
    /^\{"status":(-?\d+),"server":"([^"]*)","headMs":(-?\d+),"ms":\+?(-?\d+),"end":"([^"]*)","network":"[^"]*","upload":"([^"]*)","id":(\d+),/.exec(
      line,
    ) ?? [];
  if (id === undefined) return null;
  const answerer = slotOf(server) ?? "none";
  const ms = Number(head) >= 0 ? Number(head) : Number(all);
  return {
    id: Number(id),
    answerer,
    isError: Number(status) >= 500 && !(answerer === "none" && end.startsWith(byRule)),
    ms: upload === "-" && answerer !== "none" ? Math.max(0, ms) : null,
  };
}

/** The totals with one more request. */
export function withRequest(counted: Counted, process: string, { id, answerer, isError, ms }: LoggedRequest): Counted {
  const before = counted.totals[answerer];
  const bucket = ms === null ? -1 : bucketOf(ms / 1000);
  const totals = {
    requests: before.requests + 1,
    errors: before.errors + (isError ? 1 : 0),
    counts: bucket < 0 ? before.counts : before.counts.map((count, index) => (index === bucket ? count + 1 : count)),
    // Whole milliseconds, so that thousands of sums do not add up their rounding.
    sum: ms === null ? before.sum : Math.round(before.sum * 1000 + ms) / 1000,
  };
  const read = counted.read[process] ?? nothingRead;
  return {
    ...counted,
    totals: { ...counted.totals, [answerer]: totals },
    read: { ...counted.read, [process]: { ...read, id, lines: read.lines + 1 } },
  };
}

const bucketOf = (seconds: number): number => {
  const index = bounds.findIndex((bound) => seconds <= bound);
  return index < 0 ? bounds.length : index;
};

/** Says that a process was found to have more requests than its log has lines. */
export const withMissed = (counted: Counted, process: string, missed: number): Counted => {
  const read = counted.read[process] ?? nothingRead;
  return missed <= read.missed ? counted : { ...counted, read: { ...counted.read, [process]: { ...read, missed } } };
};

/** Says that a process was there before anybody counted. */
export const withBefore = (counted: Counted, process: string): Counted => ({
  ...counted,
  read: { ...counted.read, [process]: { ...(counted.read[process] ?? nothingRead), before: true } },
});

/** Says that a process had so many requests before anybody counted. */
export const withLines = (counted: Counted, process: string, had: number): Counted => {
  const { id, lines, missed } = counted.read[process] ?? nothingRead;
  return { ...counted, read: { ...counted.read, [process]: { id, lines: lines + Math.max(0, had), missed } } };
};

/** Far more than are ever alive: of a container that is gone nobody says that its process is. */
const mostProcesses = 20;

/** Forgets how far the logs of processes that are gone were read. */
export function withoutProcesses(counted: Counted, isGone: (process: string) => boolean): Counted {
  const all = Object.entries(counted.read);
  const kept = all.filter(([process]) => !isGone(process)).slice(-mostProcesses);
  const gone = all.filter((each) => !kept.includes(each));
  if (gone.length === 0) return counted;
  return {
    ...counted,
    read: Object.fromEntries(kept),
    missed: gone.reduce((sum, [, { missed }]) => sum + missed, counted.missed),
  };
}

/** Requests that are in no log, of all processes. */
export const missedOf = ({ read, missed }: Counted): number =>
  Object.values(read).reduce((sum, each) => sum + each.missed, missed);

/** @throws InvalidInput */
export function parseCounted(text: string, name: string): Counted {
  const root = Field.parse(name, text);
  root.get("schema").integer(1, 1);
  const count = (field: Field) => field.integer(0, Number.MAX_SAFE_INTEGER);
  const counts = (slot: Answerer): Counts => {
    const field = root.get("totals").get(slot);
    const buckets = field.get("counts").list(count);
    // Other bounds than today's: a histogram that starts anew is one that Prometheus knows how to read.
    const isSame = buckets.length === zero.counts.length;
    return {
      requests: count(field.get("requests")),
      errors: count(field.get("errors")),
      counts: isSame ? buckets : zero.counts,
      sum: isSame ? field.get("sum").number(0, Number.MAX_SAFE_INTEGER) : 0,
    };
  };
  const read = root.get("read").list(
    (field) =>
      [
        field.get("process").text(),
        {
          id: field.get("id").integer(-1, Number.MAX_SAFE_INTEGER),
          lines: count(field.get("lines")),
          missed: count(field.get("missed")),
          ...(field.get("before").value === true ? { before: true as const } : {}),
        },
      ] as const,
  );
  return {
    totals: { blue: counts("blue"), green: counts("green"), none: counts("none") },
    read: Object.fromEntries(read),
    missed: count(root.get("missed")),
  };
}

export const countedText = ({ totals, read, missed }: Counted): string =>
  `${JSON.stringify({ schema: 1, totals, missed, read: Object.entries(read).map(([process, each]) => ({ process, ...each })) })}\n`;

/**
 * What is said of requests.
 *
 * @param reading processes whose log is read now
 */
export function requestFamilies(counted: Counted, reading: number): Family[] {
  const samples = (value: (counts: Counts) => number) =>
    answerers.map((slot) => ({ labels: { slot }, value: value(counted.totals[slot]) }));
  return [
    {
      name: "slipway_requests_total",
      type: "counter",
      help: "Requests that are over, by the slot that answered; none is the proxy alone.",
      samples: samples(({ requests }) => requests),
    },
    {
      name: "slipway_request_errors_total",
      type: "counter",
      help: "Requests that were answered with 5xx, the proxy's own answers included.",
      samples: samples(({ errors }) => errors),
    },
    {
      name: "slipway_request_duration_seconds",
      type: "histogram",
      help: "Time from the whole request to the head of the slot's answer, without requests that came in pieces.",
      bounds,
      samples: slots.map((slot) => ({ labels: { slot }, ...counted.totals[slot] })),
    },
    {
      name: "slipway_request_log_reading",
      type: "gauge",
      help: "Processes of the proxy whose log is read now: the one that serves, and old ones that end what they have.",
      samples: [{ value: reading }],
    },
    {
      name: "slipway_request_log_missed_total",
      type: "counter",
      help: "Requests that the proxy counted and its log had no more when it was read: they are in no other series.",
      samples: [{ value: missedOf(counted) }],
    },
  ];
}
