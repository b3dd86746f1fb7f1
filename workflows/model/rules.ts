import { actionReference, actions, type ActionName } from "../actions.ts";
import { allowedSkips, gatedJobs } from "./gate.ts";
import type { RenderedWorkflow } from "./rendered-workflow.ts";
import { secretsIn } from "./secrets.ts";
import { checkNames } from "./simulate.ts";
import { eventsOf, type Workflow } from "./workflow.ts";

/** A step and a job, as loosely as a file may hold them. */
interface AnyStep {
  readonly name?: unknown;
  readonly uses?: unknown;
  readonly run?: unknown;
  readonly shell?: unknown;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface AnyJob {
  readonly name?: unknown;
  readonly if?: unknown;
  readonly uses?: unknown;
  readonly secrets?: unknown;
  readonly "runs-on"?: unknown;
  readonly "timeout-minutes"?: unknown;
  readonly permissions?: unknown;
  readonly environment?: unknown;
  readonly concurrency?: unknown;
  readonly container?: unknown;
  readonly services?: Readonly<Record<string, { readonly image?: unknown }>>;
  readonly strategy?: { readonly matrix?: unknown; readonly "fail-fast"?: unknown };
  readonly steps?: readonly AnyStep[];
}

/**
 * Why a workflow would leak, rot or hang although every published linter passes it; empty if nothing would. Pure.
 *
 * @param object the file, parsed: rendered by us or written by a team
 * @returns one line a problem, `file, job: problem. Fix: …`
 */
export function fileProblems(file: string, object: RenderedWorkflow): string[] {
  const jobs = Object.entries(object.jobs as Readonly<Record<string, AnyJob>>);
  const names = jobs.flatMap(([id, job]) => checkNames({ name: nameOf(id, job), matrix: plainMatrix(job) }));
  return [
    ...topProblems(object),
    ...duplicates(names).map((name) => `two jobs report the check "${name}". Fix: give each its own name`),
    ...jobs.flatMap(([id, job]) => [...jobProblems(job), ...stepsProblems(job)].map((problem) => `${id}: ${problem}`)),
  ].map((problem) => `${file}, ${problem}`);
}

function topProblems(object: RenderedWorkflow): string[] {
  const on = (typeof object.on === "object" && !Array.isArray(object.on) ? object.on : {}) as Readonly<
    Record<string, Readonly<Record<string, unknown>> | null | undefined>
  >;
  const filtered = ["pull_request", "push"].filter((event) =>
    ["paths", "paths-ignore"].some((key) => key in (on[event] ?? {})),
  );
  return [
    ...(isEmptyMap(object.permissions)
      ? []
      : ["every job's token can do more than its steps need. Fix: permissions: {} on top, and scopes by job"]),
    // AgentDeck#248: a run that does not start never reports.
    ...filtered.map((event) => `${event} is filtered by paths: its checks never report. Fix: skip steps, not runs`),
    ...(eventNames(object.on).includes("pull_request_target")
      ? ["pull_request_target runs with secrets on a stranger's request. Fix: pull_request"]
      : []),
    ...(object.defaults?.run?.shell === "bash"
      ? []
      : ["a failure inside a pipe is a success. Fix: defaults.run.shell: bash"]),
  ];
}

function jobProblems(job: AnyJob): string[] {
  const images = [
    ...Object.values(job.services ?? {}).map(({ image }) => image),
    ...(job.container === undefined ? [] : [(job.container as { image?: unknown }).image ?? job.container]),
  ];
  const secrets = secretsIn(job);
  return [
    ...(typeof job.name === "string" ? [] : ["has no name. Fix: name: …"]),
    ...(job.permissions === undefined ? ["does not say what its token may do. Fix: permissions: …"] : []),
    ...(typeof job["timeout-minutes"] === "number" ? [] : ["has no time limit, so 6 hours. Fix: timeout-minutes: …"]),
    ...(typeof job["runs-on"] === "string" && !job["runs-on"].endsWith("-latest")
      ? []
      : [`runs on ${String(job["runs-on"])}, which changes by itself. Fix: a version such as ubuntu-24.04`]),
    ...(job.strategy?.matrix !== undefined && job.strategy["fail-fast"] !== false
      ? ["one failing combination cancels the others. Fix: strategy.fail-fast: false"]
      : []),
    ...images
      .filter((image) => typeof image !== "string" || !/@sha256:[0-9a-f]{64}$/.test(image))
      .map((image) => `the image ${String(image)} can change. Fix: add its digest, @sha256:…`),
    ...(secrets.length > 0 && job.environment === undefined
      ? [`reads ${secrets.join(", ")} without an environment, so every branch can. Fix: environment: …`]
      : []),
    ...(job.secrets === "inherit" || /\$\{\{[^}]*\bsecrets\b(?!\.\w)/.test(JSON.stringify(job))
      ? ["hands on every secret there is. Fix: name those that it needs"]
      : []),
    ...queueProblems(job.concurrency),
  ];
}

/** actionlint does not know `queue` yet, so its values are checked here. */
function queueProblems(concurrency: unknown): string[] {
  const { queue, "cancel-in-progress": cancels } = (typeof concurrency === "object" ? concurrency : {}) as {
    queue?: unknown;
    "cancel-in-progress"?: unknown;
  };
  if (queue === undefined) return [];
  if (queue !== "max" && queue !== "single")
    return [`concurrency.queue is ${JSON.stringify(queue)}. Fix: single or max`];
  return queue === "max" && cancels !== undefined && cancels !== false
    ? ["a queue whose runs cancel each other is refused by GitHub. Fix: cancel-in-progress: false"]
    : [];
}

function stepsProblems({ steps = [] }: AnyJob): string[] {
  return steps.flatMap((step, index) => {
    const where = typeof step.name === "string" ? `step "${step.name}"` : `step ${index + 1}`;
    return [
      ...(typeof step.name === "string" ? [] : ["has no name. Fix: name: …"]),
      ...(typeof step.run === "string" && step.run.includes("${{")
        ? ['pastes an expression into shell text. Fix: env: on the step, and "$NAME" in the text']
        : []),
      ...(step.shell === undefined ? [] : ["chooses a shell of its own. Fix: leave it to defaults.run.shell"]),
      ...(typeof step.uses === "string" ? usesProblems(step.uses, step.with ?? {}) : []),
    ].map((problem) => `${where} ${problem}`);
  });
}

/** At a commit no linter knows what an action takes. */
function usesProblems(uses: string, inputs: Readonly<Record<string, unknown>>): string[] {
  const name = uses.replace(/@.*$/, "");
  if (!Object.hasOwn(actions, name))
    return [`uses ${uses}, which is not in the lock. Fix: lock it in workflows/actions.ts, or write a run step`];
  const action = name as ActionName;
  const { inputs: known, tag } = actions[action];
  const unknown = Object.keys(inputs).filter((input) => !(known as readonly string[]).includes(input));
  return [
    ...(uses === actionReference(action) ? [] : [`uses ${uses}. Fix: ${actionReference(action)}, which is ${tag}`]),
    ...unknown.map((input) => `gives ${name} ${input}, which it does not take. Fix: one of ${known.join(", ")}`),
    ...(action === "actions/checkout" && inputs["persist-credentials"] !== false
      ? ["leaves its token in the clone. Fix: persist-credentials: false"]
      : []),
    ...(action === "actions/upload-artifact" && inputs.path === undefined ? ["uploads nothing. Fix: path: …"] : []),
  ];
}

/**
 * Why the gate would block every merge, or let a failure through; empty if it does neither. A workflow without a gate has none. Pure.
 *
 * @returns one line a problem
 */
export function gateProblems(workflow: Workflow): string[] {
  const { file, jobs, gate } = workflow;
  if (gate === undefined) return [];
  const job = jobs[gate];
  if (job === undefined) return [`${file}: its gate ${gate} is no job`];
  const gated = gatedJobs(workflow);
  const events = eventsOf(workflow);
  const reported = Object.values(jobs).flatMap(checkNames);
  const missing = (["pull_request", "push", "merge_group"] as const).filter((event) => !events.includes(event));
  const skips = job.steps.flatMap(({ env = {} }) => env.MAY_BE_SKIPPED ?? []);
  return [
    // ruby/rbs#3032: the merge queue waits for ever for a check that only pull requests report.
    ...missing.map((event) => `the gate does not report for ${event}`),
    ...(job.when?.after === "always" ? [] : ["the gate is skipped when a job fails, and skipped counts as success"]),
    ...(job.when?.events === undefined && job.when?.trusted !== true && job.when?.refPrefix === undefined
      ? []
      : ["the gate does not always run"]),
    // wafflebase#807
    ...(job.matrix === undefined ? [] : ["the gate is a matrix: skipped, it reports another name"]),
    ...(job.advisory === true ? ["the gate is advisory"] : []),
    ...gated.filter((id) => job.needs?.includes(id) !== true).map((id) => `the gate does not look at ${id}`),
    ...(skips.length === 1 && skips[0] === JSON.stringify(allowedSkips(workflow))
      ? []
      : ["the gate's allowed skips are not those of the jobs' conditions"]),
    ...gated.flatMap((id) => gatedJobProblems(workflow, id, gated)),
    ...duplicates(reported).map((name) => `two jobs report the check "${name}"`),
  ].map((problem) => `${file}: ${problem}`);
}

/** A job that the gate counts on may be skipped only for reasons that the gate knows. */
function gatedJobProblems({ jobs }: Workflow, id: string, gated: readonly string[]): string[] {
  const { when = {}, needs = [], steps = [] } = jobs[id] ?? {};
  const elsewhere = needs.filter((need) => !gated.includes(need));
  return [
    ...(when.trusted === true || when.refPrefix !== undefined || when.inputs !== undefined || when.outputs !== undefined
      ? [`${id} may be skipped for a reason that the gate cannot see. Fix: make it advisory, or let its steps decide`]
      : []),
    ...elsewhere.map((need) => `${id} needs ${need}, whose failure the gate does not see`),
    ...(steps.length > 0 && steps.every(({ mayFail }) => mayFail === true) ? [`${id} cannot fail`] : []),
  ];
}

function eventNames(on: RenderedWorkflow["on"]): string[] {
  if (typeof on === "string") return [on];
  return Array.isArray(on) ? on : Object.keys(on);
}

const nameOf = (id: string, { name }: AnyJob): string => (typeof name === "string" ? name : id);
const isEmptyMap = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

function plainMatrix({ strategy }: AnyJob): Record<string, readonly string[]> {
  const matrix = strategy?.matrix;
  if (typeof matrix !== "object" || matrix === null) return {};
  return Object.fromEntries(
    Object.entries(matrix).flatMap(([axis, values]) => (Array.isArray(values) ? [[axis, values.map(String)]] : [])),
  );
}

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
