import { HostNames } from "../lib/hosts/naming.ts";
import type { NoticesSettings } from "../lib/notices/schema.ts";
import type { HostsSettings } from "../lib/hosts/schema.ts";
import type { Problem } from "../lib/problem.ts";
import { metricsPort } from "../router/paths.ts";
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
  extends Pick<HostsSettings, "hosts" | "subnet">, MonitoringSettings, Pick<NoticesSettings, "notices"> {
  readonly service: string;
}

/** How the first host is named, as in commands. */
const first = "host";
/** Where a team's Alertmanager is expected to have its secrets. */
const secretsFolder = "/etc/alertmanager/secrets";

/** @param stack its name, which becomes the label `environment` */
export function monitoringFiles(stack: string, settings: MonitoredStack): MonitoringFiles {
  const scope = { service: settings.service, environment: stack };
  return {
    "rules.yaml": ruleFile(scope),
    "targets.json": targetFile(scope, targetsOf(stack, settings)),
    "prometheus.yaml": prometheusConfig("127.0.0.1:9093"),
    "alertmanager.yaml": alertmanagerConfig(channelsOf(settings.notices), secretsFolder),
  };
}

function targetsOf(stack: string, { service, subnet, hosts, monitoring }: MonitoredStack): Target[] {
  const own = `${new HostNames(service, stack, subnet).address("controller")}:${metricsPort}`;
  return [first, ...Object.keys(hosts)].flatMap((host): Target[] => {
    const { controller = own, machine } = monitoring?.targets[host] ?? {};
    return [
      { address: controller, part: "controller", host },
      ...(machine === undefined ? [] : [{ address: machine, part: "host" as const, host }]),
    ];
  });
}

/** The same people as the notices'. A mail server that wants a login is left out: Alertmanager takes a user's name only in plain text. */
const channelsOf = ({ pagerduty, slack, email }: NoticesSettings["notices"]): AlertChannels => ({
  pagerduty,
  slack,
  ...(email && !email.login ? { email: { ...email, port: email.port ?? (email.tls === "none" ? 25 : 587) } } : {}),
});

/** Addresses that can't be right. All hosts of a stack have the same subnet, so that its addresses name none of them from outside. */
export function monitoringProblems({ monitoring, hosts }: Pick<MonitoredStack, "monitoring" | "hosts">): Problem[] {
  if (monitoring === undefined) return [];
  const names = [first, ...Object.keys(hosts)];
  const unknown = Object.keys(monitoring.targets)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: `slipway:monitoring.targets.${name}`,
      problem: "names no host of this stack",
      got: name,
      allowed: names.join(", "),
      fix: `pulumi config rm --path 'slipway:monitoring.targets.${name}'`,
    }));
  if (names.length === 1) return unknown;
  const missing = names
    .filter((name) => monitoring.targets[name]?.controller === undefined)
    .map((name) => ({
      path: `slipway:monitoring.targets.${name}.controller`,
      problem: "is missing: of several hosts, each has the same address in its own network",
      fix: `pulumi config set --path 'slipway:monitoring.targets.${name}.controller' <address>:<port>, where your tunnel to it ends`,
    }));
  return [...unknown, ...missing];
}
