import type { ResourceValidationPolicy } from "@pulumi/policy";
import type { PolicyRule } from "../settings/policy-schema.ts";
import { exceptionsSeenBy } from "./exceptions.ts";
import { isWithin, seenOf, unknown, type Seen } from "./seen.ts";

/** One rule about resources. */
export interface Rule {
  readonly name: PolicyRule;
  /** What holds where it is kept: one sentence, without a full stop. */
  readonly description: string;
  /** What to do about a violation. */
  readonly fix: string;
  /**
   * What is wrong with a resource, each a sentence without a full stop; nothing where the rule is not about it. Pure. A value that only the
   * update will know is no violation: the engine asks again before it makes the resource.
   */
  readonly problems: (resource: Seen) => readonly string[];
}

/**
 * A rule as the engine asks it.
 *
 * @param look adds what the engine does not tell a validation
 */
export const asPolicy = (
  { name, description, fix, problems }: Rule,
  look = (seen: Seen): Seen => seen,
): ResourceValidationPolicy => ({
  name,
  description: `${description}.`,
  validateResource(resource, report) {
    const seen = look(seenOf(resource));
    const within = exceptionsSeenBy(seen);
    // What serves keeps the rights that it was made with until its next release; a refusal would hold up the way back.
    if (seen.isFrozen) {
      within.spare(name, seen.name);
      return;
    }
    const found = problems(seen);
    if (found.length === 0) {
      if (hasUnknown(seen.props)) within.spare(name, seen.name);
      return;
    }
    const flaws = within.judge(name, seen.name);
    if (flaws === undefined) return;
    const exception = `{rule: ${name}, resource: ${seen.name}, by: <login>, reason: <why>, until: "<date>"}`;
    for (const problem of found) {
      const said = [problem, ...flaws].join("; ");
      report(`${seen.name}: ${said}. Fix: ${fix}, or name it in slipway:policy.exceptions: ${exception}`);
    }
  },
});

function hasUnknown(value: unknown): boolean {
  if (value === unknown) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/** Whether it is a container on a host. */
export const isContainer = ({ type }: Seen): boolean => type === "docker:index/container:Container";

/** Whether it keeps a stack's databases: what kills one is an outage, which a person decides on (docs/security.md). */
export const isDatabase = (seen: Seen): boolean => isWithin(seen, "slipway:database:Databases");
