import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseCommand, parseFileCommand, Masks } from "./file-commands.ts";
import { fieldOf, isTrue, textOf } from "./parser.ts";
import type { Contexts, Evaluate, Functions, ParsedJob, ParsedStep, Value } from "./parser.ts";
import { runProcess } from "./process.ts";
import { startServices, type RunningServices, type ServiceText } from "./services.ts";
import { NotHere, type StandIn } from "./stand-ins.ts";

/** What a step or a job came to. */
export type Outcome = "success" | "failure" | "cancelled" | "skipped";

export interface StepResult {
  readonly name: string;
  /** Before `continue-on-error`. */
  readonly outcome: Outcome;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface JobResult {
  readonly result: Outcome;
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly StepResult[];
  /** What steps wrote to GITHUB_STEP_SUMMARY. */
  readonly summary: string;
  /** Why this machine could not run it to its end; its result is `skipped` then. */
  readonly notHere?: string;
}

/** What a run takes from the machine that it runs on. */
export interface Machine {
  /** Environment of every step; nothing else of this process reaches one. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder for everything that the run writes. */
  readonly temp: string;
  /** By what `uses` says. @returns undefined for an action that cannot run here */
  readonly standIn: (uses: string) => StandIn | undefined;
  /** What is run instead of a step's text. @default the text itself */
  readonly rewrite?: (script: string) => string;
  readonly tell: (line: string) => void;
  /** Cancels the run, as a person would on GitHub. */
  readonly signal: AbortSignal;
  /** What no log may show, beside secrets and the token. @default nothing */
  readonly masks?: readonly string[];
  /** @default that of the runner, see `runProcess` */
  readonly graceMs?: readonly [number, number];
}

type Texts = Readonly<Record<string, string>>;

/** Runs one job, or one combination of its matrix, step by step. */
export async function runJob(
  job: ParsedJob,
  contexts: Contexts,
  defaults: Texts,
  evaluate: Evaluate,
  machine: Machine,
): Promise<JobResult> {
  const folder = await mkdtemp(join(machine.temp, `${job.id}-`));
  const workspace = join(folder, "workspace");
  await mkdir(workspace);
  const masks = new Masks();
  for (const secret of [tokenOf(contexts), ...Object.values(texts(contexts.secrets)), ...(machine.masks ?? [])])
    masks.add(secret);
  const run = new JobRun(job, contexts, defaults, evaluate, { ...machine, folder, workspace, masks });
  try {
    return await run.all();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Place extends Omit<Machine, "masks"> {
  readonly folder: string;
  readonly workspace: string;
  readonly masks: Masks;
}

class JobRun {
  readonly #job: ParsedJob;
  readonly #evaluate: Evaluate;
  readonly #place: Place;
  readonly #fields: Readonly<Record<string, Value>>;
  readonly #steps: Record<string, Value> = {};
  readonly #results: StepResult[] = [];
  #contexts: Contexts;
  #env: Record<string, string>;
  #path: string[] = [];
  #status: Outcome = "success";

  constructor(job: ParsedJob, contexts: Contexts, defaults: Texts, evaluate: Evaluate, place: Place) {
    this.#job = job;
    this.#evaluate = evaluate;
    this.#place = place;
    const runner = { os: "Linux", temp: place.folder, name: "slipway" };
    const github = { ...(contexts.github as object), workspace: place.workspace };
    this.#contexts = { ...contexts, github, runner, env: defaults, job: {}, steps: {} };
    this.#fields = fieldsOf(job, ["env", "services", "timeout-minutes"], evaluate, this.#contexts);
    this.#env = { ...defaults, ...texts(this.#fields.env) };
  }

  async all(): Promise<JobResult> {
    const minutes = Number(this.#fields["timeout-minutes"] ?? 360);
    const late = AbortSignal.timeout(minutes * 60_000);
    const signal = AbortSignal.any([this.#place.signal, late]);
    let services: RunningServices | undefined;
    let notHere: string | undefined;
    try {
      const wanted = (this.#fields.services ?? {}) as unknown as Readonly<Record<string, ServiceText>>;
      services = await startServices(wanted);
      this.#contexts = { ...this.#contexts, job: { status: this.#status, services: services.context } };
      for (const step of this.#job.steps) await this.#step(step, signal);
    } catch (error) {
      this.#place.tell(this.#place.masks.hide(error instanceof Error ? error.message : String(error)));
      this.#status = error instanceof NotHere ? "skipped" : "failure";
      if (error instanceof NotHere) notHere = error.message;
    } finally {
      await services?.stop();
    }
    if (late.aborted) this.#place.tell(`ended after ${minutes} min, its timeout-minutes`);
    const { outputs } = fieldsOf(this.#job, ["outputs"], this.#evaluate, this.#now(this.#env));
    const summary = await readFile(this.#file("summary"), "utf8").catch(() => "");
    return {
      result: this.#status,
      outputs: texts(outputs),
      steps: this.#results,
      summary,
      ...(notHere === undefined ? {} : { notHere }),
    };
  }

  #now(env: Texts): Contexts {
    return { ...this.#contexts, env, steps: { ...this.#steps } };
  }

  #functions(): Functions {
    return {
      success: () => this.#status === "success",
      failure: () => this.#status === "failure",
      cancelled: () => this.#status === "cancelled",
      always: () => true,
    };
  }

  async #step(step: ParsedStep, signal: AbortSignal): Promise<void> {
    if (signal.aborted && this.#status === "success") this.#status = "cancelled";
    const { evaluate, fields } = this.#read(step);
    const name = textOf(fields.name ?? fields.uses ?? "run");
    const id = typeof fields.id === "string" ? fields.id : undefined;
    const wanted = isTrue(evaluate(step.condition));
    const outputs: Record<string, string> = {};
    let outcome: Outcome = "skipped";
    if (wanted) {
      this.#place.tell(`▸ ${name}`);
      // Steps that want to run after a cancel have the runner's own patience.
      const limit = signal.aborted ? AbortSignal.timeout(300_000) : signal;
      outcome = await this.#work(fields, outputs, limit);
      if (limit.aborted && this.#status === "success") outcome = "cancelled";
    }
    const isForgiven = outcome === "failure" && fields["continue-on-error"] === true;
    if (!isForgiven && (outcome === "failure" || outcome === "cancelled") && this.#status === "success")
      this.#status = outcome;
    if (id !== undefined)
      this.#steps[id] = { outputs: { ...outputs }, outcome, conclusion: isForgiven ? "success" : outcome };
    this.#results.push({ name, outcome, outputs });
  }

  #read(step: ParsedStep) {
    const plain = this.#now(this.#env);
    const env = { ...this.#env, ...texts(fieldsOf(step, ["env"], this.#evaluate, plain).env) };
    const contexts = this.#now(env);
    const keys = ["name", "id", "run", "uses", "with", "working-directory", "timeout-minutes", "continue-on-error"];
    return {
      evaluate: (token: ParsedStep["condition"]) => this.#evaluate(token, contexts, this.#functions()),
      fields: { ...fieldsOf(step, keys, this.#evaluate, contexts), env } as Readonly<Record<string, Value>>,
    };
  }

  async #work(
    fields: Readonly<Record<string, Value>>,
    outputs: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    try {
      if (typeof fields.uses === "string") await this.#use(fields.uses, texts(fields.with), outputs);
      else await this.#shell(fields, outputs, signal);
      return "success";
    } catch (error) {
      if (error instanceof NotHere) throw error;
      this.#tell(error instanceof Error ? error.message : String(error));
      return "failure";
    }
  }

  async #use(uses: string, inputs: Texts, outputs: Record<string, string>): Promise<void> {
    const standIn = this.#place.standIn(uses);
    if (standIn === undefined) throw new NotHere(`${uses} is not in the lock`);
    const { workspace, env } = this.#place;
    const done = await standIn({
      inputs,
      workspace,
      env,
      token: tokenOf(this.#contexts),
      tell: (line) => {
        this.#tell(line);
      },
    });
    for (const value of done.masks ?? []) this.#place.masks.add(value);
    Object.assign(outputs, done.outputs);
    Object.assign(this.#env, done.env);
    this.#path = [...(done.path ?? []), ...this.#path];
  }

  async #shell(
    fields: Readonly<Record<string, Value>>,
    outputs: Record<string, string>,
    signal: AbortSignal,
  ): Promise<void> {
    const { folder, workspace, env, graceMs, rewrite = asItIs } = this.#place;
    const script = this.#file("script.sh");
    await writeFile(script, rewrite(textOf(fields.run)));
    const files = { GITHUB_OUTPUT: "output", GITHUB_ENV: "env", GITHUB_PATH: "path" };
    for (const name of Object.values(files)) await writeFile(this.#file(name), "");
    const code = await runProcess({
      program: "bash",
      args: ["--noprofile", "--norc", "-eo", "pipefail", script],
      cwd: join(workspace, typeof fields["working-directory"] === "string" ? fields["working-directory"] : "."),
      env: {
        ...env,
        ...githubVariables(this.#contexts.github),
        ...texts(fields.env),
        PATH: [...this.#path, env.PATH ?? ""].join(":"),
        CI: "true",
        RUNNER_TEMP: folder,
        GITHUB_STEP_SUMMARY: this.#file("summary"),
        ...Object.fromEntries(Object.entries(files).map(([key, name]) => [key, this.#file(name)])),
      },
      onLine: (line) => {
        this.#tell(line);
      },
      signal:
        fields["timeout-minutes"] === undefined
          ? signal
          : AbortSignal.any([signal, AbortSignal.timeout(Number(fields["timeout-minutes"]) * 60_000)]),
      ...(graceMs === undefined ? {} : { graceMs }),
    });
    const read = async (name: string) => readFile(this.#file(name), "utf8");
    Object.assign(outputs, Object.fromEntries(parseFileCommand(await read("output"))));
    Object.assign(this.#env, Object.fromEntries(parseFileCommand(await read("env"))));
    this.#path = [
      ...(await read("path"))
        .split("\n")
        .filter((line) => line !== "")
        .reverse(),
      ...this.#path,
    ];
    if (code !== 0) throw new Error(`exit code ${code}`);
  }

  #file(name: string): string {
    return join(this.#place.folder, name);
  }

  #tell(line: string): void {
    const { masks, tell } = this.#place;
    const command = parseCommand(line);
    if (command?.command === "add-mask") masks.add(command.value);
    else tell(`  ${masks.hide(command === undefined ? line : `${command.command}: ${command.value}`)}`);
  }
}

/** Some fields of a job or a step, evaluated. Those that it does not have are missing. */
function fieldsOf(
  { body }: { readonly body: ParsedJob["body"] },
  keys: readonly string[],
  evaluate: Evaluate,
  contexts: Contexts,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const token = fieldOf(body, key);
      return token === undefined ? [] : [[key, evaluate(token, contexts)]];
    }),
  );
}

const tokenOf = ({ github }: Contexts): string => textOf((github as Readonly<Record<string, Value>>).token);

const asItIs = (script: string): string => script;

const texts = (value: Value | undefined): Texts =>
  Object.fromEntries(
    Object.entries((value ?? {}) as Readonly<Record<string, Value>>).map(([key, each]) => [key, textOf(each)]),
  );

/** GITHUB_SHA and its like: every plain text of the context, but the token, which a step gets by `env` only. */
function githubVariables(github: Value | undefined): Texts {
  return Object.fromEntries(
    Object.entries((github ?? {}) as Readonly<Record<string, Value>>)
      .filter(([key, value]) => typeof value === "string" && key !== "token")
      .map(([key, value]) => [`GITHUB_${key.toUpperCase()}`, textOf(value)]),
  );
}
