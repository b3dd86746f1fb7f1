import { Secret, type ResourceValidationPolicy } from "@pulumi/policy";
import type { Seen } from "./seen.ts";

/** Under this name the SDK's proxies give what they stand for. */
const target = "__getSpecialProxyTarget";

/**
 * Which inputs are marked as secrets. The SDK takes the marks off before a validation and leaves them on before a remediation, which the
 * engine asks for first; so this remediation looks and changes nothing.
 */
export class Marks {
  readonly #byUrn = new Map<string, ReadonlySet<string>>();

  /** The policy, asked for the marks first. */
  lookedAt(policy: ResourceValidationPolicy): ResourceValidationPolicy {
    return {
      ...policy,
      // A violation of it counts as mandatory: nothing remedies it.
      enforcementLevel: "remediate",
      remediateResource: ({ urn, props }) => {
        this.#byUrn.set(urn, new Set(secretPaths(bare(props), "")));
        return undefined;
      },
    };
  }

  /** Adds them to what a rule sees. */
  readonly of = (seen: Seen): Seen => ({ ...seen, secretPaths: this.#byUrn.get(seen.urn) ?? new Set() });
}

function bare(value: unknown): unknown {
  const under = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[target] : undefined;
  return under === undefined ? value : bare(under);
}

function secretPaths(value: unknown, path: string): string[] {
  if (value instanceof Secret) return [path];
  if (Array.isArray(value)) return value.flatMap((each, index) => secretPaths(each, `${path}[${String(index)}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => secretPaths(each, path === "" ? key : `${path}.${key}`));
}
