import { runJob, type JobResult, type Machine, type Outcome } from "./job.ts";
import { combinationsOf, type Combination } from "./matrix.ts";
import {
  evaluator,
  fieldOf,
  isTrue,
  textOf,
  type Contexts,
  type Evaluate,
  type ParsedJob,
  type ParsedWorkflow,
  type Value,
} from "./parser.ts";

/** One job, or one combination of its matrix, that ended. */
export interface Ended extends JobResult {
  readonly id: string;
  readonly name: string;
  /** What it took from its first step to its last, services included; 0 for one that was skipped. */
  readonly seconds: number;
}

/** What a job asks GitHub for before its first step. */
export interface JobRequest {
  readonly id: string;
  /** What people see, and the name of its check. */
  readonly name: string;
  readonly environment?: string;
  /** Group of its `concurrency`. */
  readonly lane?: string;
  /** Of its token, by scope. */
  readonly permissions: Readonly<Record<string, string>>;
}

/** What GitHub gave it. */
export interface Entrance {
  /** Over those of the run: `secrets`, `vars`, and `github` with the job's own token. */
  readonly contexts: Contexts;
  /** What its steps and its actions find in their environment beside all else. @default nothing */
  readonly env?: Readonly<Record<string, string>>;
  /** What no log of it may show. @default its secrets and its token */
  readonly masks?: readonly string[];
  /** Called when the job has ended, whatever came out. */
  readonly leave: (result: Outcome) => void;
}

export interface RunOptions {
  /** Ids of the jobs to run, with all that they need. @default every job */
  readonly wanted?: readonly string[];
  /** Why a job cannot run on this machine; what needs such a job is not run either. */
  readonly notHere?: (job: ParsedJob) => string | undefined;
  /**
   * Waits until a job may begin: for reviewers of its environment, for its lane. {@link NotAdmitted} fails the job.
   *
   * @default every job begins at once, with what the run has
   */
  readonly enter?: (job: JobRequest) => Promise<Entrance>;
  /** Told of each job, or combination, as it ends; of those that were skipped too. @default nobody is */
  readonly onEnd?: (ended: Ended) => void;
}

/** GitHub lets a job not begin. */
export class NotAdmitted extends Error {}

/** Runs jobs of a workflow one after the other, each after those that it needs. */
export async function runWorkflow(
  workflow: ParsedWorkflow,
  contexts: Contexts,
  machine: Machine,
  {
    wanted = workflow.jobs.map(({ id }) => id),
    notHere = () => undefined,
    enter = () => Promise.resolve({ contexts: {}, leave: () => undefined }),
    onEnd = () => undefined,
  }: RunOptions = {},
): Promise<{ readonly ended: readonly Ended[]; readonly notRun: ReadonlyMap<string, string> }> {
  const evaluate = await evaluator();
  const full: Contexts = { secrets: {}, vars: {}, inputs: {}, github: {}, ...contexts };
  const ended: Ended[] = [];
  const notRun = new Map<string, string>();
  const results = new Map<string, { result: Outcome; outputs: Readonly<Record<string, string>> }>();
  for (const job of inOrder(workflow, wanted)) {
    const missing = job.needs.find((id) => notRun.has(id));
    const reason = missing === undefined ? notHere(job) : `needs ${missing}, which did not run here`;
    if (reason !== undefined) {
      notRun.set(job.id, reason);
      continue;
    }
    const needs = Object.fromEntries(
      job.needs.map((id) => [id, results.get(id) ?? { result: "skipped", outputs: {} }]),
    ) as Readonly<Record<string, Value>>;
    const upstream = ancestors(workflow, job).map((id) => results.get(id)?.result ?? "skipped");
    const runs = isTrue(
      evaluate(
        job.condition,
        { ...full, needs },
        {
          success: () => upstream.every((each) => each === "success"),
          failure: () => upstream.includes("failure"),
          cancelled: () => machine.signal.aborted,
          always: () => true,
        },
      ),
    );
    const combinations = runs ? matrixOf(job, evaluate, { ...full, needs }) : [];
    const mine: Ended[] = [];
    for (const matrix of combinations) {
      const suffix = Object.values(matrix).length === 0 ? "" : ` (${Object.values(matrix).map(textOf).join(", ")})`;
      const name = `${nameOf(job, evaluate, { ...full, needs, matrix })}${suffix}`;
      machine.tell(`\n${name}`);
      const defaults = workflowEnv(workflow, evaluate, full);
      const here: Contexts = { ...full, needs, matrix };
      let begun: number | undefined;
      const result = await enter(requestOf(job, name, evaluate, here)).then(
        async ({ contexts: given, env = {}, masks = [], leave }) => {
          const place = { ...machine, env: { ...machine.env, ...env }, masks };
          begun = performance.now();
          const done = await runJob(job, { ...here, ...given }, defaults, evaluate, place);
          leave(done.result);
          return done;
        },
        (error: unknown): JobResult => {
          if (!(error instanceof NotAdmitted)) throw error;
          machine.tell(error.message);
          return { result: "failure", outputs: {}, steps: [], summary: "" };
        },
      );
      const seconds = begun === undefined ? 0 : (performance.now() - begun) / 1_000;
      const done = { id: job.id, name, seconds, ...result };
      mine.push(done);
      onEnd(done);
    }
    if (!runs) {
      // A matrix that is skipped is one job, by its bare name (wafflebase#807).
      const name = nameOf(job, evaluate, { ...full, needs, matrix: {} });
      const done = { id: job.id, name, seconds: 0, result: "skipped", outputs: {}, steps: [], summary: "" } as const;
      mine.push(done);
      onEnd(done);
    }
    ended.push(...mine);
    results.set(job.id, {
      result: worst(mine),
      outputs: Object.fromEntries(mine.flatMap(({ outputs }) => Object.entries(outputs))),
    });
  }
  return { ended, notRun };
}

