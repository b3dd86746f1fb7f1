import * as pulumi from "@pulumi/pulumi";
import { expiryWarning } from "../lib/tls/certificate.ts";
import { formatProblems } from "../lib/problem.ts";
import type { RegistryLogin } from "../lib/images/registry-client.ts";
import { hidden } from "../lib/schema-parts.ts";
import { parseSettings, secretKeys, type Settings } from "./settings.ts";

/** Plain values by name. Never logged; they reach resources as Pulumi secrets or sealed only. */
export type SecretValues = Readonly<Record<string, string>>;

/** What `index.ts` starts from. */
export interface StackSettings {
  readonly stack: string;
  readonly settings: Settings;
  /** Values of `slipway:secrets`. */
  readonly secrets: SecretValues;
  /** Values of `slipway:noticeSecrets`. */
  readonly noticeSecrets: SecretValues;
  /** Values of `slipway:repositorySecrets`, `slipway:dependabotSecrets` and `slipway:environmentSecrets`. */
  readonly githubSecrets: Readonly<Record<"repository" | "dependabot" | "environment", SecretValues>>;
  /** Value of `slipway:tlsKey`. @default empty */
  readonly tlsKey: string;
  /** The login to the registry. @default images are pulled without one */
  readonly login?: RegistryLogin;
}

/**
 * Reads and checks the configuration of the selected stack.
 *
 * @throws pulumi.RunError that lists every problem at once; nothing has been touched by then (invariant I9)
 */
export function loadSettings(): StackSettings {
  const prefix = `${pulumi.getProject()}:`;
  const raw: Record<string, string> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (key.startsWith(prefix)) raw[key.slice(prefix.length)] = value;
  }
  const { registryPassword = "", tlsKey = "" } = raw;
  if (registryPassword !== "") raw.registryPassword = hidden;
  if (tlsKey !== "") raw.tlsKey = hidden;
  const values = Object.fromEntries(secretKeys.map((key) => [key, parseSecrets(raw[key])])) as Values;
  const names = Object.fromEntries(secretKeys.map((key) => [key, Object.keys(values[key])]));
  for (const key of secretKeys) Reflect.deleteProperty(raw, key);
  const parsed = parseSettings(raw, names, tlsKey);
  if ("problems" in parsed) throw new pulumi.RunError(formatProblems(parsed.problems));
  const { settings } = parsed;
  warnOfExpiry(settings);
  const { secrets, noticeSecrets, repositorySecrets, dependabotSecrets, environmentSecrets } = values;
  const githubSecrets = {
    repository: repositorySecrets,
    dependabot: dependabotSecrets,
    environment: environmentSecrets,
  };
  const login = settings.registry && { ...settings.registry, password: registryPassword };
  const given = { settings, secrets, noticeSecrets, githubSecrets, tlsKey };
  return { stack: pulumi.getStack(), ...given, ...(login ? { login } : {}) };
}

/** A certificate that nobody renews by itself is a date in somebody's calendar. */
function warnOfExpiry({ tls }: Settings): void {
  const warning = tls.kind === "files" ? expiryWarning(tls.certificate) : null;
  if (warning !== null) void pulumi.log.warn(warning);
}

type Values = Record<(typeof secretKeys)[number], SecretValues>;

function parseSecrets(json: string | undefined): SecretValues {
  const values = JSON.parse(json ?? "{}") as Record<string, unknown>;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
