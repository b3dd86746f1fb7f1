import { ecsProblems } from "../lib/aws/ecs/problems.ts";
import { certificateProblems } from "../lib/tls/certificate.ts";
import { backupSecretNames } from "../lib/databases/schema.ts";
import { frontProblems } from "../lib/front/front-settings.ts";
import { entranceProblems } from "../lib/entrance/entrance-settings.ts";
import { foldListed, withDefaults } from "../github/listed.ts";
import { githubProblems } from "../github/settings-problems.ts";
import { clockProblems } from "../lib/databases/clock.ts";
import type { Problem } from "../lib/problem.ts";
import { hidden } from "../lib/schema-parts.ts";
import { roleProblems } from "../lib/releases/roles.ts";
import { variableProblems } from "../lib/releases/variables.ts";
import { backedUp } from "../lib/releases/backup-variables.ts";
import { referenceProblems } from "../lib/secrets/reference-problems.ts";
import { volumeProblems } from "../lib/releases/volumes.ts";
import { monitoringProblems } from "../monitoring/monitoring-problems.ts";
import { watchdogUrl } from "../monitoring/schema.ts";
import { hostOf, tlsProblems } from "../lib/tls/tls-settings.ts";
import { parseAsMeant } from "./as-meant.ts";
import { catalog } from "./catalog.ts";
import { decoded } from "./decoded.ts";
import { shorten, toProblems, valueAt } from "./schema-problems.ts";
import { secretMaps, secretTexts, type SecretMap } from "./secret-keys.ts";
import { settingsSchema, type Settings } from "./settings-schema.ts";

export type { Settings } from "./settings-schema.ts";

/** Keys that Pulumi hands over as they are; all others come as JSON. */
const textKeys = new Set([
  "service",
  "version",
  "url",
  "listenAddress",
  "subnet",
  "strategy",
  "behind",
  "critical",
  "faults",
  "target",
]);

/** Sections that a stack declares by naming them. */
const sections = [
  "host",
  "aws",
  "ecs",
  "registry",
  "signature",
  "tls",
  "loadBalancer",
  "access",
  "front",
  "monitoring",
  "github",
  "repository",
  "environment",
];

/** Names of secrets by setting. */
export type SecretNames = Readonly<Partial<Record<SecretMap, readonly string[]>>>;

/**
 * Turns a stack's raw configuration into settings.
 *
 * @param raw the stack's `slipway:` keys without that prefix, as Pulumi hands them over: text, JSON for objects and numbers
 * @param names under each of the settings that hold secrets by name; their values never come here, so no message can show one
 * @param tlsKey only held against its certificate
 * @returns the settings, or every problem at once (invariant I9)
 */
export function parseSettings(
  raw: Readonly<Record<string, string>>,
  names: SecretNames,
  tlsKey = "",
): { settings: Settings } | { problems: Problem[] } {
  const { parsed, values } = parseAsMeant(settingsSchema, withDefaults(decodeValues(raw, names)));
  const problems = parsed.success
    ? [
        ...missingNoticeSecrets(parsed.data),
        ...missingBackupSecrets(parsed.data),
        ...clockProblems({ ...parsed.data, saved: Object.values(backedUp(parsed.data)).includes(true) }),
        ...missingPassword(parsed.data),
        ...missingPreviewSecret(parsed.data),
        ...referenceProblems(parsed.data, names.secrets ?? []),
        ...variableProblems(parsed.data),
        ...volumeProblems(parsed.data),
        ...roleProblems(parsed.data),
        ...(parsed.data.target === "ecs"
          ? ecsProblems(parsed.data, named(raw))
          : [
              ...hostProblems(parsed.data),
              ...tlsProblems(parsed.data),
              ...entranceProblems(parsed.data),
              ...frontProblems(parsed.data, named(raw)),
              ...monitoringProblems(parsed.data),
              ...wrongCertificate(parsed.data, tlsKey),
            ]),
        ...idleSteps(parsed.data.strategy, valueAt(values, ["profile"])),
        ...githubProblems(parsed.data),
      ]
    : [];
  if (problems.length > 0) return { problems };
  return parsed.success
    ? { settings: deepFreeze(parsed.data) }
    : {
        problems: foldListed(
          parsed.error.issues.flatMap((issue) => toProblems(issue, values)),
          Object.keys(valueAt(values, ["repositories"]) ?? {}),
        ),
      };
}

/** Each channel needs its secrets; a notice that can't be sent would be found out only when it matters. */
function missingNoticeSecrets({ notices, noticeSecrets, monitoring }: Settings): Problem[] {
  const told = [
    ...(notices.webhook ? ["webhook-url"] : []),
    ...(notices.slack ? ["slack-url"] : []),
    ...(notices.email?.login ? ["smtp-user", "smtp-password"] : []),
    ...(notices.pagerduty ? ["pagerduty-routing-key"] : []),
  ];
  const isWatched = monitoring?.kind === "host" && monitoring.watchdog;
  const needed = [
    ...told.map((name) => ({ name, by: "slipway:notices" })),
    ...(isWatched ? [{ name: watchdogUrl, by: "slipway:monitoring.watchdog" }] : []),
  ];
  return needed
    .filter(({ name }) => !(name in noticeSecrets))
    .map(({ name, by }) => {
      const path = `slipway:noticeSecrets.${name}`;
      const fix = `pulumi config set --secret --path '${path}' <value>`;
      return { path, problem: `is missing, and ${by} needs it`, fix };
    });
}

