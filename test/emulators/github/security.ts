// What GitHub scans and reports: alerts, fixes, secret scanning, CodeQL default setup, private reporting, immutable releases.
import type { Handlers } from "./call.ts";
import { noContent, ok } from "./call.ts";
import { notFound, Refusal, unprocessable, forbidden } from "./errors.ts";
import type { Visibility } from "./plans.ts";
import { allows } from "./plans.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { now } from "./world.ts";

type Status = "enabled" | "disabled";
/** As in `security_and_analysis`. */
export type Analysis = Partial<Record<string, { status?: string }>>;

export interface SecurityFeatures {
  analysis: Record<string, Status>;
  vulnerabilityAlerts: boolean;
  automatedFixes: boolean;
  privateReporting: boolean;
  immutableReleases: boolean;
  codeql: {
    state: "configured" | "not-configured";
    languages: string[];
    query_suite: string;
    threat_model: string;
    updated_at: string | null;
  };
}

export function newSecurity(visibility: Visibility): SecurityFeatures {
  const onPublic: Status = visibility === "public" ? "enabled" : "disabled";
  return {
    // New public repositories scan for secrets by default.
    analysis: {
      secret_scanning: onPublic,
      secret_scanning_push_protection: onPublic,
    },
    vulnerabilityAlerts: false,
    automatedFixes: false,
    privateReporting: false,
    immutableReleases: false,
    codeql: {
      state: "not-configured",
      languages: [],
      query_suite: "default",
      threat_model: "remote",
      updated_at: null,
    },
  };
}

/** The block of a repository's reply; advanced security is a thing of its own on private repositories alone. */
export function shownAnalysis({ security, visibility }: Repository): object {
  const own = visibility === "public" ? {} : { advanced_security: security.analysis.advanced_security ?? "disabled" };
  const statuses: Record<string, string> = {
    ...own,
    secret_scanning_non_provider_patterns: "disabled",
    secret_scanning_validity_checks: "disabled",
    ...security.analysis,
    dependabot_security_updates: security.automatedFixes ? "enabled" : "disabled",
  };
  return Object.fromEntries(Object.entries(statuses).map(([name, status]) => [name, { status }]));
}

/** @throws 422 for what the visibility or the licence forbids. Source: TPG#2190, TPG#2145. */
export function setAnalysis(repository: Repository, wanted: Analysis): void {
  const isPublic = repository.visibility === "public";
  if (isPublic && wanted.advanced_security?.status !== undefined) {
    throw unprocessable("Advanced security is always available for public repos.");
  }
  const licensed = isPublic || allows("advanced-security", repository);
  for (const [name, given] of Object.entries(wanted)) {
    if (given?.status !== "enabled" && given?.status !== "disabled") continue;
    const scanning = name === "advanced_security" || name.startsWith("secret_scanning");
    if (scanning && given.status === "enabled" && !licensed) {
      throw unprocessable(
        name === "advanced_security"
          ? "Advanced Security has not been purchased"
          : "Secret scanning is not available for this repository.",
      );
    }
    if (name === "dependabot_security_updates") repository.security.automatedFixes = given.status === "enabled";
    else repository.security.analysis[name] = given.status;
  }
}

export const security: Handlers = {
  "repos/check-vulnerability-alerts"(call) {
    if (!call.repository("admin").security.vulnerabilityAlerts) throw notFound("Vulnerability alerts are disabled.");
    return noContent;
  },
  "repos/enable-vulnerability-alerts"(call) {
    call.repository("admin").security.vulnerabilityAlerts = true;
    return noContent;
  },
  "repos/disable-vulnerability-alerts"(call) {
    const { security } = call.repository("admin");
    security.vulnerabilityAlerts = false;
    security.automatedFixes = false;
    return noContent;
  },
  "repos/check-automated-security-fixes"(call) {
    return ok({ enabled: call.repository("admin").security.automatedFixes, paused: false });
  },
  "repos/enable-automated-security-fixes"(call) {
    const { security } = call.repository("admin");
    if (!security.vulnerabilityAlerts)
      throw unprocessable("Vulnerability alerts must be enabled to configure automated security fixes.");
    security.automatedFixes = true;
    return noContent;
  },
  "repos/disable-automated-security-fixes"(call) {
    const { security } = call.repository("admin");
    security.automatedFixes = false;
    return noContent;
  },
  "repos/check-private-vulnerability-reporting"(call) {
    return ok({ enabled: call.repository().security.privateReporting });
  },
  "repos/enable-private-vulnerability-reporting"(call) {
    const repository = call.repository("admin");
    if (!allows("private-vulnerability-reporting", repository)) {
      throw unprocessable("Private vulnerability reporting is only available on public repositories.");
    }
    repository.security.privateReporting = true;
    return noContent;
  },
  "repos/disable-private-vulnerability-reporting"(call) {
    call.repository("admin").security.privateReporting = false;
    return noContent;
  },
  "repos/check-immutable-releases"(call) {
    if (!call.repository("admin").security.immutableReleases) throw notFound();
    return ok({ enabled: true, enforced_by_owner: false });
  },
  "repos/enable-immutable-releases"(call) {
    call.repository("admin").security.immutableReleases = true;
    return noContent;
  },
  "repos/disable-immutable-releases"(call) {
    call.repository("admin").security.immutableReleases = false;
    return noContent;
  },
  "code-scanning/get-default-setup"(call) {
    const repository = call.repository("admin");
    requireCodeScanning(repository);
    const { codeql } = repository.security;
    const schedule = codeql.state === "configured" ? "weekly" : null;
    return ok({
      ...codeql,
      schedule,
      runner_type: codeql.state === "configured" ? "standard" : null,
      runner_label: null,
    });
  },
  "code-scanning/update-default-setup"(call) {
    const repository = call.repository("admin");
    requireCodeScanning(repository);
    const { codeql } = repository.security;
    const { state, languages, query_suite, threat_model } = call.body;
    if (state === "configured" && !repository.actions.enabled)
      throw new Refusal(409, "GitHub Actions is disabled for this repository.");
    Object.assign(codeql, {
      state: state ?? codeql.state,
      languages: languages ?? codeql.languages,
      query_suite: query_suite ?? codeql.query_suite,
      threat_model: threat_model ?? codeql.threat_model,
      updated_at: now(),
    });
    if (codeql.state === "not-configured") return ok({});
    const run_id = call.world.nextId();
    return {
      status: 202,
      body: { run_id, run_url: `${call.world.url}/api/v3/repos/${fullName(repository)}/actions/runs/${run_id}` },
    };
  },
};

function requireCodeScanning(repository: Repository): void {
  if (allows("advanced-security", repository)) return;
  throw forbidden("Code Security must be enabled for this repository to use code scanning.");
}
