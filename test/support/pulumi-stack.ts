import { execFile, spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { stringify } from "yaml";
import { run } from "../../toolchain/command.ts";
import { heal } from "../../toolchain/heal.ts";
import type { StackFiles } from "../../toolchain/heal/checkpoint.ts";

/** Longest that mending a state may take, in ms. */
const limit = 60_000;

/** How a command ended. */
export interface Ended {
  readonly code: number;
  /** stdout and stderr as they came. */
  readonly output: string;
  readonly stdout: string;
}

/** What a stack starts from. */
export interface PulumiStackArgs {
  /** Its whole configuration, `slipway:` left out; the service is ape-2026 unless it says so. @default Pulumi.local.yaml */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Variables for the engine. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of the program. @default this clone */
  readonly program?: string;
  /** Longest that one command may take. @default 10 */
  readonly minutes?: number;
  /** Another stack of the same project, in the same state store. @default alone */
  readonly beside?: PulumiStack;
}

/**
 * A stack of this project with the real engine, a state and a configuration of its own: nothing in the clone changes.
 */
export class PulumiStack {
  readonly folder: string;
  readonly state: string;
  /** Its Pulumi.<stack>.yaml. */
  readonly configFile: string;
  /** Environment of the engine and its plugins. */
  readonly env: NodeJS.ProcessEnv;
  private readonly stack: string;
  private readonly limitMs: number;
  /** Where its state lies. */
  readonly files: StackFiles;
  /** Folder of the program that the next command runs. */
  program: string;

  constructor(
    stack: string,
    { config, env = {}, program = process.cwd(), beside, minutes = 10 }: PulumiStackArgs = {},
  ) {
    this.folder = beside?.folder ?? mkdtempSync(join(tmpdir(), "slipway-e2e-"));
    this.state = join(this.folder, "state");
    this.stack = stack;
    this.program = program;
    this.limitMs = minutes * 60_000;
    this.files = { backend: this.state, project: "slipway", stack };
    this.configFile = join(this.folder, `Pulumi.${stack}.yaml`);
    mkdirSync(this.state, { recursive: true });
    copyFileSync("Pulumi.yaml", join(this.folder, "Pulumi.yaml"));
    // After `make up` it has the salt of that stack's secrets.
    const own = () => readFileSync("Pulumi.local.yaml", "utf8").replace(/^encryptionsalt:.*$/m, "");
    writeFileSync(this.configFile, config === undefined ? own() : configuration(config));
    this.env = {
      ...process.env,
      ...env,
      PULUMI_BACKEND_URL: `file://${this.state}`,
      PULUMI_CONFIG_PASSPHRASE: "only for this test",
      PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
      // A test that is about the policy pack names it.
      PULUMI_OPTION_POLICY_PACK: undefined,
      // These files are no pull request's, even where one has started the tests.
      GITHUB_EVENT_NAME: undefined,
      ...env,
    };
  }

  async init(config: Record<string, string> = {}): Promise<void> {
    // Only from a project folder of its own does `stack init` write its salt there instead of into the clone.
    await this.ok(["stack", "init", this.stack, "--cwd", this.folder]);
    if (Object.keys(config).length > 0) await this.set(config);
  }

  /** Sets plain values; a dot in a key goes into an object. */
  async set(config: Record<string, string>): Promise<void> {
    const pairs = Object.entries(config).flatMap(([key, value]) => ["--plaintext", `slipway:${key}=${value}`]);
    await this.ok(["config", "set-all", "--path", ...pairs, ...this.stackArgs()]);
  }

  async setSecret(key: string, value: string): Promise<void> {
    await this.setSecrets({ [key]: value });
  }

  async setSecrets(values: Readonly<Record<string, string>>): Promise<void> {
    const pairs = Object.entries(values).flatMap(([key, value]) => ["--secret", `slipway:${key}=${value}`]);
    await this.ok(["config", "set-all", "--path", ...pairs, ...this.stackArgs()]);
  }

  async unset(key: string): Promise<void> {
    await this.ok(["config", "rm", "--path", `slipway:${key}`, ...this.stackArgs()]);
  }

  up(...args: string[]): Promise<Ended> {
    return this.run(["up", "--yes", "--skip-preview", ...args, ...this.stackArgs()]);
  }

  preview(...args: string[]): Promise<Ended> {
    return this.run(["preview", ...args, ...this.stackArgs()]);
  }

  refresh(...args: string[]): Promise<Ended> {
    return this.run(["refresh", "--yes", "--skip-preview", ...args, ...this.stackArgs()]);
  }

  destroy(): Promise<Ended> {
    return this.run(["destroy", "--yes", "--skip-preview", ...this.stackArgs()]);
  }

  /** An `up` that runs on its own, to be killed; it leads a process group. */
  startUp(): ChildProcess {
    return spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", ...this.stackArgs()], {
      cwd: this.program,
      env: this.env,
      detached: true,
      stdio: "ignore",
    });
  }

  /**
   * The same on a terminal of so many columns, with the engine's own display there.
   *
   * @param typed what somebody types meanwhile. @default nothing
   * @returns what the terminal was sent, without colours and movements of the cursor
   */
  async onTerminal(columns: number, args: readonly string[], typed?: Promise<string>): Promise<Ended> {
    const words = ["pulumi", ...args, ...this.stackArgs()].map((word) => `'${word}'`);
    const command = `stty cols ${String(columns)} rows 24; exec ${words.join(" ")}`;
    const terminal = { TERM: "xterm", SHELL: "/bin/sh" };
    const ended = await this.start("script", ["-qec", command, "/dev/null"], typed, terminal);
    const output = stripVTControlCharacters(ended.output).replaceAll("\r", "");
    return { ...ended, output, stdout: output };
  }

  async outputs(): Promise<Record<string, unknown>> {
    const { stdout } = await this.ok(["stack", "output", "--json", "--stack", this.stack]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  async export(...args: string[]): Promise<string> {
    return (await this.ok(["stack", "export", ...args, "--stack", this.stack])).stdout;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs `pulumi`. */
  run(args: string[]): Promise<Ended> {
    return this.start("pulumi", ["--non-interactive", ...args]);
  }

  /** Runs the command itself, for this stack. */
  slipway(...args: string[]): Promise<Ended> {
    // Behind the words of a command on a host, options are that command's.
    const at = ["exec", "run"].includes(args[0] ?? "") ? 1 : args.length;
    return this.start("bin/slipway", args.toSpliced(at, 0, ...this.stackArgs()));
  }

  /** The same with something on standard input. */
  slipwayWith(input: string, ...args: string[]): Promise<Ended> {
    return this.start("bin/slipway", [...args, ...this.stackArgs()], input);
  }

  /** The same stack, run with another token for GitHub. */
  as(token: string): PulumiStack {
    return Object.assign(Object.create(this) as PulumiStack, { env: { ...this.env, GITHUB_TOKEN: token } });
  }

  private start(
    program: string,
    args: string[],
    input?: string | Promise<string>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    return new Promise((resolve) => {
      const child = execFile(
        program,
        args,
        { cwd: this.program, env: { ...this.env, ...env }, maxBuffer: 64 << 20, timeout: this.limitMs },
        (error, stdout, stderr) => {
          resolve({
            code: error === null ? 0 : typeof error.code === "number" ? error.code : 1,
            output: stdout + stderr,
            stdout,
          });
        },
      );
      void Promise.resolve(input).then((text) => child.stdin?.end(text));
    });
  }

  /** What `make up` does first. @returns what was mended */
  async heal(): Promise<string[]> {
    const lines: string[] = [];
    await heal({
      ...this.files,
      pulumi: (args, input = "") => run("pulumi", [...args, "--stack", this.stack], { limit, env: this.env, input }),
      report: (line) => lines.push(line),
    });
    return lines;
  }

  private async ok(args: string[]): Promise<Ended> {
    const ended = await this.run(args);
    if (ended.code !== 0) throw new Error(`pulumi ${args.join(" ")} failed:\n${ended.output}`);
    return ended;
  }

  private stackArgs(): string[] {
    return ["--stack", this.stack, "--config-file", this.configFile];
  }
}

function configuration(config: Readonly<Record<string, unknown>>): string {
  return stringify({
    config: Object.fromEntries(
      Object.entries({ service: "ape-2026", ...config }).map(([key, value]) => [`slipway:${key}`, value]),
    ),
  });
}
