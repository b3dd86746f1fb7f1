import { registerHooks } from "node:module";
import type { data as Data, Evaluator, Lexer, Parser } from "@actions/expressions";
import type {
  BasicExpressionToken,
  MappingToken,
  StringToken,
  TemplateToken,
} from "@actions/workflow-parser/templates/tokens/index";

/** What expressions read and come to. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** `github`, `needs`, `matrix`, … by name. */
export type Contexts = Readonly<Record<string, Value>>;

/** What only the runner knows: `success()` and its like, `hashFiles()`. */
export type Functions = Readonly<Record<string, (...args: Value[]) => Value>>;

/** One node of a file; expressions in it are not evaluated yet. */
export type Token = TemplateToken;

/** What a file says below a key; undefined if it says nothing there. */
export const fieldOf = (token: Token, key: string): Token | undefined =>
  "find" in token ? (token as MappingToken).find(key) : undefined;

/** The text below a key as it stands in the file, expressions not evaluated; undefined if there is none. */
export function rawText(token: Token, key: string): string | undefined {
  const found = fieldOf(token, key);
  if (found === undefined) return undefined;
  if ("expression" in found) return (found as BasicExpressionToken).source;
  return "value" in found ? textOf((found as StringToken).value) : undefined;
}

/** Every expression in a part of a file, without its marks. */
export function expressionsIn(token: Token): string[] {
  const found: string[] = [];
  JSON.stringify(token, (key, value: unknown) => {
    if (key === "expr" && typeof value === "string") found.push(value);
    return value;
  });
  return found;
}

/** As GitHub puts a value into text. */
export const textOf = (value: Value | undefined): string =>
  value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);

/** GitHub's own idea of what counts as true. */
export const isTrue = (value: Value): boolean => value !== null && value !== false && value !== 0 && value !== "";

/** A job of a file as GitHub reads it. */
export interface ParsedJob {
  readonly id: string;
  /** With `success() &&` in front where the file names no status. */
  readonly condition: Token;
  readonly needs: readonly string[];
  readonly body: Token;
  readonly steps: readonly ParsedStep[];
}

export interface ParsedStep {
  readonly condition: Token;
  readonly body: Token;
}

export interface ParsedWorkflow {
  readonly jobs: readonly ParsedJob[];
  readonly body: Token;
}

/** GitHub's own parser and evaluator. Loaded once, and only by those who run workflows. */
async function load() {
  // They import JSON without saying so, which Node refuses.
  registerHooks({
    load: (url, context, next) =>
      next(
        url,
        url.endsWith(".json")
          ? { ...context, importAttributes: { ...context.importAttributes, type: "json" } }
          : context,
      ),
  });
  const [expressions, parser, convert] = await Promise.all([
    import("@actions/expressions"),
    import("@actions/workflow-parser"),
    import("@actions/workflow-parser/model/convert"),
  ]);
  return { ...expressions, ...parser, ...convert };
}

let loaded: ReturnType<typeof load> | undefined;
const github = () => (loaded ??= load());

/**
 * Reads a workflow file.
 *
 * @throws Error with everything that GitHub would refuse it for, one line each
 */
export async function parseWorkflowFile(name: string, content: string): Promise<ParsedWorkflow> {
  const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter, ErrorPolicy, isSequence } = await github();
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const template =
    value === undefined
      ? undefined
      : await convertWorkflowTemplate(context, value, undefined, { errorPolicy: ErrorPolicy.TryConversion });
  const errors = context.errors.getErrors().map(({ message }) => message);
  if (errors.length > 0 || value === undefined || template === undefined) throw new Error(errors.join("\n"));
  const jobs = template.jobs.map((job): ParsedJob => {
    const body = fieldOf(fieldOf(value, "jobs") ?? value, job.id.value);
    if (body === undefined || job.type !== "job") throw new Error(`${name}: ${job.id.value} calls another workflow`);
    const steps = fieldOf(body, "steps");
    const bodies = steps !== undefined && isSequence(steps) ? [...iterate(steps)] : [];
    return {
      id: job.id.value,
      condition: job.if,
      needs: (job.needs ?? []).map((need) => need.value),
      body,
      steps: job.steps.flatMap((step, index) => {
        const each = bodies[index];
        return each === undefined || step.if === undefined ? [] : [{ condition: step.if, body: each }];
      }),
    };
  });
  return { jobs, body: value };
}

function* iterate<T>(tokens: { [Symbol.iterator](): Iterator<T> }): Generator<T> {
  yield* { [Symbol.iterator]: () => tokens[Symbol.iterator]() };
}

/** Evaluates what a file says at one place, and at every place below it. */
export type Evaluate = (token: Token, contexts: Contexts, functions?: Functions) => Value;

/** {@link Evaluate}, once GitHub's evaluator is there. */
export async function evaluator(): Promise<Evaluate> {
  const { isMapping, isSequence, isBasicExpression, isLiteral, ...expressions } = await github();
  const evaluate: Evaluate = (token, contexts, functions = {}) => {
    if (isMapping(token)) {
      return Object.fromEntries(
        [...iterate(token)].map(({ key, value }) => [key.toString(), evaluate(value, contexts, functions)]),
      );
    }
    if (isSequence(token)) return [...iterate(token)].map((each) => evaluate(each, contexts, functions));
    if (isBasicExpression(token)) return evaluateText(expressions, token.expression, contexts, functions);
    return isLiteral(token) ? (token.toJSON() as Value) : null;
  };
  return evaluate;
}

interface Expressions {
  readonly data: typeof Data;
  readonly Lexer: typeof Lexer;
  readonly Parser: typeof Parser;
  readonly Evaluator: typeof Evaluator;
}

function evaluateText(
  { data, Lexer, Parser, Evaluator }: Expressions,
  text: string,
  contexts: Contexts,
  functions: Functions,
): Value {
  const intoData = (value: Value) => JSON.parse(JSON.stringify(value), data.reviver) as Data.ExpressionData;
  const fromData = (value: Data.ExpressionData) => JSON.parse(JSON.stringify(value, data.replacer)) as Value;
  const own = Object.entries(functions).map(([name, call]) => ({
    name,
    minArgs: 0,
    maxArgs: 255,
    call: (...args: Data.ExpressionData[]) => intoData(call(...args.map(fromData))),
  }));
  const tree = new Parser(new Lexer(text).lex().tokens, Object.keys(contexts), own).parse();
  const context = new data.Dictionary(
    ...Object.entries(contexts).map(([key, value]) => ({ key, value: intoData(value) })),
  );
  const byName = new Map(own.map((each) => [each.name.toLowerCase(), each]));
  return fromData(new Evaluator(tree, context, byName).evaluate());
}
