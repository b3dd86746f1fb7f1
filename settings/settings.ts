import { z } from "zod";
import { certificateProblems } from "../lib/tls/certificate.ts";
import { githubProblems } from "../github/settings-problems.ts";
import type { Problem } from "../lib/problem.ts";
import { hidden } from "../lib/schema-parts.ts";
import { variableProblems } from "../lib/releases/variables.ts";
import { asText } from "./as-text.ts";
import { settingsSchema, type Settings } from "./settings-schema.ts";
import { hostOf, tlsProblems } from "../lib/tls/tls-settings.ts";

export type { Settings } from "./settings-schema.ts";

/** Keys that Pulumi hands over as they are; all others come as JSON. */
const textKeys = new Set([
  "service",
  "version",
  "url",
  "listenAddress",
  "subnet",
  "strategy",
  "critical",
  "faults",
  "registryPassword",
  "tlsKey",
]);

/** Keys whose values are secrets by name. */
export const secretKeys = [
  "secrets",
  "noticeSecrets",
  "repositorySecrets",
  "dependabotSecrets",
  "environmentSecrets",
] as const;
export type SecretNames = Readonly<Partial<Record<(typeof secretKeys)[number], readonly string[]>>>;

/** Sections that a stack declares by naming them. */
const sections = ["host", "registry", "signature", "tls", "github", "repository", "environment"];

/**
 * Turns a stack's raw configuration into settings.
 *
 * @param raw the stack's `slipway:` keys without that prefix, as Pulumi hands them over: text, JSON for objects and numbers
 * @param secrets names under each of {@link secretKeys}; their values never come here, so no message can show one
 * @param tlsKey only held against its certificate
 * @returns the settings, or every problem at once (invariant I9)
 */
export function parseSettings(
  raw: Readonly<Record<string, string>>,
  secrets: SecretNames,
  tlsKey = "",
): { settings: Settings } | { problems: Problem[] } {
  const values: Record<string, unknown> = {};
  for (const key of secretKeys) {
    values[key] = Object.fromEntries((secrets[key] ?? []).map((name) => [name, hidden]));
  }
  for (const [key, value] of Object.entries(raw)) {
    values[key] = textKeys.has(key) ? value : decode(value);
  }
  for (const section of sections) if (isEmptyObject(values[section])) Reflect.deleteProperty(values, section);
  for (const key of ["registryPassword", "tlsKey"]) if (values[key] === "") Reflect.deleteProperty(values, key);
  const asGiven = settingsSchema.safeParse(values);
  const parsed = asGiven.success ? asGiven : settingsSchema.safeParse(asText(values, asGiven.error.issues));
  const problems = parsed.success
    ? [
        ...missingNoticeSecrets(parsed.data),
        ...missingPassword(parsed.data),
        ...hostProblems(parsed.data),
        ...variableProblems(parsed.data),
        ...tlsProblems(parsed.data),
        ...wrongCertificate(parsed.data, tlsKey),
        ...idleSteps(parsed.data.strategy, values.profile),
        ...githubProblems(parsed.data),
      ]
    : [];
  if (problems.length > 0) return { problems };
  return parsed.success
    ? { settings: deepFreeze(parsed.data) }
    : { problems: parsed.error.issues.flatMap((issue) => toProblems(issue, values)) };
}

