import * as pulumi from "@pulumi/pulumi";
import { expiryWarning } from "../lib/tls/certificate.ts";
import { formatProblems } from "../lib/problem.ts";
import type { RegistryLogin } from "../lib/images/registry-client.ts";
import { misreadNumbers } from "./misread-numbers.ts";
import { readConfiguration, type Entry, type SecretValues } from "./read-configuration.ts";
import { committed, isOfRequest, redirectedSecrets } from "./request-file.ts";
import { openProject, saidByProject } from "./stack-files.ts";
import { delivers, type Settings } from "./settings.ts";

/** What `index.ts` starts from. */
export interface StackSettings {
  readonly stack: string;
  readonly settings: Settings;
  /** Values of `slipway:secrets`, and of `slipway:secretReferences`. */
  readonly secrets: SecretValues;
  /** Values of `slipway:noticeSecrets`. */
  readonly noticeSecrets: SecretValues;
  /** Values of `slipway:backupSecrets`. */
  readonly backupSecrets: SecretValues;
  /** Values of `slipway:repositorySecrets`, `slipway:dependabotSecrets`, `slipway:environmentSecrets` and `slipway:webhookSecrets`. */
  readonly githubSecrets: Readonly<Record<"repository" | "dependabot" | "environment" | "webhooks", SecretValues>>;
  /** Value of `slipway:githubAppKey`. @default empty */
  readonly githubAppKey: string;
  /** Value of `slipway:tlsKey`. @default empty */
  readonly tlsKey: string;
  /** Value of `slipway:previewSecret`. @default empty */
  readonly previewSecret: string;
  /** Value of `slipway:accessPassword`. @default empty */
  readonly accessPassword: string;
  /** Value of `slipway:grafanaPassword`. @default empty */
  readonly grafanaPassword: string;
  /** The login to the registry. @default images are pulled without one */
  readonly login?: RegistryLogin;
}

/**
 * Reads and checks the configuration of the selected stack.
 *
 * @throws pulumi.RunError that lists every problem at once; nothing has been touched by then (invariant I9)
 */
export async function loadSettings(): Promise<StackSettings> {
  // How the engine tells a program; the SDK's own function for it is not public.
  const secretKeys = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as readonly string[];
  const config = Object.entries(pulumi.runtime.allConfig());
  const folder = pulumi.runtime.getRootDirectory();
  const entries = config.map(([key, value]): Entry => ({ key, value, isSecret: secretKeys.includes(key) }));
  const said = saidByProject(entries, folder);
  const read = readConfiguration(said);
  // With --config-file it is another file, which only the engine knows.
  const file = `Pulumi.${pulumi.getStack()}.yaml`;
  const redirected = isOfRequest() ? redirectedSecrets(said, committed(file), openProject(folder).defaults) : [];
  const problems = [...misreadNumbers(file), ...redirected];
  if ("problems" in read || problems.length > 0)
    throw new pulumi.RunError(formatProblems([...problems, ...("problems" in read ? read.problems : [])]));
  const { settings } = read;
  warnOfExpiry(settings);
  const { repositorySecrets, dependabotSecrets, environmentSecrets, webhookSecrets, registryPassword, ...rest } =
    read.secrets;
  const githubSecrets = {
    repository: repositorySecrets,
    dependabot: dependabotSecrets,
    environment: environmentSecrets,
    webhooks: webhookSecrets,
  };
  // A stack without a host has no service to give them to, though Pulumi.yaml may name them for all.
  const isReferring = delivers(settings) && Object.keys(settings.secretReferences).length > 0;
  const referred = isReferring ? await referredSecrets(settings, folder, read.secrets) : {};
  const secrets = { ...rest.secrets, ...referred };
  const login = settings.registry && { ...settings.registry, password: registryPassword };
  return { stack: pulumi.getStack(), settings, githubSecrets, ...rest, secrets, ...(login ? { login } : {}) };
}

/** Loaded only where a stack refers to a secret. @param known what may not be shown when one can't be had */
async function referredSecrets(
  settings: Settings,
  folder: string,
  known: Readonly<Record<string, string | SecretValues>>,
): Promise<SecretValues> {
  const { lookUpSecrets } = await import("./secret-references.ts");
  const texts = Object.values(known).flatMap((secret) => (typeof secret === "string" ? secret : Object.values(secret)));
  return lookUpSecrets({ ...settings, folder, known: texts });
}

/** A certificate that nobody renews by itself is a date in somebody's calendar. */
function warnOfExpiry({ tls }: Settings): void {
  const warning = tls.kind === "files" ? expiryWarning(tls.certificate) : null;
  if (warning !== null) void pulumi.log.warn(warning);
}
