import { flawOf } from "../github/plan/approvals.ts";
import type { PolicyException, PolicyRule } from "../settings/policy-schema.ts";
import { listAt, type Seen } from "./seen.ts";

/** What a stack lets pass, and whether anything needs it. */
export class Exceptions {
  readonly #all: readonly PolicyException[];
  readonly #today: Date;
  readonly #needed = new Set<PolicyException>();

  constructor(all: readonly PolicyException[], today = new Date()) {
    this.#all = all;
    this.#today = today;
  }

  /**
   * Judges what a rule found at a resource.
   *
   * @returns nothing where somebody answers for it today, else why those that name it do not count
   */
  judge(rule: PolicyRule, resource: string): readonly string[] | undefined {
    const named = this.#of(rule, resource);
    const flaws = named.map((each) => flawOf(each, this.#today));
    return flaws.includes(undefined) ? undefined : flaws.filter((flaw) => flaw !== undefined);
  }

  /** Notes that it may be needed: a rule could not look at everything yet. */
  spare(rule: PolicyRule, resource: string): void {
    this.#of(rule, resource);
  }

  /** Those that nothing needed, for people. Each rule has to have seen each resource before. */
  unused(): readonly string[] {
    return this.#all.flatMap((each, index) => {
      if (this.#needed.has(each)) return [];
      const path = `slipway:policy.exceptions[${index}]`;
      return [`${path}: ${each.rule} finds nothing wrong with ${each.resource}; pulumi config rm --path '${path}'`];
    });
  }

  #of(rule: PolicyRule, resource: string): readonly PolicyException[] {
    const named = this.#all.filter((each) => each.rule === rule && each.resource === resource);
    for (const each of named) this.#needed.add(each);
    return named;
  }
}

/** Of a stack whose program has said nothing else. */
let current = new Exceptions([]);

/**
 * What the stack lets pass. Its program tells before it declares anything else (`components/policy-exceptions.ts`), and has checked it: reading
 * the settings' schema once more would take two seconds of every preview.
 */
export function exceptionsSeenBy({ type, props }: Seen): Exceptions {
  if (type === "slipway:policy:Exceptions") current = new Exceptions(listAt(props, "exceptions") as PolicyException[]);
  return current;
}

/** Those of the stack that was looked at last, that nothing needed. */
export const unusedExceptions = (): readonly string[] => current.unused();
