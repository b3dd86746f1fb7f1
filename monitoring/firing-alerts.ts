import { z } from "zod";

/** An alert that is raised now. */
export interface FiringAlert {
  readonly alert: string;
  readonly severity: string;
  readonly summary: string;
  /** Since when it is so. ISO 8601. */
  readonly since: string;
}

/** Where a Prometheus tells its alerts. */
export const alertsPath = "/api/v1/alerts";

/** Raised always, to prove that alerts arrive. */
const watchdog = "SlipwayWatchdog";

const labels = z.record(z.string(), z.string());
const answerSchema = z.object({
  status: z.literal("success"),
  data: z.object({
    alerts: z.array(z.object({ labels, annotations: labels, state: z.string(), activeAt: z.string() })),
  }),
});

/** What a Prometheus says of its alerts, or why that says nothing. */
export type FoundAlerts = { readonly firing: readonly FiringAlert[] } | { readonly problem: string };

/**
 * The alerts of one stack that fire, the worst and oldest first. Without the watchdog among them the rules are not the stack's, or were never computed:
 * then silence is no good news.
 *
 * @param answer of {@link alertsPath}
 */
export function firingAlerts(
  answer: unknown,
  scope: { readonly service: string; readonly environment: string },
): FoundAlerts {
  const read = answerSchema.safeParse(answer);
  if (!read.success) return { problem: "Prometheus gave no list of alerts" };
  const own = read.data.data.alerts.filter(
    ({ state, labels: { service, environment } }) =>
      state === "firing" && service === scope.service && environment === scope.environment,
  );
  if (!own.some(({ labels: { alertname } }) => alertname === watchdog))
    return { problem: `Prometheus has not computed this stack's rules yet, or has none: ${watchdog} is not raised` };
  const isCritical = ({ severity }: FiringAlert) => (severity === "critical" ? 0 : 1);
  const firing = own
    .filter(({ labels: { alertname } }) => alertname !== watchdog)
    .map(({ labels: { alertname = "", severity = "" }, annotations: { summary = "" }, activeAt }) => ({
      alert: alertname,
      severity,
      summary,
      since: new Date(activeAt).toISOString(),
    }))
    .toSorted((a, b) => isCritical(a) - isCritical(b) || a.since.localeCompare(b.since));
  return { firing };
}