/** Each channel needs its secrets; a notice that can't be sent would be found out only when it matters. */
function missingNoticeSecrets({ notices, noticeSecrets }: Settings): Problem[] {
  const needed = [
    ...(notices.webhook ? ["webhook-url"] : []),
    ...(notices.slack ? ["slack-url"] : []),
    ...(notices.email?.login ? ["smtp-user", "smtp-password"] : []),
    ...(notices.pagerduty ? ["pagerduty-routing-key"] : []),
  ];
  return needed
    .filter((name) => !(name in noticeSecrets))
    .map((name) => {
      const path = `slipway:noticeSecrets.${name}`;
      const fix = `pulumi config set --secret --path '${path}' <value>`;
      return { path, problem: "is missing, and slipway:notices needs it", fix };
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

/** JSON where it is JSON; else the text itself, which then fails as a wrong type at its own path. */
function decode(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

const isEmptyObject = (value: unknown) =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

function toProblems(issue: z.core.$ZodIssue, values: unknown): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = settingPath([...issue.path, key]);
      const allowed = keysAt(issue.path).join(", ");
      return { path, problem: "is not a setting", allowed, fix: `pulumi config rm --path '${path}'` };
    });
  }
  const path = settingPath(issue.path);
  const value = valueAt(values, issue.path);
  const missing = value === undefined;
  return [
    {
      path,
      problem: missing ? "is missing" : (problemOf(issue) ?? "is not allowed"),
      ...(missing ? {} : { got: shorten(issue.code === "invalid_key" ? issue.path.at(-1) : value) }),
      allowed: allowedBy(issue),
      fix:
        issue.code === "invalid_key"
          ? `pulumi config rm --path '${path}'`
          : `${hintAt(issue.path)}pulumi config set --path '${path}' <value>`,
    },
  ];
}

function problemOf(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === "invalid_type") return "is of the wrong type";
  if (issue.code === "invalid_key") return "has a name that is not allowed";
  return issue.code === "custom" && issue.message !== "Invalid input" ? issue.message : undefined;
}

function allowedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "int" ? "a whole number" : `a value of type ${issue.expected}`;
    case "invalid_value":
      return issue.values.map(String).join(" or ");
    case "too_small":
      return `at least ${String(issue.minimum)}${issue.origin === "array" ? " entry" : ""}`;
    case "too_big":
      return `at most ${String(issue.maximum)}`;
    case "invalid_key":
      return issue.issues[0]?.message ?? issue.message;
    case "custom":
      return String(issue.params?.allowed);
    case "invalid_format":
    case "invalid_union":
    case "invalid_element":
    case "not_multiple_of":
    case "unrecognized_keys":
      return issue.message;
  }
}

/** `slipway:profile.steps[1]`, the form that `pulumi config set --path` takes. */
function settingPath(path: readonly PropertyKey[]): string {
  const [key, ...rest] = path;
  return `slipway:${String(key)}${rest.map((part) => (typeof part === "number" ? `[${String(part)}]` : `.${String(part)}`)).join("")}`;
}

function keysAt(path: readonly PropertyKey[]): string[] {
  return [...new Set(shapesOf(typeAt(path)).flatMap((shape) => Object.keys(shape)))];
}

/** How a value is found out, where that is not plain. */
function hintAt(path: readonly PropertyKey[]): string {
  const type = typeAt(path);
  const hint = type instanceof z.ZodType ? type.meta()?.hint : undefined;
  return typeof hint === "string" ? hint : "";
}

function typeAt(path: readonly PropertyKey[]): unknown {
  let type: unknown = unwrapped(settingsSchema);
  for (const part of path) {
    type = unwrapped(shapesOf(type).find((shape) => String(part) in shape)?.[String(part)]);
  }
  return type;
}

/** Of an object its own, of a union of objects those of all its members. */
function shapesOf(type: unknown): Readonly<Record<string, unknown>>[] {
  if (type instanceof z.ZodObject) return [type.shape];
  return type instanceof z.ZodUnion ? type.options.flatMap((option) => shapesOf(unwrapped(option))) : [];
}

function unwrapped(type: unknown): unknown {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault) return unwrapped(type.unwrap());
  return type instanceof z.ZodPipe ? unwrapped(type.in) : type;
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === "object" && value !== null ? Reflect.get(value, part) : undefined),
    values,
  );
}

/** A value as a message shows it: long ones would hide the rest of the line. */
function shorten(value: unknown): string {
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown || "nothing";
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
