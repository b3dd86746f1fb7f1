import type { Fault, Replica } from "./replica.ts";

/** One way in which a release turns bad. */
export interface FaultKind {
  readonly name: string;
  /** Longest time from its beginning to weight 0 at 50 requests/s or more, in ms. */
  readonly allowedMs: number;
  /** How long it waits after the share was reached, in ms. @default it comes at once */
  readonly onsetMs?: number;
  readonly spoil: (replica: Replica) => unknown;
}

const [errorsMs, slowMs] = [3_000, 8_000];
const always = (fault: Fault) => (replica: Replica) => (replica.fault = () => fault);

/** Every n-th request, from the first one on that comes after n - 1 good ones. */
export const every = (n: number, fault: Fault) => (replica: Replica) => {
  let count = 0;
  replica.fault = () => (++count % n === 0 ? fault : null);
};

export const faultKinds: readonly FaultKind[] = [
  { name: "killed", allowedMs: 1_000, spoil: (replica) => replica.stop() },
  { name: "only errors", allowedMs: errorsMs, spoil: always(500) },
  { name: "a quarter errors", allowedMs: errorsMs, spoil: every(4, 503) },
  {
    name: "only POST fails",
    allowedMs: errorsMs,
    spoil: (replica) => (replica.fault = (method) => (method === "POST" ? 500 : null)),
  },
  { name: "connections reset", allowedMs: errorsMs, spoil: always("reset") },
  { name: "answers cut short", allowedMs: errorsMs, spoil: always("truncated") },
  { name: "unhealthy, answers well", allowedMs: errorsMs, spoil: (replica) => (replica.isHealthy = false) },
  { name: "errors, late", allowedMs: errorsMs, onsetMs: 8_000, spoil: always(500) },
  { name: "answers after 5.2 s", allowedMs: slowMs, spoil: (replica) => (replica.delayMs = 5_200) },
  { name: "no answer at all", allowedMs: slowMs, spoil: always("hang") },
];
