import { at, jsonAt } from "./seen.ts";

/** One statement of a policy of AWS. */
export interface Statement {
  readonly effect: unknown;
  readonly actions: readonly string[];
  readonly hasNotAction: boolean;
  readonly resources: readonly string[];
  readonly hasNotResource: boolean;
  /** `*` is everybody. */
  readonly principals: readonly string[];
  readonly hasCondition: boolean;
}

/** What a policy says, given as JSON or as an object; nothing where it is not known yet. Pure. */
export function statementsOf(policy: unknown): readonly Statement[] {
  const document = typeof policy === "string" ? jsonAt({ policy }, "policy") : policy;
  return listed(at(document, "Statement")).map((statement) => {
    const principal = at(statement, "Principal");
    return {
      effect: at(statement, "Effect"),
      actions: words(at(statement, "Action")),
      hasNotAction: at(statement, "NotAction") !== undefined,
      resources: words(at(statement, "Resource")),
      hasNotResource: at(statement, "NotResource") !== undefined,
      principals: typeof principal === "string" ? [principal] : words(at(principal, "AWS")),
      hasCondition: at(statement, "Condition") !== undefined,
    };
  });
}

const listed = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : typeof value === "object" && value !== null ? [value] : [];
const words = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === "string");
