import type { RuleValue } from "../kinds/directions.ts";
import { ruleOf, type Guards } from "../kinds/index.ts";
import type { ObjectGuards } from "../kinds/kind.ts";
import { actionsApp, gatedChecks, requiredChecks } from "../../workflows/ci.ts";

/** One rule that would be weaker than it was. */
export interface Loosening {
  /** Names it for an approval: `main.reviews`; `main` alone where all of its rules go. */
  readonly weakening: string;
  readonly before: RuleValue | undefined;
  /** Undefined: it would not be there at all. */
  readonly after: RuleValue | undefined;
  /** `main: required reviews 2 → 1`. */
  readonly sentence: string;
}

/** What is weaker in `after` than in `before`. Objects that `before` does not have can't be. Pure. */
export function loosenings(before: Guards, after: Guards): Loosening[] {
  return Object.entries(before).flatMap(([object, guards]) => {
    const then = after[object];
    if (then !== undefined) return looserRules(object, guards, then);
    const sentence = `${wordsOf(object)}: all of its rules are removed`;
    return [{ weakening: object, before: "there", after: undefined, sentence }];
  });
}

function looserRules(object: string, before: ObjectGuards, after: ObjectGuards): Loosening[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const { words, of, direction } = ruleOf(name);
    const [was, is] = [before[name], after[name]];
    if (!direction.isLooser(was, is) || isGated(name, after)) return [];
    const what = [words, of].filter((part) => part !== "").join(" ");
    const sentence = `${wordsOf(object)}: ${what} ${direction.show(was)} → ${direction.show(is)}`;
    return [{ weakening: `${object}.${name}`, before: was, after: is, sentence }];
  });
}

/** A check that is no longer required by itself, but by the gate, which reports for it (decision D16). */
function isGated(name: string, after: ObjectGuards): boolean {
  const hasGate = requiredChecks().every((check) => after[`checks.${check}`] === `app ${actionsApp}`);
  return hasGate && gatedChecks().some((check) => name === `checks.${check}`);
}

/** Would `after` be weaker than `limit`, where `limit` is what somebody agreed to? */
export function isBeyond(name: string, limit: RuleValue, after: RuleValue | undefined): boolean {
  return ruleOf(name).direction.isLooser(limit, after);
}

const objects: Readonly<Record<string, string>> = {
  repository: "repository",
  actions: "Actions",
  mainMerges: "merges into main",
  developMerges: "merges into develop",
  pushes: "pushes",
  branchStay: "main and develop stay",
  tagCreation: "who makes release tags",
  tagStay: "release tags stay",
  branchNames: "branch names",
};

function wordsOf(object: string): string {
  if (object.startsWith("environments.")) return `environment ${object.slice("environments.".length)}`;
  return objects[object] ?? object;
}
