import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { fixOf } from "../ci/linters.ts";
import type { Machine } from "./job.ts";
import {
  expressionsIn,
  fieldOf,
  parseWorkflowFile,
  rawText,
  textOf,
  type Contexts,
  type ParsedJob,
  type Value,
} from "./parser.ts";
import { localStandIns, lockedAction, type Folders, type StandIn } from "./stand-ins.ts";
import { runWorkflow, type Ended } from "./workflow.ts";

const run = promisify(execFile);

/** What a job came to here; `notHere` says why this machine could not run it. */
export interface LocalResult {
  readonly id: string;
  readonly name: string;
  readonly result: "success" | "failure" | "cancelled" | "skipped";
  /** What it took; 0 for one that did not run. */
  readonly seconds: number;
  readonly notHere?: string;
}

export interface LocalRun {
  /** Top folder of the service's clone. */
  readonly folder: string;
  /** Ids or names of jobs. @default all */
  readonly jobs?: readonly string[];
  /** Linters that can mend do so, in the clone itself; only jobs with such linters run. @default false */
  readonly fix?: boolean;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
  /** Environment to take from. @default this process's */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A job that `slipway ci` knows. */
export interface LocalJob {
  readonly id: string;
  readonly name: string;
  readonly fixes: boolean;
  readonly notHere?: string;
}

/** What steps may see of the developer's environment: what finds programs, packages and Docker, and nothing that could be a secret. */
const passed =
  /^(PATH|HOME|USER|LANG|LC_.*|TMPDIR|XDG_CACHE_HOME|PYENV_ROOT|DOCKER_(HOST|CONTEXT|CONFIG)|SSL_CERT_.*|REQUESTS_CA_BUNDLE|PIP_(INDEX_URL|CERT|CONFIG_FILE)|(HTTPS?|NO)_PROXY)$/i;

/** Jobs of the clone's ci.yml. @throws Error if it has none, or one that GitHub would refuse */
export async function localJobs(folder: string): Promise<LocalJob[]> {
  const { jobs } = await readCi(folder);
  const hasDocker = await dockerAnswers();
  return jobs.map((job) => {
    const notHere = whyNotHere(job, hasDocker);
    const fixes = scripts(job).some((script) => fixOf(script) !== undefined);
    return { id: job.id, name: nameOf(job), fixes, ...(notHere === undefined ? {} : { notHere }) };
  });
}

/**
 * Runs jobs of the clone's ci.yml as a push of the work tree would, uncommitted changes included. The clone itself is changed by `fix` only.
 *
 * @returns one result a job and combination, in the order in which they ended
 */
export async function runLocally({
  folder,
  jobs,
  fix = false,
  tell,
  signal,
  env = process.env,
}: LocalRun): Promise<LocalResult[]> {
  const workflow = await readCi(folder);
  const temp = await mkdtemp(join(tmpdir(), "slipway-ci-"));
  try {
    const source = join(temp, "source");
    if (!fix) await snapshot(folder, source);
    const cache = join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "slipway", "ci");
    const standIn = chooseStandIn({ source, artifacts: join(temp, "artifacts"), cache }, fix ? folder : undefined);
    const machine: Machine = {
      env: passedOn(env),
      temp,
      standIn,
      tell,
      signal,
      ...(fix ? { rewrite: (script: string) => fixOf(script) ?? script } : {}),
    };
    const ids = workflow.jobs
      .filter((job) => jobs === undefined || jobs.includes(job.id) || jobs.includes(nameOf(job)))
      .filter((job) => !fix || scripts(job).some((script) => fixOf(script) !== undefined))
      .map(({ id }) => id);
    const hasDocker = await dockerAnswers();
    const contexts = await pushContexts(folder);
    const { ended, notRun } = await runWorkflow(workflow, contexts, machine, {
      wanted: ids,
      notHere: (job) => whyNotHere(job, hasDocker),
    });
    const left = [...notRun].map(([id, notHere]) => {
      const job = workflow.jobs.find((each) => each.id === id);
      return { id, name: job === undefined ? id : nameOf(job), result: "skipped" as const, seconds: 0, notHere };
    });
    return [...ended.map(resultOf), ...left];
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

const resultOf = ({ id, name, result, seconds, notHere }: Ended): LocalResult => ({
  id,
  name,
  result,
  seconds,
  ...(notHere === undefined ? {} : { notHere }),
});

async function readCi(folder: string) {
  const file = join(".github", "workflows", "ci.yml");
  const text = await readFile(join(folder, file), "utf8").catch(() => undefined);
  if (text === undefined) throw new Error(`${file}: is not in ${folder}. Fix: slipway workflows apply ${folder}`);
  return parseWorkflowFile("ci.yml", text);
}

const nameOf = ({ id, body }: ParsedJob): string => rawText(body, "name") ?? id;

const scripts = ({ steps }: ParsedJob): string[] => steps.flatMap(({ body }) => rawText(body, "run") ?? []);

/** Why a job cannot run here, as far as its text tells. */
function whyNotHere(job: ParsedJob, hasDocker: boolean): string | undefined {
  const standIns = localStandIns({ source: "", artifacts: "", cache: "" });
  for (const { body } of job.steps) {
    const uses = rawText(body, "uses");
    if (uses === undefined) continue;
    const action = lockedAction(uses);
    const standIn = action === undefined ? `uses ${uses}, which is not in the lock` : standIns[action];
    if (typeof standIn === "string") return standIn;
  }
  const environment = fieldOf(job.body, "environment");
  if (environment !== undefined) return "enters an environment, which only GitHub has";
  const [, secret] = /\bsecrets\.(\w+)/.exec(expressionsIn(job.body).join("\n")) ?? [];
  if (secret !== undefined) return `reads the secret ${secret}, which only GitHub has`;
  const wantsDocker =
    fieldOf(job.body, "services") !== undefined || scripts(job).some((each) => /\bdocker /.test(each));
  return wantsDocker && !hasDocker ? "needs Docker, which does not answer" : undefined;
}

const dockerAnswers = (): Promise<boolean> =>
  run("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: 10_000 }).then(
    () => true,
    () => false,
  );

const passedOn = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && passed.test(name) ? [[name, value]] : [])),
  );

