// GitHub Actions on this machine: our executor runs workflow files against the stateful GitHub, whose environments, reviewers, secrets and
// tokens hold. Jobs of one run go one after the other; runs go side by side.
import { execFile } from "node:child_process";
import { createSign } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { actionReference, type ActionName } from "../../workflows/actions.ts";
import type { EventName } from "../../workflows/model/workflow.ts";
import type { Machine, Outcome } from "../../workflows/run/job.ts";
import { parseWorkflowFile, type Value } from "../../workflows/run/parser.ts";
import { localStandIns, type StandIn } from "../../workflows/run/stand-ins.ts";
import { NotAdmitted, runWorkflow, type Ended, type Entrance, type JobRequest } from "../../workflows/run/workflow.ts";
import { gitEnvironment } from "../emulators/github/git.ts";
import { addEnvironment, admits, findEnvironment, type Environment } from "../emulators/github/environments.ts";
import type { GitHub } from "../emulators/github/github.ts";
import type { Repository } from "../emulators/github/repository.ts";
import type { Level } from "../emulators/github/scoped-tokens.ts";
import { startRun, waitForReview, type WorkflowRun } from "../emulators/github/workflow-runs.ts";
import { now } from "../emulators/github/world.ts";

const run = promisify(execFile);

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

  private async run(text: string, trigger: Trigger, started: WorkflowRun, signal: AbortSignal): Promise<Ran> {
    const { repository } = started;
    const sha = trigger.sha ?? (await repository.git.commitOf(trigger.ref));
    if (sha === undefined) throw new Error(`${trigger.ref} is no reference of ${this.fullName}`);
    const temp = await mkdtemp(join(this.home, "run-"));
    const lines: string[] = [];
    const githubContext = this.context(trigger, sha, started);
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
      standIn: (uses) => this.standIns(temp, sha, started)[uses],
      tell: (line) => lines.push(line),
      signal,
      graceMs: [500, 500],
    };
    const { ended } = await runWorkflow(
      await parseWorkflowFile("workflow.yml", text),
      { github: githubContext, inputs: trigger.inputs ?? {} },
      machine,
      { enter: (job) => this.enter(job, trigger, sha, started, githubContext) },
    );
    const all = ended.map(({ result }) => result);
    return {
      result: (["failure", "cancelled"] as const).find((each) => all.includes(each)) ?? "success",
      results: Object.fromEntries(ended.map(({ id, result }) => [id, result])),
      jobs: ended,
      log: lines.join("\n"),
    };
  }

  private context(
    { event, ref, actor = "", inputs = {}, payload = {} }: Trigger,
    sha: string,
    { id }: WorkflowRun,
  ): Readonly<Record<string, Value>> {
    const { url } = this.github;
    const [owner = "", name = ""] = this.fullName.split("/");
    return {
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
    { environment: wanted, lane, permissions }: JobRequest,
    { ref }: Trigger,
    sha: string,
    started: WorkflowRun,
    githubContext: Readonly<Record<string, Value>>,
  ): Promise<Entrance> {
    const { world } = this.github;
    const { repository } = started;
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
        secrets: { ...opened(repository.secrets), ...(environment === undefined ? {} : opened(environment.secrets)) },
        vars: valuesOf(repository.variables, environment?.variables ?? new Map<string, never>()),
      },
      leave: (result) => {
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

  private standIns(temp: string, sha: string, { repository }: WorkflowRun): Readonly<Record<string, StandIn>> {
    const local = localStandIns({ source: "", artifacts: join(temp, "artifacts"), cache: join(this.home, "cache") });
    const given: Partial<Record<ActionName, StandIn | string>> = {
      ...local,
      "actions/checkout": async ({ inputs, workspace, token }) => {
        const url = `${this.github.url.replace("://", `://x:${token}@`)}/${this.fullName}.git`;
        const git = (...args: string[]) => run("git", ["-C", workspace, ...args], { env: gitEnvironment });
        await git("clone", "--quiet", url, ".");
        // Without its token, as `persist-credentials: false` leaves it.
        await git("remote", "set-url", "origin", `${this.github.url}/${this.fullName}.git`);
        const wanted = inputs.ref ?? sha;
        const commit =
          (await repository.git.commitOf(`refs/heads/${wanted}`)) ?? (await repository.git.commitOf(wanted));
        await git("checkout", "--quiet", "--detach", commit ?? wanted);
        return {};
      },
      "actions/create-github-app-token": async ({ inputs }) => {
        const token = await this.logIn(inputs);
        return { outputs: { token }, masks: [token] };
      },
      "actions/attest": async ({ workspace }) => {
        const bundle = join(workspace, "..", "attestation.json");
        await writeFile(bundle, "{}\n");
        return { outputs: { "bundle-path": bundle } };
      },
    };
    return Object.fromEntries(
      Object.entries(given).flatMap(([name, standIn]) =>
        typeof standIn === "string" ? [] : [[actionReference(name as ActionName), standIn]],
      ),
    );
  }

  /** As the action does: a signed claim of who the App is, and then a token for what was asked. */
  private async logIn(inputs: Readonly<Record<string, string>>): Promise<string> {
    const app = this.github.world.apps.find(({ id }) => String(id) === inputs["client-id"]);
    const seconds = Math.floor(Date.now() / 1_000);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claim = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iss: inputs["client-id"], iat: seconds - 30, exp: seconds + 300 })}`;
    const signature = createSign("sha256")
      .update(claim)
      .sign(inputs["private-key"] ?? "", "base64url");
    const permissions = Object.entries(inputs).flatMap(([name, level]) =>
      name.startsWith("permission-") ? [[name.slice("permission-".length).replaceAll("-", "_"), level] as const] : [],
    );
    const answer = await fetch(`${this.github.url}/api/v3/app/installations/${app?.installation ?? 0}/access_tokens`, {
      method: "POST",
      headers: { authorization: `Bearer ${claim}.${signature}` },
      body: JSON.stringify({ permissions: Object.fromEntries(permissions) }),
    });
    if (!answer.ok) throw new Error(`the App may not log in: ${await answer.text()}`);
    const { token } = (await answer.json()) as { token: string };
    return token;
  }
}

const opened = (store: Repository["secrets"]): Readonly<Record<string, string>> =>
  Object.fromEntries(store.names.map((name) => [name, store.opened(name) ?? ""]));

const valuesOf = (...stores: Repository["variables"][]): Readonly<Record<string, string>> =>
  Object.fromEntries(stores.flatMap((store) => [...store].map(([name, { value }]) => [name, value] as const)));
