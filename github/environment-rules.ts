import { releaseTags } from "./ref-rules.ts";

/** What a job must pass before it enters an environment and reads its secrets. */
export interface EnvironmentRules {
  readonly name: string;
  /** Logins and team slugs. One approval of any of them is enough: GitHub knows no more. */
  readonly reviewers: { readonly users: readonly string[]; readonly teams: readonly string[] };
  /** Pause after the approval, in minutes. */
  readonly waitMinutes: number;
  /** Whoever started a run may approve it. */
  readonly selfReview: boolean;
  /** Administrators may go past these rules. */
  readonly adminsBypass: boolean;
  /** Branches whose runs may enter. */
  readonly branches: readonly string[];
  /** Patterns of tags whose runs may enter. */
  readonly tags: readonly string[];
  /** Apps that have a say before a run enters, by id. */
  readonly protectionApps: readonly number[];
}

/**
 * Which refs enter by default. Staging takes every push to main and every release; anything else takes releases only, so a rollback is
 * dispatched at the tag's own ref (view_component#2703).
 */
export function defaultRefs(name: string): Pick<EnvironmentRules, "branches" | "tags"> {
  return { branches: name === "staging" ? ["main"] : [], tags: [releaseTags] };
}

/** Only staging is entered without a person's approval. */
export const needsApproval = (name: string) => name !== "staging";
