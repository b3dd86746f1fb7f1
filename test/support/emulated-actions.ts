// GitHub Actions on this machine: our executor runs workflow files against the stateful GitHub, whose environments, reviewers, secrets and
// tokens hold. Jobs of one run go one after the other; runs go side by side.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventName } from "../../workflows/model/workflow.ts";
import type { Machine, Outcome } from "../../workflows/run/job.ts";
import { parseWorkflowFile, type Value } from "../../workflows/run/parser.ts";
import { NotAdmitted, runWorkflow, type Ended, type Entrance, type JobRequest } from "../../workflows/run/workflow.ts";
import type { ActionName } from "../../workflows/actions.ts";
import type { StandIn } from "../../workflows/run/stand-ins.ts";
import { beginCheck, endCheck, type Check } from "../emulators/github/checks.ts";
import { addEnvironment, admits, findEnvironment, type Environment } from "../emulators/github/environments.ts";
import type { GitHub } from "../emulators/github/github.ts";
import type { Repository } from "../emulators/github/repository.ts";
import { testMerge } from "../emulators/github/merge.ts";
import type { Level } from "../emulators/github/scoped-tokens.ts";
import { startRun, waitForReview, type WorkflowRun } from "../emulators/github/workflow-runs.ts";
import { now } from "../emulators/github/world.ts";
import { actionsStandIns } from "./actions-stand-ins.ts";

/** What starts a run. */
export interface Trigger {
  readonly event: EventName;
  /** In full. */
  readonly ref: string;
  /** @default the newest commit of the reference */
  readonly sha?: string;
  /** Login of who did it. @default "writer" */
  readonly actor?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** More of the event's payload. */
  readonly payload?: Readonly<Record<string, Value>>;
  /** File of the workflow. @default "workflow.yml" */
  readonly file?: string;
}

/** Checks of a pull request's run stand at the newest commit of its branch, not at the merge that was tried. */
interface Reported extends Trigger {
  readonly sha: string;
  readonly actor: string;
  readonly reportOn: string;
  /** It comes from another repository. */
  readonly fork: boolean;
}

export interface Ran {
  /** Of the whole run, as GitHub shows it. */
  readonly result: "success" | "failure" | "cancelled";
  /** By job id. */
  readonly results: Readonly<Record<string, Outcome>>;
  readonly jobs: readonly Ended[];
  readonly log: string;
}

export interface Running {
  readonly id: number;
  readonly ran: Promise<Ran>;
  cancel(): void;
}

export class EmulatedActions {
  /** In every step's environment, over what a runner has. */
  readonly env: Record<string, string> = {};
  /** What stands in for actions, over what does so everywhere. */
  readonly standIns: Partial<Record<ActionName, StandIn>> = {};
  /** Images that are here, in place of those in the text of a workflow. */
  readonly images: Record<string, string> = {};
  readonly home: string;
  /** Comes first on every step's PATH. */
  readonly bin: string;
  private readonly github: GitHub;
  private readonly fullName: string;
  /** By group: ends when its last job has left. */
  private readonly lanes = new Map<string, Promise<void>>();

  private constructor(github: GitHub, fullName: string, home: string) {
    this.github = github;
    this.fullName = fullName;
    this.home = home;
    this.bin = join(home, "bin");
  }

  static async of(github: GitHub, fullName: string): Promise<EmulatedActions> {
    const home = await mkdtemp(join(tmpdir(), "slipway-actions-"));
    const actions = new EmulatedActions(github, fullName, home);
    await mkdir(actions.bin);
    return actions;
  }

  async remove(): Promise<void> {
    await rm(this.home, { recursive: true, force: true });
  }

  /** A program for steps to find. */
  async plant(name: string, text: string): Promise<void> {
    await writeFile(join(this.bin, name), text, { mode: 0o755 });
  }

  /** Runs a workflow as it stands in a pull request, merged into its base. */
  async onPullRequest(file: string, number: number, actor?: string): Promise<Running> {
    const repository = this.github.repository(this.fullName);
    const pull = repository.pulls.find((each) => each.number === number);
    if (pull === undefined) throw new Error(`no pull request ${number}`);
    const { ref, commit, head } = await testMerge(repository, pull);
    const text = await repository.git.read(commit, `.github/workflows/${file}`);
    if (text === undefined) throw new Error(`${file} is not in pull request ${number}`);
    const payload = {
      pull_request: {
        number,
        head: { sha: head, ref: pull.head, repo: { full_name: this.fullName } },
        base: { sha: (await repository.git.commitOf(`refs/heads/${pull.base}`)) ?? "", ref: pull.base },
      },
    };
    return this.start(text, { event: "pull_request", ref, sha: commit, payload, file, ...(actor ? { actor } : {}) });
  }

