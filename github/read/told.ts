import type { ApiRuleset } from "../kinds/api-ruleset.ts";

/**
 * What GraphQL tells of a repository at once, and only what is sure: each part may be left out. Then REST is asked, which alone says that
 * something is not there, that it is hidden, or that GitHub could not be asked.
 */
export interface Told {
  /** All of the repository's own. */
  readonly rulesets?: readonly ToldRuleset[];
  /** All of them. */
  readonly labels?: readonly ToldLabel[];
  /** There are Dependabot alerts. That there are none it does not say. */
  readonly alerts?: true;
  /** There is a branch main. */
  readonly main?: true;
  /** Addresses of open pull requests to main with files of Slipway's. */
  readonly filesPulls?: readonly string[];
}

/** A ruleset; its number only where GraphQL does not tell all of it. */
export interface ToldRuleset {
  readonly id: number;
  readonly ruleset?: ApiRuleset;
}

export interface ToldLabel {
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}
