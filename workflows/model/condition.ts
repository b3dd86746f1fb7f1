import type { Condition, EventName, Step } from "./workflow.ts";

/** What GitHub knows when it decides whether a job runs. */
export interface Situation {
  readonly event: EventName;
  /** Full name: `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/7/merge`, `refs/heads/gh-readonly-queue/main/pr-7`. */
  readonly ref: string;
  /** Branch that a pull request, or an entry of the merge queue, goes to. @default none */
  readonly base?: string;
  /** The pull request comes from a fork. @default false */
  readonly fork?: boolean;
  /** Dependabot caused the run, which then has a token that only reads and none of the repository's secrets. @default false */
  readonly dependabot?: boolean;
  /** What the person who dispatched the run chose. @default nothing */
  readonly inputs?: Readonly<Record<string, string>>;
}

/** Whether a condition can hold, what other jobs come to and say aside. Pure. */
export function holds(condition: Condition, situation: Situation): boolean {
  const { events, trusted, refPrefix, inputs = {} } = condition;
  return (
    (events === undefined || events.includes(situation.event)) &&
    (trusted !== true || (situation.fork !== true && situation.dependabot !== true)) &&
    (refPrefix === undefined || situation.ref.startsWith(refPrefix)) &&
    Object.entries(inputs).every(([name, value]) => situation.inputs?.[name] === value)
  );
}

/** By `github.actor`, because GitHub cuts the token of runs that Dependabot causes by that; a fork's head is in another repository. */
const trusted =
  "github.actor != 'dependabot[bot]' && " +
  "(github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository)";

/** The `if` of a job; undefined if it needs none. */
export function conditionText(condition: Condition): string | undefined {
  const { after = "success", events = [], refPrefix, inputs = {}, outputs = {} } = condition;
  const terms = [
    ...(after === "always" ? ["always()"] : after === "end" ? ["!cancelled()"] : []),
    ...(events.length === 0 ? [] : [either(events.map((event) => `github.event_name == ${quoted(event)}`))]),
    ...(condition.trusted === true ? [trusted] : []),
    ...(refPrefix === undefined ? [] : [`startsWith(github.ref, ${quoted(refPrefix)})`]),
    ...Object.entries(inputs).map(([name, value]) => `inputs.${name} == ${quoted(value)}`),
    ...Object.entries(outputs).map(([name, value]) => `needs.${name.replace(".", ".outputs.")} == ${quoted(value)}`),
  ];
  return terms.length === 0 ? undefined : expression(terms.join(" && "));
}

/** The `if` of a step; undefined if it needs none. */
export function stepConditionText(when: Step["when"]): string | undefined {
  if (when === undefined) return undefined;
  switch (when) {
    case "failure":
      return expression("failure()");
    case "stopped":
      return expression("failure() || cancelled()");
    case "end":
      return expression("!cancelled()");
  }
}

/** A leading `!` would be a tag in YAML, so every condition is a whole expression. */
const expression = (text: string): string => `\${{ ${text} }}`;
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const either = (terms: readonly string[]): string =>
  terms.length === 1 ? (terms[0] ?? "") : `(${terms.join(" || ")})`;
