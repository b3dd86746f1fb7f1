import type { ActionName } from "../actions.ts";

/** Events that start our workflows. */
export type EventName = "pull_request" | "push" | "merge_group" | "workflow_dispatch" | "schedule";

/** Scopes of a job's token that our workflows use. */
export type Scope =
  | "contents"
  | "packages"
  | "pull-requests"
  | "security-events"
  | "id-token"
  | "attestations"
  | "checks"
  | "issues"
  | "deployments";

/** What a step needs of the token: the level, and the reason that stands beside it in the YAML. */
export type TokenNeeds = Readonly<Partial<Record<Scope, readonly ["read" | "write", string]>>>;

export interface StepOptions {
  readonly name: string;
  /** Lower-case and dashes; other steps read outputs by it. @default none */
  readonly id?: string;
  /**
   * `end`: also after a step failed. `failure`: only then. `stopped`: after a step failed or somebody cancelled the run.
   *
   * @default while the job has not failed
   */
  readonly when?: "end" | "failure" | "stopped";
  /** What this step needs of the token. The job asks for the union. @default nothing */
  readonly token?: TokenNeeds;
  /** The step may fail without failing its job. @default false */
  readonly mayFail?: boolean;
  /** Seen by this step only; the one way for values into a script, so that nothing is pasted into shell text. @default none */
  readonly env?: Readonly<Record<string, string>>;
}

/** A step that runs shell text, without expressions in it. */
export interface RunStep extends StepOptions {
  readonly run: string;
}

/** A step that runs an action of the lock. */
export interface ActionStep extends StepOptions {
  readonly uses: ActionName;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
}

export type Step = RunStep | ActionStep;

/** A container beside the job. Its ports are chosen by the runner: `job.services.<name>.ports['5432']`. */
export interface ServiceContainer {
  /** By digest. */
  readonly image: string;
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A command in the container that succeeds when it is ready. */
  readonly healthCommand: string;
}

/** When a job runs. Everything that a job's `if` may say, so that what it does in each situation can be computed. */
export interface Condition {
  /** Only for these events. @default every event of the workflow */
  readonly events?: readonly EventName[];
  /** Only for commits of the repository's own people: not for pull requests from forks or by Dependabot. @default false */
  readonly trusted?: boolean;
  /**
   * What the jobs that it needs must have come to. `success`: all succeeded. `end`: they ended, whatever came out, and nobody cancelled
   * the run. `always`: even in a cancelled run. @default "success"
   */
  readonly after?: "success" | "end" | "always";
  /** Only for refs that start with this: `refs/tags/v`. @default every ref */
  readonly refPrefix?: string;
  /** Only when the person who dispatched the run chose these inputs. @default any */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Only when jobs that it needs said so: `{ "find.new": "true" }` is the output `new` of the job `find`. @default whatever they said */
  readonly outputs?: Readonly<Record<`${string}.${string}`, string>>;
}

export interface Job {
  /** What people see, and the name of the check. */
  readonly name: string;
  /** @default always, after what it needs has succeeded */
  readonly when?: Condition;
  /** Ids of jobs that it waits for. @default none */
  readonly needs?: readonly string[];
  /** Axes and their values; all combinations run to their end. @default one run */
  readonly matrix?: Readonly<Record<string, readonly string[]>>;
  /** Whole minutes after which the job is ended. */
  readonly minutes: number;
  /** GitHub environment: its rules and secrets. @default none */
  readonly environment?: string;
  /** Lane in which one job at a time runs and the others wait their turn; nothing is cancelled. @default none */
  readonly lane?: string;
  readonly services?: Readonly<Record<string, ServiceContainer>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Its failure shows in the run and blocks no merge. @default the gate needs it, where the workflow has one */
  readonly advisory?: boolean;
  readonly steps: readonly Step[];
}

/** What starts a workflow. */
export interface Triggers {
  readonly push?: { readonly branches?: readonly string[]; readonly tags?: readonly string[] };
  /** Branches that pull requests go to. Never filtered by paths: a run that does not start never reports. */
  readonly pullRequestsTo?: readonly string[];
  readonly mergeQueue?: boolean;
  readonly dispatch?: Readonly<Record<string, DispatchInput>>;
  /** Cron, in UTC. */
  readonly schedule?: string;
}

export interface DispatchInput {
  readonly description: string;
  /** Values to choose from. @default any text */
  readonly options?: readonly string[];
  readonly required?: boolean;
}

/** Who may enter an environment, as the repository declares it. */
export interface EnvironmentPolicy {
  readonly name: string;
  /** `approval`: a person decides, and it holds nothing. `deploy`: it holds the keys. `read`: it can only look. */
  readonly kind: "approval" | "deploy" | "read";
  /** Patterns of branches; one that begins with `refs/` is of whole references. */
  readonly branches: readonly string[];
  /** Patterns of tags. */
  readonly tags: readonly string[];
  /** Entered with a release tag only, and by a push only after a person's approval. @default false */
  readonly production?: boolean;
}

export interface Workflow {
  /** File name in `.github/workflows`. */
  readonly file: string;
  readonly name: string;
  readonly on: Triggers;
  /** Runs of the same group replace each other while `cancels` is true. @default every run goes to its end */
  readonly concurrency?: { readonly group: string; readonly cancels: string | boolean };
  readonly env?: Readonly<Record<string, string>>;
  /** What the repository declares of the environments that its jobs enter. @default none, and no job may enter one */
  readonly environments?: readonly EnvironmentPolicy[];
  /** By id. */
  readonly jobs: Readonly<Record<string, Job>>;
  /** Id of the job that reports for all others; the only check that branches require. @default none */
  readonly gate?: string;
}

/** Events that start a workflow. Pure. */
export function eventsOf({ on }: Workflow): EventName[] {
  return [
    ...(on.pullRequestsTo === undefined ? [] : (["pull_request"] as const)),
    ...(on.push === undefined ? [] : (["push"] as const)),
    ...(on.mergeQueue === true ? (["merge_group"] as const) : []),
    ...(on.dispatch === undefined ? [] : (["workflow_dispatch"] as const)),
    ...(on.schedule === undefined ? [] : (["schedule"] as const)),
  ];
}
