import type { ApiSetting } from "../api-setting.ts";
import type { RepositoryWithinPlan } from "../plan/limits.ts";
import { isOn, there, type Answer } from "../read/reader.ts";
import { levels, on } from "./directions.ts";
import { seen, type Kind } from "./kind.ts";
import { either, oneOf, onOff } from "./words.ts";

/**
 * What the provider is given of alerts and scanning.
 *
 * Public repositories refuse `advancedSecurity`, and scan without being asked to pay (terraform-provider-github#2190, #1487); private
 * ones without the licence refuse everything here (#2145).
 */
export function scanningInputs({ secretScanning, visibility }: RepositoryWithinPlan) {
  const on = { status: "enabled" };
  return {
    vulnerabilityAlerts: true,
    ...(secretScanning
      ? {
          securityAndAnalysis: {
            ...(visibility === "public" ? {} : { advancedSecurity: on }),
            secretScanning: on,
            secretScanningPushProtection: on,
          },
        }
      : {}),
  };
}

/** The same in GitHub's answer, as far as it is read back. */
export function scanningReadBack({ secretScanning }: RepositoryWithinPlan) {
  const on = { status: "enabled" };
  return secretScanning ? { security_and_analysis: { secret_scanning: on, secret_scanning_push_protection: on } } : {};
}

/**
 * What the provider has no resource for, by the name of its step.
 *
 * @param path of the repository in the API
 */
export function securitySettings(
  path: string,
  settings: RepositoryWithinPlan,
): Record<string, ApiSetting | readonly ApiSetting[]> {
  const codeql = { state: "configured", query_suite: "extended" };
  const reports = `${path}/private-vulnerability-reporting`;
  const scanning = `${path}/code-scanning/default-setup`;
  const releases = `${path}/immutable-releases`;
  const [alerts, fixes] = [`${path}/vulnerability-alerts`, `${path}/automated-security-fixes`];
  const steps: Record<string, ApiSetting | readonly ApiSetting[] | false> = {
    // In this order: without alerts there is nothing to update for.
    "dependabot-on": [
      { what: "Dependabot alerts", read: alerts, wanted: {}, write: { method: "PUT", path: alerts } },
      {
        what: "Dependabot security updates",
        read: fixes,
        wanted: { enabled: true },
        write: { method: "PUT", path: fixes },
      },
    ],
    "vulnerability-reports": settings.vulnerabilityReports && {
      what: "private vulnerability reports",
      read: reports,
      wanted: { enabled: true },
      write: { method: "PUT", path: reports },
    },
    "code-scanning": settings.codeScanning && {
      what: "CodeQL",
      read: scanning,
      wanted: codeql,
      write: { method: "PATCH", path: scanning, body: codeql },
      // It is set up in the background.
      patienceMs: 60_000,
    },
    "immutable-releases": settings.immutableReleases && {
      what: "releases are immutable",
      read: releases,
      wanted: { enabled: true },
      write: { method: "PUT", path: releases },
    },
  };
  return Object.fromEntries(Object.entries(steps).flatMap(([name, step]) => (step === false ? [] : [[name, step]])));
}

/** CodeQL's set of queries where its default setup is on. */
function queriesOf(setup: Answer<{ readonly state?: string; readonly query_suite?: string }>): string {
  return setup.is === "there" && setup.value.state === "configured" ? (setup.value.query_suite ?? "default") : "none";
}

/** What GitHub scans, reports and keeps as it is. */
export const security: Kind = {
  title: () => "security",
  declare({ repository: settings }) {
    if (settings === undefined) return [];
    const fields = {
      dependabotAlerts: true,
      dependabotUpdates: true,
      ...(settings.secretScanning ? { secretScanning: true, pushProtection: true } : {}),
      ...(settings.vulnerabilityReports ? { vulnerabilityReports: true } : {}),
      ...(settings.codeScanning ? { codeScanning: "extended" } : {}),
      ...(settings.immutableReleases ? { immutableReleases: true } : {}),
    };
    return [{ kind: "security", name: "", fields }];
  },
  async read(reader) {
    const repository = await reader.repository();
    if (repository.is !== "there") return { things: [], hidden: [] };
    const analysis = repository.value.security_and_analysis;
    const { alerts: hasAlerts } = await reader.told();
    // What is on is told already; only of what is not has GitHub more to say.
    const hasUpdates = analysis?.dependabot_security_updates?.status === "enabled";
    const isPublic = repository.value.visibility === "public";
    const [alerts, updates, reports, releases, scanning] = await Promise.all([
      hasAlerts
        ? there(hasAlerts)
        : reader.ask<unknown>("Dependabot alerts", ({ rest }, at) => rest.repos.checkVulnerabilityAlerts(at)),
      hasUpdates
        ? there({ enabled: true })
        : reader.ask(
            "Dependabot updates",
            async ({ rest }, at) => (await rest.repos.checkAutomatedSecurityFixes(at)).data,
          ),
      // GitHub has them for public repositories only.
      isPublic
        ? reader.ask("private vulnerability reports", async ({ rest }, at) => {
            return (await rest.repos.checkPrivateVulnerabilityReporting(at)).data;
          })
        : there({ enabled: false }),
      reader.ask("immutable releases", ({ rest }, at) => rest.repos.checkImmutableReleases(at)),
      reader.ask("code scanning", async ({ rest }, at) => (await rest.codeScanning.getDefaultSetup(at)).data),
    ]);
    const fields = {
      dependabotAlerts: isOn(alerts, () => true),
      dependabotUpdates: isOn(updates, ({ enabled }) => enabled),
      secretScanning: analysis ? analysis.secret_scanning?.status === "enabled" : undefined,
      pushProtection: analysis ? analysis.secret_scanning_push_protection?.status === "enabled" : undefined,
      vulnerabilityReports: isOn(reports, ({ enabled }) => enabled),
      codeScanning: scanning.is === "hidden" ? undefined : queriesOf(scanning),
      immutableReleases: isOn(releases, ({ data }) => data.enabled),
    };
    return { things: [seen({ kind: "security", name: "" }, fields)], hidden: [] };
  },
  words: {
    dependabotAlerts: onOff("alerts about vulnerable dependencies are"),
    dependabotUpdates: onOff("Dependabot's security updates are"),
    secretScanning: onOff("scanning for secrets is"),
    pushProtection: either("pushes with secrets are stopped", "pushes with secrets are let through"),
    vulnerabilityReports: onOff("private reports of vulnerabilities are"),
    codeScanning: oneOf(
      { none: "code scanning (CodeQL) is off" },
      "code scanning (CodeQL) is on, with the set of queries",
    ),
    immutableReleases: either("published releases can't be changed", "published releases can be changed"),
  },
  object: () => "repository",
  rules: {
    secretScanning: { words: "secret scanning", direction: on },
    pushProtection: { words: "push protection", direction: on },
    dependabotAlerts: { words: "Dependabot alerts", direction: on },
    dependabotUpdates: { words: "Dependabot security updates", direction: on },
    codeScanning: { words: "CodeQL", direction: levels("none", "default", "extended") },
    vulnerabilityReports: { words: "private vulnerability reports", direction: on },
    immutableReleases: { words: "immutable releases", direction: on },
  },
};
