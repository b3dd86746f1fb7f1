import type { actions, ActionName } from "../actions.ts";
import type { ActionStep, StepOptions } from "./workflow.ts";

type Input<A extends ActionName> = (typeof actions)[A]["inputs"][number];

/** A step that runs a locked action. A misspelt input, which no linter sees at a commit, does not compile. */
export function uses<A extends ActionName>(
  action: A,
  {
    with: inputs,
    ...options
  }: StepOptions & { readonly with?: Readonly<Partial<Record<Input<A>, string | number | boolean>>> },
): ActionStep {
  return { ...options, uses: action, ...(inputs === undefined ? {} : { with: inputs as ActionStep["with"] & object }) };
}
