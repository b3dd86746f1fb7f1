/** The GitHub Actions app: required checks are pinned to it, so that nobody else can report them. */
export const actionsApp = 15368;

/** One job of a workflow, as far as its check runs go. */
export interface Job {
  /** What people see. */
  readonly name: string;
  /** Axes and their values. @default one run */
  readonly matrix?: Readonly<Record<string, readonly string[]>>;
  /** The job's own condition. @default it always runs */
  readonly if?: string;
  /** Names of jobs of the same workflow that it waits for. @default none */
  readonly needs?: readonly string[];
}

/** A workflow that pull requests start. */
export interface CheckedWorkflow {
  /** File name in `.github/workflows`. */
  readonly file: string;
  /** Branches whose pull requests start it. */
  readonly pullRequestsTo: readonly string[];
  /** Paths that a pull request must touch to start it. @default any */
  readonly paths?: readonly string[];
  readonly jobs: readonly Job[];
}

/**
 * The jobs of the guide's `ci.yml`. The only place that names checks: what branches require is derived from it and from nothing else, so
 * that a check which nothing reports can never be required.
 */
export const ci: CheckedWorkflow = {
  file: "ci.yml",
  pullRequestsTo: ["main", "develop"],
  jobs: [
    { name: "Lint & Code Quality" },
    { name: "Unit Tests", matrix: { python: ["3.10", "3.11", "3.12"] } },
    { name: "Integration Tests" },
    { name: "Security Scan" },
    { name: "Build Docker" },
    { name: "PR Quality Check" },
  ],
};

/** Names of the check runs that a job reports when it runs: a matrix reports one for each combination. */
export function checkNames({ name, matrix = {} }: Job): string[] {
  const combinations = Object.values(matrix).reduce<string[][]>(
    (rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])),
    [[]],
  );
  return combinations.map((values) => (values.length === 0 ? name : `${name} (${values.join(", ")})`));
}

/** Every check that a branch can require of its pull requests. */
export function requiredChecks(workflow: CheckedWorkflow = ci): string[] {
  return workflow.jobs.flatMap(checkNames);
}

/** A check that a branch requires. */
export interface RequiredCheck {
  readonly context: string;
  /** Id of the app that must report it. @default whoever does */
  readonly app?: number | undefined;
}

/**
 * Why GitHub would wait for ever for a check (CFWorker4AliCDT#15), or take anybody's word for it; empty if neither.
 *
 * @returns one line a check
 */
export function checkProblems(
  checks: readonly RequiredCheck[],
  reported: readonly string[] = requiredChecks(),
): string[] {
  return checks.flatMap(({ context, app }) => {
    if (!reported.includes(context)) {
      return [`no job reports the check "${context}", so no merge would ever pass; jobs report ${reported.join(", ")}`];
    }
    if (app === actionsApp) return [];
    const who = app === undefined ? "anybody who can write" : `app ${app}`;
    return [`the check "${context}" could be reported by ${who}; pin it to GitHub Actions, app ${actionsApp}`];
  });
}

/**
 * Why requiring a workflow's checks on a branch would block every merge, or let one through; empty if all report.
 *
 * @returns one line a reason, with the issue that met it first
 */
export function deadlocks(workflow: CheckedWorkflow, branch: string): string[] {
  const { file, jobs, paths, pullRequestsTo } = workflow;
  return [
    ...(pullRequestsTo.includes(branch) ? [] : [`${file} does not run for pull requests to ${branch}`]),
    // AgentDeck#248, lokahi#1209: a workflow that is filtered out never reports.
    ...(paths === undefined
      ? []
      : [`${file} does not run for pull requests that touch nothing of ${paths.join(", ")}`]),
    ...jobs.flatMap((job) => [...skipped(job), ...masked(job)]),
    ...duplicates(jobs.flatMap(checkNames)).map((name) => `two jobs report the check ${name}`),
  ];
}

/** wafflebase#807: a matrix job that its own `if` skips never expands, so it reports its bare name only. */
function skipped(job: Job): string[] {
  if (job.if === undefined || job.matrix === undefined) return [];
  return [`${job.name} is a matrix with an if: skipped, it reports "${job.name}" and none of its combinations`];
}

/** Skipped counts as success, and a job is skipped when one that it needs fails. */
function masked(job: Job): string[] {
  if (job.needs === undefined || job.needs.length === 0 || job.if?.includes("always()") === true) return [];
  return [
    `${job.name} needs ${job.needs.join(", ")}: it is skipped when one of them fails, and skipped counts as success`,
  ];
}

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
