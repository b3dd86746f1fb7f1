/** How urgent an alert is, and so who gets it: PagerDuty, or Slack. */
export type Severity = "critical" | "warning" | "info";

/** Who notices: rules of Prometheus, the controller's notices, or a workflow on GitHub. */
export type AlertSource = "prometheus" | "notice" | "workflow";

export interface GuideAlert {
  /** As the team's guide words it. */
  readonly title: string;
  readonly severity: Severity;
  readonly source: AlertSource;
  /** What raises it: an alert's name, an event of a notice, or where it happens. */
  readonly by: string;
}

/** The alerts that every service has. Each has one source: two that say the same would be two incidents. */
export const guideAlerts: readonly GuideAlert[] = [
  { title: "Production deployment failed", severity: "critical", source: "notice", by: "rolled-back" },
  { title: "Error rate > 5 %", severity: "critical", source: "prometheus", by: "SlipwayErrorsHigh" },
  { title: "Service down", severity: "critical", source: "prometheus", by: "SlipwayServiceDown" },
  { title: "Test failures on main", severity: "warning", source: "workflow", by: "ci" },
  { title: "Security vulnerabilities", severity: "warning", source: "workflow", by: "scans" },
  { title: "Staging deployment issues", severity: "warning", source: "notice", by: "rolled-back" },
  { title: "Successful deployments", severity: "info", source: "notice", by: "promoted" },
  { title: "New releases", severity: "info", source: "workflow", by: "releases" },
  { title: "PR statistics", severity: "info", source: "workflow", by: "pull requests" },
];
