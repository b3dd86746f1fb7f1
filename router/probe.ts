import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { bodyText, maxAnswerBytes } from "./body-text.ts";
import { bodyProblem, leavesStatus } from "./health-body.ts";
import type { HealthQuestion } from "./health-request.ts";

/** What one GET of the health path came to. */
export type Probe =
  | { readonly healthy: true; readonly ms: number }
  | {
      readonly healthy: false;
      readonly ms: number;
      readonly problem: string;
      /** Waiting can't help, the wrong version answers. */
      readonly final: boolean;
      /** There was no answer in time. @default there was one, or nobody listened */
      readonly isLate?: boolean;
    };

export interface ProbeTarget {
  /** Such as `green-1`. */
  readonly name: string;
  /** `host:port` */
  readonly address: string;
  /** What is asked there. */
  readonly question: HealthQuestion;
}

export interface ProbeRules {
  readonly timeoutMs: number;
  /** The version that must answer, if the answer names one. */
  readonly version: string;
}

/** Asks one replica for its health on a fresh connection, so that a dead listener can't hide. Never throws. */
export function probe({ address, question }: ProbeTarget, { timeoutMs, version }: ProbeRules): Promise<Probe> {
  const began = performance.now();
  return new Promise((resolve) => {
    const end = (problem: string | null, final = false, isLate = false) => {
      clearTimeout(limit);
      const ms = Math.round(performance.now() - began);
      resolve(problem === null ? { healthy: true, ms } : { healthy: false, ms, problem, final, isLate });
      call.destroy();
    };
    const call = request(`http://${address}${question.path}`, { agent: false, headers: question.headers });
    const limit = setTimeout(() => {
      end(`no answer within ${timeoutMs} ms`, false, true);
    }, timeoutMs);
    call.on("error", (error: NodeJS.ErrnoException) => {
      end(`${error.code ?? error.message} from ${address}`);
    });
    call.on("response", (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        if (bytes < maxAnswerBytes) parts.push(part);
        bytes += part.length;
      });
      response.on("end", () => {
        const body = bodyText(parts, response.headers["content-encoding"]);
        const { problem, final } = problemWith({ status: response.statusCode ?? 0, body }, { ...question, version });
        end(problem, final);
      });
      response.on("error", () => {
        end(`a broken answer from ${address}`);
      });
    });
    call.end();
  });
}

/** What frameworks say when all is well (ours, Spring's `UP`, draft-inadarei-api-health-check's `pass` and `warn`, others' `ok`), in lower case. */
const wellWords: readonly unknown[] = ["healthy", "ok", "up", "pass", "warn", true, 200];
const lower = (value: unknown) => (typeof value === "string" ? value.toLowerCase() : value);
/** v1.2.3 and 1.2.3 are one version. */
const plainVersion = (name: string) => name.replace(/^v(?=\d)/, "");

/** What is wrong with an answer of the health path. @param wanted.version the one that must answer, if the answer names one */
export function problemWith(
  { status, body }: { readonly status: number; readonly body: string },
  { version, statuses, body: wanted }: { readonly version: string } & Pick<HealthQuestion, "statuses" | "body">,
): { problem: string | null; final: boolean } {
  const answer = jsonObject(body);
  if (typeof answer.version === "string" && plainVersion(answer.version) !== plainVersion(version)) {
    return { problem: `version ${answer.version.slice(0, 64)} answers; allowed ${version}`, final: true };
  }
  if (!statuses.includes(status)) {
    // What is no error may be all right there.
    const meant = status < 400 ? `; allowed ${statuses.join(", ")} (slipway:health.statuses)` : "";
    return { problem: `status ${status}${meant}`, final: false };
  }
  const missing = wanted === undefined ? null : bodyProblem(body, wanted);
  if (missing !== null) return { problem: missing, final: false };
  if (leavesStatus(wanted) && answer.status !== undefined && !wellWords.includes(lower(answer.status))) {
    const said = JSON.stringify(answer.status).slice(0, 64);
    return { problem: `it says ${said}; allowed healthy, ok, up, pass or warn`, final: false };
  }
  return { problem: null, final: false };
}

function jsonObject(text: string): { status?: unknown; version?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** What the probes of one replica came to so far. */
export interface ProbeTally {
  readonly name: string;
  readonly total: number;
  readonly failed: number;
  /** Failures since the last good one. */
  readonly failedInARow: number;
  readonly last: Probe | null;
}

/** Probes replicas side by side until it is stopped, each `intervalMs` after its last answer. */
export class Prober {
  readonly #rules: ProbeRules;
  readonly #intervalMs: number;
  readonly #tallies = new Map<string, ProbeTally>();
  readonly #stop = new AbortController();

  constructor(rules: ProbeRules, intervalMs: number) {
    this.#rules = rules;
    this.#intervalMs = intervalMs;
  }

  /** From now on these too. */
  add(targets: readonly ProbeTarget[]): void {
    for (const target of targets.filter(({ name }) => !this.#tallies.has(name))) {
      this.#tallies.set(target.name, { name: target.name, total: 0, failed: 0, failedInARow: 0, last: null });
      void this.#run(target);
    }
  }

  get tallies(): ProbeTally[] {
    return [...this.#tallies.values()];
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(target: ProbeTarget): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const last = await probe(target, this.#rules);
      const before = this.#tallies.get(target.name);
      this.#tallies.set(target.name, {
        name: target.name,
        total: (before?.total ?? 0) + 1,
        failed: (before?.failed ?? 0) + (last.healthy ? 0 : 1),
        failedInARow: last.healthy ? 0 : (before?.failedInARow ?? 0) + 1,
        last,
      });
      await sleep(this.#intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
