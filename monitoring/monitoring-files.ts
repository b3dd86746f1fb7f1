import { HostNames } from "../lib/hosts/naming.ts";
import { oldestHours } from "../lib/databases/clock.ts";
import type { DatabasesSettings } from "../lib/databases/schema.ts";
import type { NoticesSettings } from "../lib/notices/schema.ts";
import type { HostsSettings } from "../lib/hosts/schema.ts";
import { tunnelledHosts } from "../lib/hosts/watch-account.ts";
import { metricsPort } from "../router/paths.ts";
import { mailPorts } from "../router/telling/notice-config.ts";
import { usualGoals, type Goals } from "./alert-rules.ts";
import { alertmanagerConfig, type AlertChannels } from "./alertmanager-config.ts";
import { ruleFile } from "./rule-file.ts";
import type { MonitoringSettings } from "./schema.ts";
import { prometheusConfig, targetFile, type Target } from "./targets.ts";

/** What a Prometheus and an Alertmanager need to know of a stack, by file name. Nothing in it is secret. */
export type MonitoringFiles = Readonly<
  Record<"rules.yaml" | "targets.json" | "prometheus.yaml" | "alertmanager.yaml", string>
>;

/** What they are made from. */
export interface MonitoredStack
  extends
    Pick<HostsSettings, "hosts" | "subnet">,
    Pick<DatabasesSettings, "databases">,
    MonitoringSettings,
    Pick<NoticesSettings, "notices"> {
  readonly service: string;
  readonly backups?: Pick<DatabasesSettings["backups"], "every">;
  /** Replicas of each slot. */
  readonly replicas: number;
}

/** How the first host is named, as in commands. */
const first = "host";
/** Where a team's Alertmanager is expected to have its secrets. */
const secretsFolder = "/etc/alertmanager/secrets";

/** @param stack its name, which becomes the label `environment` */
export function monitoringFiles(stack: string, settings: MonitoredStack): MonitoringFiles {
  const scope = { service: settings.service, environment: stack };
  return {
    "rules.yaml": ruleFile(scope, goalsOf(settings)),
    "targets.json": targetFile(scope, targetsOf(stack, settings)),
    "prometheus.yaml": prometheusConfig({
      rules: "rules/*.yaml",
      targets: "targets/*.json",
      alertmanager: "127.0.0.1:9093",
    }),
    "alertmanager.yaml": alertmanagerConfig(channelsOf(settings.notices), secretsFolder),
  };
}

/** What is too much for a stack: backups by the clock are late sooner. */
export const goalsOf = ({ backups }: Pick<MonitoredStack, "backups">): Goals =>
  backups?.every === undefined ? usualGoals : { ...usualGoals, backupHours: oldestHours(backups.every) };

/** Whom to ask on each host, but for those behind the tunnel. */
export function targetsOf(stack: string, settings: MonitoredStack): Target[] {
  const { service, subnet, hosts, monitoring } = settings;
  const tunnelled = tunnelledHosts(settings);
  const own = `${new HostNames(service, stack, subnet).address("controller")}:${metricsPort}`;
  const asked = [first, ...Object.keys(hosts)].filter((host) => !tunnelled.includes(host));
  return asked.flatMap((host): Target[] => {
    const { controller = own, machine } = monitoring?.targets[host] ?? {};
    return [
      { address: controller, part: "controller", host },
      ...(machine === undefined ? [] : [{ address: machine, part: "host" as const, host }]),
    ];
  });
}

/**
 * The same people as the notices'.
 *
 * @param user who logs in to the mail server. Without one a server that wants a login is left out: Alertmanager takes a name only in plain text
 */
export const channelsOf = ({ pagerduty, slack, email }: NoticesSettings["notices"], user?: string): AlertChannels => ({
  pagerduty,
  slack,
  ...(email && (!email.login || user !== undefined)
    ? { email: { ...email, port: email.port ?? mailPorts[email.tls], user } }
    : {}),
});
