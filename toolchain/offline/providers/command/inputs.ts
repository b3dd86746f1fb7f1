import type { Properties, Value } from "../../grpc/values.ts";
import { hasUnknown, unwrap } from "../../grpc/values.ts";

/** Which output is shown while the command runs. */
export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

/** The inputs of command:local:Command, with the contract of the vendor's plugin. */
export interface LocalInputs {
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
  readonly stdin?: string;
  readonly dir?: string;
  readonly environment?: Record<string, string>;
  readonly interpreter?: string[];
  readonly triggers?: Value[];
  /** What is shown while the command runs. Default: both. */
  readonly logging?: Logging;
  /** Hand the last run's output to the next as PULUMI_COMMAND_STDOUT and _STDERR. Default true. */
  readonly addPreviousOutputInEnv?: boolean;
}

/** An input that is not as it must be. */
export interface InvalidInput {
  readonly property: string;
  readonly reason: string;
}

type Test = (value: Value) => string | undefined;

const text: Test = (value) => (typeof value === "string" ? undefined : "must be a string");
const flag: Test = (value) => (typeof value === "boolean" ? undefined : "must be true or false");
const list: Test = (value) => (Array.isArray(value) ? undefined : "must be a list");
const texts: Test = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? undefined : "must be a list of strings";
const textMap: Test = (value) =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((item) => typeof item === "string")
    ? undefined
    : "must be a map of strings";
const logging: Test = (value) =>
  typeof value === "string" && ["stdout", "stderr", "stdoutAndStderr", "none"].includes(value)
    ? undefined
    : `must be one of stdout, stderr, stdoutAndStderr, none, got ${JSON.stringify(value)}`;
const unsupported: Test = () =>
  "is not supported by this stand-in for the vendor's plugin. Fix: leave it out, or install the vendor's plugin";

const tests: Record<string, Test> = {
  create: text,
  update: text,
  delete: text,
  stdin: text,
  dir: text,
  environment: textMap,
  interpreter: texts,
  triggers: list,
  logging,
  addPreviousOutputInEnv: flag,
  assetPaths: unsupported,
  archivePaths: unsupported,
};

/** Every problem at once. What a preview does not know yet is taken as right. */
export function problems(inputs: Properties): InvalidInput[] {
  return Object.entries(inputs).flatMap(([property, value]) => {
    const test = tests[property];
    if (test === undefined) {
      return [
        { property, reason: `is not an input of command:local:Command. Allowed: ${Object.keys(tests).join(", ")}` },
      ];
    }
    const reason = hasUnknown(unwrap(value)) && test !== unsupported ? undefined : test(unwrap(value));
    return reason === undefined ? [] : [{ property, reason }];
  });
}

/** Inputs as the engine should record them: nulls are as good as absent, defaults filled in. */
export function normalise(inputs: Properties): Properties {
  const given = Object.fromEntries(
    Object.entries(inputs).filter(([key, value]) => value !== null && key !== "__defaults"),
  );
  return { addPreviousOutputInEnv: true, ...given };
}

/** Only for inputs that passed `problems` and have no unknowns. */
export function localInputs(inputs: Properties): LocalInputs {
  return unwrap(inputs) as unknown as LocalInputs;
}
