import * as pulumi from "@pulumi/pulumi";
import { formatProblems } from "./problem.ts";
import type { RegistryLogin } from "./registry-client.ts";
import { hidden } from "./settings-schema.ts";
import { parseSettings, type Settings } from "./settings.ts";

/** What `index.ts` starts from. */
export interface StackSettings {
  readonly stack: string;
  readonly settings: Settings;
  /** Plain values of `slipway:secrets` by name. Never logged; they reach resources as Pulumi secrets only. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The same of `slipway:noticeSecrets`. */
  readonly noticeSecrets: Readonly<Record<string, string>>;
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
  const { secrets: serviceJson, noticeSecrets: noticeJson, registryPassword = "", ...plain } = raw;
  if (registryPassword !== "") plain.registryPassword = hidden;
  const secrets = parseSecrets(serviceJson);
  const noticeSecrets = parseSecrets(noticeJson);
  const names = { secrets: Object.keys(secrets), noticeSecrets: Object.keys(noticeSecrets) };
  const parsed = parseSettings(plain, names);
  if ("problems" in parsed) throw new pulumi.RunError(formatProblems(parsed.problems));
  const { settings } = parsed;
  const login = settings.registry && { ...settings.registry, password: registryPassword };
  return { stack: pulumi.getStack(), settings, secrets, noticeSecrets, ...(login ? { login } : {}) };
}

function parseSecrets(json: string | undefined): Record<string, string> {
  const values = JSON.parse(json ?? "{}") as Record<string, unknown>;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