  /** @param text the workflow's file */
  async start(text: string, trigger: Trigger): Promise<Running> {
    const { world } = this.github;
    const repository = this.github.repository(this.fullName);
    const actor = trigger.actor ?? "writer";
    const started = startRun(world, repository, world.user(actor));
    const cancel = new AbortController();
    const ran = this.run(text, { ...trigger, actor }, started, cancel.signal);
    return Promise.resolve({
      id: started.id,
      ran,
      cancel: () => {
        cancel.abort();
      },
    });
  }

  private async run(
    text: string,
    trigger: Trigger & { readonly actor: string },
    started: WorkflowRun,
    signal: AbortSignal,
  ): Promise<Ran> {
    const { repository } = started;
    const sha = trigger.sha ?? (await repository.git.commitOf(trigger.ref));
    if (sha === undefined) throw new Error(`${trigger.ref} is no reference of ${this.fullName}`);
    const head = headOf(trigger);
    const reported = {
      ...trigger,
      sha,
      reportOn: head?.sha ?? sha,
      fork: head !== undefined && head.repo.full_name !== this.fullName,
    };
    const temp = await mkdtemp(join(this.home, "run-"));
    const lines: string[] = [];
    const githubContext = this.context(trigger, sha, started);
    const given = actionsStandIns(this.github, started, {
      sha,
      artifacts: join(temp, "artifacts"),
      cache: join(this.home, "cache"),
      given: this.standIns,
    });
    const machine: Machine = {
      env: {
        PATH: `${this.bin}:${process.env.PATH ?? ""}`,
        HOME: this.home,
        LANG: "C.UTF-8",
        ...Object.fromEntries(
          Object.entries(process.env).flatMap(([name, value]) =>
            /^(PIP_|PYENV_ROOT$|DOCKER_HOST$)/.test(name) && value !== undefined ? [[name, value]] : [],
          ),
        ),
        ...this.env,
      },
      temp,
      standIn: (uses) => given[uses],
      tell: (line) => lines.push(line),
      signal,
      graceMs: [500, 500],
    };
    const checks = new Map<string, Check>();
    const begin = (name: string): Check => {
      const known = checks.get(name);
      if (known !== undefined) return known;
      const app = this.github.app("github-actions");
      const check = beginCheck(this.github.world, repository, { name, head_sha: reported.reportOn, app });
      checks.set(name, check);
      return check;
    };
    const { ended } = await runWorkflow(
      await parseWorkflowFile("workflow.yml", this.withImages(text)),
      { github: githubContext, inputs: trigger.inputs ?? {} },
      machine,
      {
        enter: (job) => {
          begin(job.name);
          return this.enter(job, reported, started, githubContext);
        },
        onEnd: ({ name, result }) => {
          endCheck(begin(name), result);
        },
      },
    );
    const all = ended.map(({ result }) => result);
    return {
      result: (["failure", "cancelled"] as const).find((each) => all.includes(each)) ?? "success",
      results: Object.fromEntries(ended.map(({ id, result }) => [id, result])),
      jobs: ended,
      log: lines.join("\n"),
    };
  }

  private withImages(text: string): string {
    return Object.entries(this.images).reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  }

