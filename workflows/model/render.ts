import { Document, isMap, isScalar, visit } from "yaml";
import { actionReference, actions, type ActionName } from "../actions.ts";
import { conditionText, stepConditionText } from "./condition.ts";
import { permissionsOf } from "./permissions.ts";
import { reachProblems } from "./reach.ts";
import type { RenderedWorkflow } from "./rendered-workflow.ts";
import { fileProblems, gateProblems } from "./rules.ts";
import type { Job, ServiceContainer, Step, Triggers, Workflow } from "./workflow.ts";

/** Never `-latest`: a runner image that changes by itself is a build that nobody changed. */
const runner = "ubuntu-24.04";

type Said<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Without the keys that are undefined, so that the YAML has none of them. */
function said<T extends object>(object: T): Said<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Said<T>;
}

/** The schema wants at least one; none is said by leaving the key out. */
function listed<T>(list: readonly T[] | undefined): [T, ...T[]] | undefined {
  const [first, ...rest] = list ?? [];
  return first === undefined ? undefined : [first, ...rest];
}

/** The workflow as an object. Pure. */
export function workflowObject(workflow: Workflow): RenderedWorkflow {
  const { name, on, concurrency, env, jobs } = workflow;
  return said({
    name,
    on: triggers(on),
    permissions: {},
    concurrency:
      concurrency === undefined ? undefined : { group: concurrency.group, "cancel-in-progress": concurrency.cancels },
    env: env === undefined ? undefined : { ...env },
    // Without it GitHub runs `bash -e`, for which `false | true` is a success.
    defaults: { run: { shell: "bash" } },
    jobs: Object.fromEntries(Object.entries(jobs).map(([id, job]) => [id, jobObject(job)])),
  }) satisfies RenderedWorkflow;
}

function triggers(on: Triggers) {
  return said({
    pull_request: on.pullRequestsTo === undefined ? undefined : { branches: [...on.pullRequestsTo] },
    push:
      on.push === undefined
        ? undefined
        : said({
            branches: listed(on.push.branches),
            tags: listed(on.push.tags),
          }),
    merge_group: on.mergeQueue === true ? { types: ["checks_requested" as const] } : undefined,
    workflow_dispatch: on.dispatch === undefined ? undefined : { inputs: dispatchInputs(on.dispatch) },
    schedule: on.schedule === undefined ? undefined : [{ cron: on.schedule }],
  }) as RenderedWorkflow["on"];
}

function dispatchInputs(inputs: NonNullable<Triggers["dispatch"]>) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { description, options, required = false }]) => [
      name,
      said({
        description,
        required,
        type: options === undefined ? ("string" as const) : ("choice" as const),
        options: options === undefined ? undefined : [...options],
      }),
    ]),
  );
}

function jobObject(job: Job) {
  const permissions = Object.entries(permissionsOf(job)).map(([scope, { level }]) => [scope, level] as const);
  return said({
    name: job.name,
    if: conditionText(job.when ?? {}),
    needs: listed(job.needs),
    "runs-on": runner,
    "timeout-minutes": job.minutes,
    environment: job.environment,
    concurrency:
      job.lane === undefined ? undefined : { group: job.lane, queue: "max" as const, "cancel-in-progress": false },
    permissions: Object.fromEntries(permissions),
    strategy: job.matrix === undefined ? undefined : { "fail-fast": false, matrix: matrixObject(job.matrix) },
    outputs: job.outputs === undefined ? undefined : { ...job.outputs },
    env: job.env === undefined ? undefined : { ...job.env },
    services:
      job.services === undefined
        ? undefined
        : Object.fromEntries(Object.entries(job.services).map(([name, each]) => [name, serviceObject(each)])),
    steps: listed(job.steps.map(stepObject)),
  });
}

function matrixObject(matrix: NonNullable<Job["matrix"]>): Record<string, [string, ...string[]]> {
  return Object.fromEntries(
    Object.entries(matrix).flatMap(([axis, values]) => {
      const list = listed(values);
      return list === undefined ? [] : [[axis, list]];
    }),
  );
}

function serviceObject({ image, port, env, healthCommand }: ServiceContainer) {
  const ports: [string] = [String(port)];
  return said({
    image,
    env: env === undefined ? undefined : { ...env },
    ports,
    options: `--health-cmd "${healthCommand}" --health-interval 2s --health-timeout 5s --health-retries 30`,
  });
}

function stepObject(step: Step) {
  const common = {
    name: step.name,
    id: step.id,
    if: stepConditionText(step.when),
    "continue-on-error": step.mayFail,
    env: step.env === undefined ? undefined : { ...step.env },
  };
  return "run" in step
    ? said({ ...common, run: step.run })
    : said({
        ...common,
        uses: actionReference(step.uses),
        with: step.with === undefined ? undefined : { ...step.with },
      });
}

const heading = ` Rendered by Slipway from its typed model of this workflow.\n Changes made here are lost: change the configuration or the model.`;

/**
 * The workflow as a file.
 *
 * @throws Error with every problem that would let the workflow deadlock, leak or rot; nothing is rendered then
 */
export function renderWorkflow(workflow: Workflow): string {
  const object = workflowObject(workflow);
  const problems = [
    ...gateProblems(workflow),
    ...fileProblems(workflow.file, object),
    ...reachProblems(workflow, workflow.environments ?? []),
  ];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const document = new Document(object, { aliasDuplicateObjects: false });
  document.commentBefore = heading;
  comment(document, workflow);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** What only comments can say: the release of a commit, and why a job's token may do what it may. */
function comment(document: Document, workflow: Workflow): void {
  const releases = new Map(
    Object.entries(actions).map(([name, { tag }]) => [actionReference(name as ActionName), tag] as const),
  );
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !isScalar(value)) return;
      if (key.value === "uses") {
        const tag = releases.get(String(value.value));
        if (tag !== undefined) value.comment = ` ${tag}`;
      }
      if (key.value === "run" && String(value.value).includes("\n")) value.type = "BLOCK_LITERAL";
    },
  });
  for (const [id, job] of Object.entries(workflow.jobs)) {
    const permissions = document.getIn(["jobs", id, "permissions"]);
    if (!isMap(permissions)) continue;
    const reasons: Readonly<Record<string, { readonly reasons: readonly string[] }>> = permissionsOf(job);
    for (const { key, value } of permissions.items) {
      if (isScalar(key) && isScalar(value)) value.comment = ` ${reasons[String(key.value)]?.reasons.join("; ") ?? ""}`;
    }
  }
}
