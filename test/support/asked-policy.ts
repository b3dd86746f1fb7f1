import * as sdk from "@pulumi/policy";
import { Secret, type ResourceValidationArgs } from "@pulumi/policy";
import { asPolicy, type Rule } from "../../policy/rule.ts";
import { Marks } from "../../policy/marks.ts";
import { secretMark, type Recorded } from "./recorder.ts";

/** What the SDK stands in for a text that only the update will know. */
export const notKnownYet = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A resource for a rule. */
export interface Asked {
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** @default thing */
  readonly name?: string;
  /** @default in no component */
  readonly urn?: string;
  readonly opts?: { readonly protect?: boolean; readonly ignoreChanges?: readonly string[] };
}

/** A value that is marked as a secret. */
export const secret = (value: unknown): unknown => new Secret(value);

/** The SDK's traps around inputs; its declarations leave out what they are. */
const { unknownCheckingProxy: trapped } = sdk as unknown as Record<
  "unknownCheckingProxy",
  (inputs: unknown) => unknown
>;

/** What a rule reports of a resource, asked as the engine asks: for the marks first, then with the SDK's traps around the inputs. */
export function reported(rule: Rule, { type, props, name = "thing", urn, opts = {} }: Asked): string[] {
  const told: string[] = [];
  const marks = new Marks();
  const policy = marks.lookedAt(asPolicy(rule, marks.of));
  const args = { type, name, urn: urn ?? `urn:pulumi:s::p::${type}::${name}`, opts };
  const ask = (of: readonly unknown[], inputs: unknown) => {
    for (const each of of as ((args: ResourceValidationArgs, report: (text: string) => void) => unknown)[])
      void each({ ...args, props: inputs } as unknown as ResourceValidationArgs, (text) => told.push(text));
  };
  ask([policy.remediateResource], trapped(props));
  ask([policy.validateResource].flat(), trapped(unmarked(props)));
  return told;
}

/** The same of a resource that a program registered. */
export const reportedOf = (rule: Rule, { type, name, urn, wire, protect, ignoreChanges }: Recorded): string[] =>
  reported(rule, {
    type,
    name,
    urn,
    opts: { protect, ignoreChanges },
    props: marked(JSON.parse(wire)) as Asked["props"],
  });

function unmarked(value: unknown): unknown {
  if (value instanceof Secret) return unmarked(value.value);
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unmarked(part)]));
}

/** The wire's marks as the SDK's. */
function marked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== "object" || value === null) return value;
  if (Object.values(value).includes(secretMark) && "value" in value) return new Secret(marked(value.value));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, marked(part)]));
}