function requestOf({ id, body }: ParsedJob, name: string, evaluate: Evaluate, contexts: Contexts): JobRequest {
  const textAt = (key: string, inner: string): string | undefined => {
    const token = fieldOf(body, key);
    const value = token === undefined ? undefined : evaluate(token, contexts);
    if (value === undefined || typeof value === "string") return value;
    const found = (value as Readonly<Record<string, Value>>)[inner];
    return found === undefined ? undefined : textOf(found);
  };
  const environment = textAt("environment", "name");
  const lane = textAt("concurrency", "group");
  const permissions = fieldOf(body, "permissions");
  return {
    id,
    name,
    permissions: permissions === undefined ? {} : (evaluate(permissions, contexts) as Readonly<Record<string, string>>),
    ...(environment === undefined ? {} : { environment }),
    ...(lane === undefined ? {} : { lane }),
  };
}

function worst(ended: readonly Ended[]): Outcome {
  const order = ["failure", "cancelled", "skipped", "success"] as const;
  return order.find((each) => ended.some(({ result }) => result === each)) ?? "success";
}

/** Ids of all that has to end before a job starts. */
export function ancestors({ jobs }: ParsedWorkflow, { needs }: ParsedJob): string[] {
  const direct = jobs.filter(({ id }) => needs.includes(id));
  return [...new Set([...needs, ...direct.flatMap((job) => ancestors({ jobs } as ParsedWorkflow, job))])];
}

function inOrder(workflow: ParsedWorkflow, wanted: readonly string[]): ParsedJob[] {
  const all = workflow.jobs.filter(({ id }) => wanted.includes(id));
  const ids = new Set(all.flatMap((job) => [job.id, ...ancestors(workflow, job)]));
  const depth = (job: ParsedJob) => ancestors(workflow, job).length;
  return workflow.jobs.filter(({ id }) => ids.has(id)).sort((one, other) => depth(one) - depth(other));
}

function workflowEnv({ body }: ParsedWorkflow, evaluate: Evaluate, contexts: Contexts): Record<string, string> {
  const token = fieldOf(body, "env");
  return token === undefined ? {} : { ...(evaluate(token, contexts) as Record<string, string>) };
}

function nameOf({ id, body }: ParsedJob, evaluate: Evaluate, contexts: Contexts): string {
  const token = fieldOf(body, "name");
  return token === undefined ? id : textOf(evaluate(token, contexts));
}

function matrixOf({ body }: ParsedJob, evaluate: Evaluate, contexts: Contexts): Combination[] {
  const strategy = fieldOf(body, "strategy");
  const matrix = strategy === undefined ? undefined : fieldOf(strategy, "matrix");
  return matrix === undefined ? [{}] : combinationsOf(evaluate(matrix, contexts) as Combination);
}