  private context(
    { event, ref, actor = "", inputs = {}, payload = {} }: Trigger,
    sha: string,
    { id }: WorkflowRun,
  ): Readonly<Record<string, Value>> {
    const { url } = this.github;
    const [owner = "", name = ""] = this.fullName.split("/");
    const request = payload.pull_request as PullRequestPayload | undefined;
    return {
      head_ref: request?.head.ref ?? "",
      base_ref: request?.base.ref ?? "",
      event_name: event,
      ref,
      ref_name: ref.replace(/^refs\/(heads|tags|pull)\//, ""),
      ref_type: ref.startsWith("refs/tags/") ? "tag" : "branch",
      sha,
      actor,
      repository: this.fullName,
      repository_owner: owner,
      api_url: `${url}/api/v3`,
      server_url: url,
      run_id: String(id),
      event: { repository: { name }, inputs, ...payload },
    };
  }

  private async enter(
    { environment: wanted, lane, permissions: asked }: JobRequest,
    trigger: Reported,
    started: WorkflowRun,
    githubContext: Readonly<Record<string, Value>>,
  ): Promise<Entrance> {
    const { world } = this.github;
    const { repository } = started;
    const { ref, sha, fork } = trigger;
    const permissions = fork ? readOnly(asked) : asked;
    const environment =
      wanted === undefined
        ? undefined
        : (findEnvironment(repository, wanted) ?? (await addEnvironment(world, repository, wanted)));
    if (environment !== undefined) {
      if (!admits(environment, repository, ref))
        throw new NotAdmitted(
          `${ref} is not allowed to deploy to ${environment.name} due to environment protection rules.`,
        );
      if ((await waitForReview(started, environment)) === "rejected")
        throw new NotAdmitted(`${environment.name}: a reviewer rejected it.`);
    }
    const leaveLane = await this.takeLane(lane);
    const door =
      permissions["id-token"] === "write"
        ? world.oidc.admit(repository, {
            ...trigger,
            runId: started.id,
            file: trigger.file ?? "workflow.yml",
            ...(environment === undefined ? {} : { environment: environment.name }),
          })
        : undefined;
    const end = environment === undefined ? () => undefined : this.record(repository, environment, ref, sha);
    return {
      contexts: {
        github: {
          ...githubContext,
          token: world.scopedTokens.add(
            this.github.app("github-actions"),
            permissions as Readonly<Record<string, Level>>,
          ),
        },
        secrets: fork
          ? {}
          : { ...opened(repository.secrets), ...(environment === undefined ? {} : opened(environment.secrets)) },
        vars: valuesOf(repository.variables, environment?.variables ?? new Map<string, never>()),
      },
      ...(door === undefined
        ? {}
        : {
            env: { ACTIONS_ID_TOKEN_REQUEST_URL: door.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: door.token },
            masks: [door.token],
          }),
      leave: (result) => {
        door?.close();
        end(result);
        leaveLane();
      },
    };
  }

  /** First come, first served; nobody is cancelled: `queue: max`. */
  private async takeLane(lane: string | undefined): Promise<() => void> {
    if (lane === undefined) return () => undefined;
    const before = this.lanes.get(lane) ?? Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.lanes.set(
      lane,
      before.then(() => promise),
    );
    await before;
    return () => {
      resolve(undefined);
    };
  }

  /** GitHub makes a deployment of each job that enters an environment. */
  private record(repository: Repository, { name }: Environment, ref: string, sha: string): (result: Outcome) => void {
    const { world } = this.github;
    const status = (state: string) => ({ id: world.nextId(), state, time: now() });
    const deployment = {
      id: world.nextId(),
      sha,
      ref: ref.replace(/^refs\/(heads|tags)\//, ""),
      environment: name,
      creator: this.github.app("github-actions"),
      createdAt: now(),
      statuses: [status("in_progress")],
    };
    repository.deployments.push(deployment);
    return (result) => deployment.statuses.push(status(result === "success" ? "success" : "failure"));
  }
}

interface PullRequestPayload {
  readonly head: { readonly sha: string; readonly ref?: string; readonly repo: { readonly full_name: string } };
  readonly base: { readonly ref?: string };
}

const headOf = ({ payload = {} }: Trigger) => (payload.pull_request as PullRequestPayload | undefined)?.head;

/** What is left of a job's permissions where the code comes from another repository. */
const readOnly = (asked: JobRequest["permissions"]): JobRequest["permissions"] =>
  Object.fromEntries(Object.entries(asked).flatMap(([scope]) => (scope === "id-token" ? [] : [[scope, "read"]])));

const opened = (store: Repository["secrets"]): Readonly<Record<string, string>> =>
  Object.fromEntries(store.names.map((name) => [name, store.opened(name) ?? ""]));

const valuesOf = (...stores: Repository["variables"][]): Readonly<Record<string, string>> =>
  Object.fromEntries(stores.flatMap((store) => [...store].map(([name, { value }]) => [name, value] as const)));
