import type { Problem } from "../problem.ts";
import type { SecretsSettings } from "./schema.ts";

const path = "slipway:secretReferences";

/**
 * References that nobody could look up, and such for a secret that has a value already.
 *
 * @param given names of `slipway:secrets`
 */
export function referenceProblems(
  { secretCommand, secretReferences }: SecretsSettings,
  given: readonly string[],
): Problem[] {
  const names = Object.keys(secretReferences);
  const twice = names
    .filter((name) => given.includes(name))
    .map((name) => ({
      path: `${path}.${name}`,
      problem: `names a secret that slipway:secrets.${name} has a value for`,
      allowed: "one of the two",
      fix: `pulumi config rm --path 'slipway:secrets.${name}', or pulumi config rm --path '${path}.${name}'`,
    }));
  if (names.length === 0 || secretCommand.length > 0) return twice;
  return [
    ...twice,
    {
      path: "slipway:secretCommand",
      problem: `is missing, and ${path} needs it`,
      fix: "write it into Pulumi.yaml under config:, for example slipway:secretCommand: [pass, show] (docs/secrets.md)",
    },
  ];
}
