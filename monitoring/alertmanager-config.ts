import { stringify } from "yaml";
import type { EmailChannel, PagerDutyChannel } from "../router/telling/notice-config.ts";

/** Whom alerts are sent to. Addresses and keys are files; secret here are who logs in to a mail server, and where the watchdog is heard. */
export interface AlertChannels {
  readonly pagerduty?: Pick<PagerDutyChannel, "url"> | undefined;
  readonly slack?: object | undefined;
  readonly email?: Pick<EmailChannel, "host" | "from" | "to" | "tls"> & {
    readonly port: number;
    /** Who logs in, with the password of the file. @default nobody does */
    readonly user?: string | undefined;
  };
  /** Who hears that alerts arrive, and misses it. In plain text, as Alertmanager before 0.26 reads no file for it. @default nobody does */
  readonly watchdog?: { readonly url: string } | undefined;
}

/** Files of secrets, by their names in the notices' settings. */
const secretFile = (folder: string, name: "pagerduty-routing-key" | "slack-url" | "smtp-password") =>
  `${folder}/${name}`;

/**
 * How often who waits for the watchdog hears of it: once the second has passed, at the next tick of the first. As multiples they would miss
 * each second tick by a moment.
 */
const beat = { group_wait: "0s", group_interval: "20s", repeat_interval: "1m" };

const title =
  '{{ .CommonLabels.alertname }}: {{ .CommonAnnotations.summary }}{{ if eq .Status "resolved" }} (over){{ end }}';
const details =
  "{{ range .Alerts }}{{ .Annotations.description }}\n{{ end }}What it means: {{ .CommonAnnotations.runbook }}";

/**
 * A configuration for Alertmanager: critical wakes somebody, everything else goes to Slack, and all of it by mail where that is set. A
 * severity whose channel is not set goes to the other one, so that no alert ends nowhere.
 *
 * Alerts are grouped by what survives a switch of slots: another version or replica is the same incident.
 *
 * @param folder where the files of the secrets lie
 */
export function alertmanagerConfig({ pagerduty, slack, email, watchdog }: AlertChannels, folder: string): string {
  const page = pagerduty ? "pagerduty" : "slack";
  const tell = slack ? "slack" : "pagerduty";
  const isToldBy = (receiver: string) => (receiver === "slack" ? slack : pagerduty) !== undefined;
  const route = (severity: string, receiver: string) => ({ receiver, matchers: [severity] });
  const routes = [
    ...(watchdog ? [{ receiver: "watchdog", matchers: ['alertname="SlipwayWatchdog"'], ...beat }] : []),
    route('severity="none"', "nobody"),
    ...(email ? [{ receiver: "email", matchers: ['severity!="none"'], continue: true }] : []),
    ...(isToldBy(page) ? [route('severity="critical"', page)] : []),
    ...(isToldBy(tell) ? [route('severity=~"warning|info"', tell)] : []),
  ];
  const config = {
    route: {
      receiver: "nobody",
      group_by: ["alertname", "service", "environment"],
      group_wait: "10s",
      // What Slack has refused is tried again after it.
      group_interval: "1m",
      repeat_interval: "12h",
      routes,
    },
    inhibit_rules: [
      {
        source_matchers: ['alertname="SlipwayServiceDown"'],
        target_matchers: ['alertname=~"SlipwayErrorsHigh|Slipway.*GoalMissed|Slipway.*BudgetBurns.*"'],
        equal: ["service", "environment"],
      },
      // Whom nobody can ask is one alert.
      {
        source_matchers: ['alertname="SlipwayServiceDown"'],
        target_matchers: ['alertname=~"Slipway(Machine|Database)NotSeen"'],
        equal: ["service", "environment", "host"],
      },
      // Who misses a goal knows that its budget is spent.
      ...["Availability", "ResponseTime"].map((goal) => ({
        source_matchers: [`alertname="Slipway${goal}GoalMissed"`],
        target_matchers: [`alertname=~"Slipway${goal}BudgetBurns.*"`],
        equal: ["service", "environment"],
      })),
      {
        source_matchers: ['alertname=~".*BudgetBurnsFast"'],
        target_matchers: ['alertname=~".*BudgetBurnsSlowly"'],
        equal: ["service", "environment"],
      },
    ],
    receivers: [
      { name: "nobody" },
      // Its end is told by silence: another word would count as a sign of life.
      ...(watchdog ? [{ name: "watchdog", webhook_configs: [{ url: watchdog.url, send_resolved: false }] }] : []),
      ...(pagerduty
        ? [
            {
              name: "pagerduty",
              pagerduty_configs: [
                {
                  routing_key_file: secretFile(folder, "pagerduty-routing-key"),
                  url: pagerduty.url,
                  send_resolved: true,
                  description: title,
                  severity: "{{ .CommonLabels.severity }}",
                  source: "{{ .CommonLabels.service }}-{{ .CommonLabels.environment }}",
                  details: { description: details },
                },
              ],
            },
          ]
        : []),
      ...(slack
        ? [
            {
              name: "slack",
              slack_configs: [
                { api_url_file: secretFile(folder, "slack-url"), send_resolved: true, title, text: details },
              ],
            },
          ]
        : []),
      ...(email
        ? [
            {
              name: "email",
              email_configs: [
                {
                  to: email.to.join(", "),
                  from: email.from,
                  smarthost: `${email.host}:${email.port}`,
                  require_tls: email.tls === "starttls",
                  send_resolved: true,
                  ...(email.user === undefined
                    ? {}
                    : { auth_username: email.user, auth_password_file: secretFile(folder, "smtp-password") }),
                },
              ],
            },
          ]
        : []),
    ],
  };
  return stringify(config, { lineWidth: 0 });
}
