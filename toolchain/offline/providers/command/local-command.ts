import { randomBytes } from "node:crypto";
import type { Properties, Value } from "../../grpc/values.ts";
import { hasSecret, secret, unknownValue, unwrap } from "../../grpc/values.ts";
import { localInputs } from "./inputs.ts";
import type { Output } from "./run.ts";
import { runCommand } from "./run.ts";

/** One create, update or delete. */
export interface Operation {
  readonly preview: boolean;
  /** In seconds; 0 means none. */
  readonly limit: number;
  readonly line: (text: string) => void;
  readonly cancelled: AbortSignal;
}

/** Id of a new resource. */
export function newId(urn: string): string {
  return `${urn.split("::").at(-1) ?? ""}${randomBytes(4).toString("hex")}`;
}

/** command:local:Command: runs `create`. */
export async function create(inputs: Properties, operation: Operation): Promise<Properties> {
  const command = inputs.create;
  return state(inputs, await output(command, inputs, undefined, operation));
}

/** `update` when given, else `create` again. With neither, the output of before stays. */
export async function update(before: Properties, inputs: Properties, operation: Operation): Promise<Properties> {
  const command = inputs.update ?? inputs.create;
  return state(inputs, await output(command, inputs, previous(before), operation));
}

/** Runs `delete`, if there is one. */
export async function remove(before: Properties, operation: Operation): Promise<void> {
  await output(before.delete, before, previous(before), operation);
}

async function output(
  command: Value | undefined,
  inputs: Properties,
  before: Output | undefined,
  { preview, limit, line, cancelled }: Operation,
): Promise<Output> {
  if (preview) return { stdout: unknownValue, stderr: unknownValue };
  const plain = command === undefined ? undefined : unwrap(command);
  if (typeof plain !== "string") return before ?? { stdout: "", stderr: "" };
  return runCommand(plain, localInputs(inputs), before, line, limit, cancelled);
}

/** The inputs as they came, marks included, and the output: secret when anything that went in was. */
function state(inputs: Properties, { stdout, stderr }: Output): Properties {
  const mark = hasSecret(inputs) ? secret : (value: Value) => value;
  return { ...inputs, stdout: mark(stdout), stderr: mark(stderr) };
}

function previous(before: Properties): Output {
  return { stdout: text(before.stdout), stderr: text(before.stderr) };
}

function text(value: Value | undefined): string {
  const plain = value === undefined ? "" : unwrap(value);
  return typeof plain === "string" ? plain : "";
}