function chooseStandIn(folders: Folders, clone: string | undefined): Machine["standIn"] {
  const all = localStandIns(folders);
  return (uses) => {
    const action = lockedAction(uses);
    if (action === "actions/checkout" && clone !== undefined) return workIn(clone);
    const standIn = action === undefined ? undefined : all[action];
    return typeof standIn === "function" ? standIn : undefined;
  };
}

/** What mends works in the clone itself. */
const workIn =
  (clone: string): StandIn =>
  async ({ workspace }) => {
    await rm(workspace, { recursive: true });
    await symlink(clone, workspace);
    return {};
  };

/** A clone of the clone with the work tree as it is: changed, new and deleted files, but none that Git ignores. */
export async function snapshot(folder: string, into: string): Promise<void> {
  const git = async (...args: string[]) =>
    (await run("git", args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 })).stdout
      .split("\0")
      .filter((line) => line !== "");
  await run("git", ["clone", "--quiet", "--no-hardlinks", folder, into]);
  const deleted = new Set(await git("ls-files", "-z", "--deleted"));
  const files = await git("ls-files", "-z", "--cached", "--others", "--exclude-standard");
  for (const file of deleted) await rm(join(into, file), { force: true });
  for (const file of new Set(files)) {
    if (deleted.has(file)) continue;
    await mkdir(join(into, file, ".."), { recursive: true });
    await cp(join(folder, file), join(into, file), { verbatimSymlinks: true });
  }
  await run("git", ["add", "--all"], { cwd: into });
  const identity = ["-c", "user.name=slipway", "-c", "user.email=slipway@localhost", "-c", "commit.gpgSign=false"];
  await run("git", [...identity, "commit", "--quiet", "--no-verify", "--allow-empty", "--message=chore: work tree"], {
    cwd: into,
  });
}

/** What GitHub would say of a push of the branch that is checked out. */
async function pushContexts(folder: string): Promise<Contexts> {
  const git = async (...args: string[]) =>
    run("git", args, { cwd: folder }).then(
      ({ stdout }) => stdout.trim(),
      () => "",
    );
  const branch = (await git("branch", "--show-current")) || "main";
  const [, repository = `local/${basename(folder)}`] =
    /[:/]([^:/]+\/[^/]+?)(?:\.git)?$/.exec(await git("remote", "get-url", "origin")) ?? [];
  const github: Readonly<Record<string, Value>> = {
    event_name: "push",
    event: {},
    ref: `refs/heads/${branch}`,
    ref_name: branch,
    sha: await git("rev-parse", "HEAD"),
    repository,
    actor: textOf((await git("config", "user.name")) || "local"),
    run_id: "1",
    run_attempt: "1",
    server_url: "https://github.com",
    api_url: "https://api.github.com",
    token: "",
  };
  return { github };
}