/** A copy that can't be made would be missed only when the host is lost. */
function missingBackupSecrets({ backups, backupSecrets }: Settings): Problem[] {
  if (backups.copyTo === undefined) return [];
  return backupSecretNames
    .filter((name) => !(name in backupSecrets))
    .map((name) => {
      const path = `slipway:backupSecrets.${name}`;
      const fix =
        name === "password"
          ? `openssl rand -hex 32 | pulumi config set --secret --path ${path}, and keep it elsewhere too`
          : `pulumi config set --secret --path ${path} <value>`;
      return { path, problem: "is missing, and slipway:backups.copyTo needs it", fix };
    });
}

/** Several hosts are one service: what each would have for itself has to be elsewhere. */
function hostProblems({ host, hosts, databases }: Settings): Problem[] {
  const problems: Problem[] = [];
  if (Object.keys(hosts).length === 0) return problems;
  if (host?.kind !== "ssh") {
    problems.push({
      path: "slipway:host",
      problem: "is the first of several hosts",
      got: host?.kind ?? "nothing",
      allowed: "kind ssh, as in slipway:hosts",
      fix: "pulumi config set --path slipway:host.kind ssh",
    });
  }
  if (Object.keys(databases).length > 0) {
    problems.push({
      path: "slipway:databases",
      problem: "would hold other data on each of several hosts",
      got: Object.keys(databases).join(", "),
      allowed: "none",
      fix: "pulumi config rm slipway:databases, and give the address of one for all: pulumi config set --secret --path slipway:secrets.database-url <url>",
    });
  }
  return problems;
}

function missingPassword({ registry, registryPassword }: Settings): Problem[] {
  if (registry === undefined || registryPassword !== undefined) return [];
  const path = "slipway:registryPassword";
  const fix = `pulumi config set --secret ${path} <token>`;
  return [{ path, problem: "is missing, and slipway:registry needs it", fix }];
}

/** Whoever could choose the slot by a name alone could fill the new release with requests of their own. */
function missingPreviewSecret({ preview: { header, cookie }, previewSecret }: Settings): Problem[] {
  if ((header === undefined && cookie === undefined) || previewSecret !== undefined) return [];
  const path = "slipway:previewSecret";
  const fix = `openssl rand -hex 16 | pulumi config set --secret ${path}; testers then send <slot>.<secret>`;
  return [{ path, problem: "is missing, and slipway:preview needs it", fix }];
}

function wrongCertificate({ tls, url }: Settings, key: string): Problem[] {
  const isGiven = tls.kind === "files" && url.startsWith("https://");
  return isGiven ? certificateProblems({ certificate: tls.certificate, key, host: hostOf(url) }) : [];
}

/** A setting that does nothing would be taken for one that does. */
function idleSteps(strategy: Settings["strategy"], profile: unknown): Problem[] {
  if (strategy !== "rolling") return [];
  return ["kind", "steps"].flatMap((key) => {
    const value = valueAt(profile, [key]);
    const path = `slipway:profile.${key}`;
    const problem = "means nothing with slipway:strategy rolling, which goes replica by replica";
    const fix = `pulumi config rm --path '${path}'`;
    return value === undefined ? [] : [{ path, problem, got: shorten(value), allowed: "nothing", fix }];
  });
}

/** The values as the schema takes them, defaults beneath, with {@link hidden} in place of each secret: from here on there is none that could be shown. */
export function decodeValues(raw: Readonly<Record<string, string>>, names: SecretNames): Record<string, unknown> {
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(catalog).map(([key, { default: preset }]) => [key, preset]),
  );
  for (const [key, value] of Object.entries(raw)) values[key] = textKeys.has(key) ? value : decoded(value);
  for (const key of secretMaps) {
    const referred = key === "secrets" && isObject(values.secretReferences) ? Object.keys(values.secretReferences) : [];
    values[key] = Object.fromEntries([...(names[key] ?? []), ...referred].map((name) => [name, hidden]));
  }
  for (const key of secretTexts) values[key] = (raw[key] ?? "") === "" ? undefined : hidden;
  for (const section of sections) if (isEmptyObject(values[section])) values[section] = undefined;
  // How a host is reached may stand beside, and nothing of this stack is there.
  if (values.target === "ecs") Object.assign(values, { host: undefined, hosts: {} });
  for (const key of ["version", "behind"]) if (values[key] === "") values[key] = undefined;
  // What delivers nothing has neither, and nobody reads these.
  if (!delivers(values) || values.front !== undefined)
    Object.assign(values, { version: values.version ?? "none", image: nothing(values.image) });
  // It names what is on machines.
  if (!delivers(values) && values.aws === undefined) values.service ??= "none";
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Whether a stack declares a service. */
export const delivers = ({ host, target }: { readonly host?: unknown; readonly target?: unknown }): boolean =>
  host !== undefined || target === "ecs";

/** Settings that a stack names itself and has not left empty. */
const named = (raw: Readonly<Record<string, string>>) =>
  Object.keys(raw).filter((key) => !["", "{}"].includes(raw[key] ?? ""));

const nothing = (image: unknown) => (image === undefined || isEmptyObject(image) ? { name: "none" } : image);

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isEmptyObject = (value: unknown) => isObject(value) && Object.keys(value).length === 0;

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
