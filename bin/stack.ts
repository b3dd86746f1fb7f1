import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { formatProblems } from "../lib/problem.ts";
import { hidden } from "../lib/schema-parts.ts";
import { parseSettings, secretKeys, type Settings } from "../settings/settings.ts";

/** The folder that holds Pulumi.yaml. */
export const project = join(import.meta.dirname, "..");

export const stackArgument = {
  stack: { type: "string", description: "Stack to speak of, the selected one by default", valueHint: "name" },
} as const;

/** For commands that read the whole configuration. */
export const configArguments = {
  ...stackArgument,
  "config-file": {
    type: "string",
    description: "File with the stack's configuration, Pulumi.<stack>.yaml by default",
    valueHint: "path",
  },
} as const;

/** Runs `pulumi` for at most a minute, and gives back what it prints; ends the process with its message if it fails. */
export function pulumi(args: string[]): string {
  const {
    status: code,
    stdout,
    stderr,
    error,
  } = spawnSync("pulumi", ["--non-interactive", "--cwd", project, ...args], { encoding: "utf8", timeout: 60_000 });
  if (error) fail(`pulumi can't be run, got ${error.message}. Fix: eval "$(make -s env)"`);
  if (code !== 0) fail(stderr.trim());
  return stdout;
}

/** Longest that one run of the engine may take here, in ms. */
const engineMs = 10 * 60_000;

/** The same for what takes long. @throws Error with what the engine has to say */
export async function runEngine(args: string[]): Promise<string> {
  try {
    const options = { timeout: engineMs, maxBuffer: 256 << 20 };
    const { stdout } = await promisify(execFile)("pulumi", ["--non-interactive", "--cwd", project, ...args], options);
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(errorsIn(stdout) || stderr.trim() || stdout.trim() || String(error), { cause: error });
  }
}

/** Messages of the errors in what `pulumi preview --json` prints, its own words about them left out. */
function errorsIn(json: string): string {
  try {
    const { diagnostics = [] } = JSON.parse(json) as { diagnostics?: { severity: string; message: string }[] };
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    return errors.map(({ message }) => message.replace(/^error: /, "").trim()).join("\n");
  } catch {
    return "";
  }
}

type SecretKey = (typeof secretKeys)[number];

/** What a stack's configuration says. */
export interface StackConfiguration {
  readonly stack: string;
  readonly settings: Settings;
  readonly github: NonNullable<Settings["github"]>;
  /** Names under each of `secretKeys`. */
  readonly secretNames: Readonly<Record<SecretKey, readonly string[]>>;
  /** What GitHub is asked with; empty if there is none. */
  readonly token: string;
  /** Arguments that name the stack to `pulumi`. */
  readonly args: string[];
}

/**
 * Reads and checks the configuration of a stack with sections on GitHub as `pulumi up` would; ends the process with every problem if it is
 * wrong.
 */
export function readConfiguration(given: {
  stack?: string | undefined;
  "config-file"?: string | undefined;
}): StackConfiguration {
  const stack = given.stack ?? pulumi(["stack", "--show-name"]).trim();
  const file = given["config-file"];
  const args = ["--stack", stack, ...(file === undefined ? [] : ["--config-file", file])];
  // Names of secrets are known only together with their values; those go no further than this function.
  const config = JSON.parse(pulumi(["config", "--json", "--show-secrets", ...args])) as Record<
    string,
    { value?: string }
  >;
  const raw: Record<string, string> = {};
  for (const [key, { value }] of Object.entries(config)) {
    if (key.startsWith("slipway:") && value !== undefined) raw[key.slice("slipway:".length)] = value;
  }
  const namesOf = (key: string) => Object.keys(JSON.parse(raw[key] ?? "{}") as object);
  const secretNames = Object.fromEntries(secretKeys.map((key) => [key, namesOf(key)])) as Record<SecretKey, string[]>;
  for (const key of secretKeys) Reflect.deleteProperty(raw, key);
  if (raw.registryPassword !== undefined && raw.registryPassword !== "") raw.registryPassword = hidden;
  const parsed = parseSettings(raw, secretNames);
  if ("problems" in parsed) fail(formatProblems(parsed.problems));
  const { github } = parsed.settings;
  if (github === undefined) fail("the stack has no slipway:github. Fix: name one that has, with --stack");
  const token = config["github:token"]?.value ?? process.env.GITHUB_TOKEN ?? "";
  return { stack, settings: parsed.settings, github, secretNames, token, args };
}

/** Ends the process: 1 is a failure in every command. */
export function fail(message: string): never {
  process.stderr.write(`slipway: ${message}\n`);
  process.exit(1);
}
