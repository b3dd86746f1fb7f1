import { watcherUser } from "../lib/databases/watched.ts";
import { tunnelledHosts } from "../lib/hosts/watch-account.ts";
import type { Problem } from "../lib/problem.ts";
import { mailPorts } from "../router/telling/notice-config.ts";
import type { MonitoredStack } from "./monitoring-files.ts";
import type { MonitoringSettings } from "./schema.ts";

type Checked = Pick<MonitoredStack, "monitoring" | "hosts" | "notices" | "databases"> &
  Pick<MonitoringSettings, "grafanaPassword"> & {
    readonly host?: unknown;
    /** At which the service answers people. */
    readonly port: number;
  };

/** What can't be right about who watches a stack. */
export function monitoringProblems(settings: Checked): Problem[] {
  const { monitoring } = settings;
  const grafana = passwordProblems(settings);
  if (monitoring === undefined) return grafana;
  return [
    ...grafana,
    ...wrongTargets(monitoring, settings),
    ...(monitoring.kind === "host" ? hostProblems(settings) : []),
  ];
}

/** A password that nobody asks for, or none where one is asked. */
function passwordProblems({ monitoring, grafanaPassword, host }: Checked): Problem[] {
  const path = "slipway:grafanaPassword";
  const isAsked = monitoring?.kind === "host" && monitoring.grafana;
  if (isAsked && grafanaPassword === undefined)
    return [
      {
        path,
        problem: "is missing, and slipway:monitoring.grafana needs it for its user admin",
        fix: `openssl rand -hex 16 | pulumi config set --secret ${path}`,
      },
    ];
  if (isAsked || grafanaPassword === undefined || host === undefined) return [];
  return [
    {
      path,
      problem: "is asked of nobody",
      allowed: "slipway:monitoring of kind host with grafana: true",
      fix: `pulumi config set --path slipway:monitoring.grafana true, or pulumi config rm ${path}`,
    },
  ];
}

/** All hosts of a stack have the same subnet, so that its addresses name none of them from outside. */
function wrongTargets({ kind, targets }: NonNullable<Checked["monitoring"]>, checked: Checked): Problem[] {
  const { hosts } = checked;
  const names = ["host", ...Object.keys(hosts)];
  const unknown = Object.keys(targets)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: `slipway:monitoring.targets.${name}`,
      problem: "names no host of this stack",
      got: name,
      allowed: names.join(", "),
      fix: `pulumi config rm --path 'slipway:monitoring.targets.${name}'`,
    }));
  const asked = kind === "host" || names.length === 1 ? [] : names;
  const missing = asked
    .filter((name) => targets[name]?.controller === undefined)
    .map((name) => ({
      path: `slipway:monitoring.targets.${name}.controller`,
      problem: "is missing: of several hosts, each has the same address in its own network",
      fix: `pulumi config set --path 'slipway:monitoring.targets.${name}.controller' <address>:<port>, where your tunnel to it ends`,
    }));
  const closed = tunnelledHosts(checked)
    .filter((name) => hosts[name]?.admin === undefined)
    .map((name) => ({
      path: `slipway:hosts.${name}.admin`,
      problem: "is missing: nobody may make the user there by whom the first host asks for figures",
      allowed: `a user who may become root, or your own tunnel's end in slipway:monitoring.targets.${name}.controller`,
      fix: `pulumi config set --path 'slipway:hosts.${name}.admin' <user>`,
    }));
  return [...unknown, ...missing, ...closed];
}

function hostProblems({ host, monitoring, port, databases, notices: { email } }: Checked): Problem[] {
  const problems: Problem[] = [];
  if (host === undefined)
    problems.push({
      path: "slipway:monitoring.kind",
      problem: "watches from the stack's first host, and there is none",
      got: "host",
      allowed: "existing, or a stack with slipway:host",
      fix: "pulumi config rm slipway:monitoring",
    });
  for (const part of ["controller", "machine"] as const)
    if (monitoring?.targets.host?.[part] !== undefined)
      problems.push({
        path: `slipway:monitoring.targets.host.${part}`,
        problem: "means nothing with kind host, which reaches its own host in the stack's network",
        got: monitoring.targets.host[part],
        allowed: "nothing",
        fix: `pulumi config rm --path 'slipway:monitoring.targets.host.${part}'`,
      });
  if (monitoring?.kind === "host" && monitoring.service?.port === port)
    problems.push({
      path: "slipway:monitoring.service.port",
      problem: "is the one that the proxy leads to, so everybody could read the metrics",
      got: String(port),
      allowed: `any but slipway:port, ${String(port)}`,
      fix: "let the service answer Prometheus at a port of its own, and pulumi config set --path slipway:monitoring.service.port <port>",
    });
  if (databases.postgres?.user === watcherUser)
    problems.push({
      path: "slipway:databases.postgres.user",
      problem: "is the name of the user that only watches",
      got: watcherUser,
      allowed: "any other",
      fix: "pulumi config set --path slipway:databases.postgres.user <name>",
    });
  if (email?.tls === "implicit" && (email.port ?? mailPorts.implicit) !== mailPorts.implicit)
    problems.push({
      path: "slipway:notices.email.port",
      problem: "is one at which Alertmanager does not begin with TLS",
      got: String(email.port),
      allowed: `${String(mailPorts.implicit)}, or tls starttls`,
      fix: `pulumi config set --path slipway:notices.email.port ${String(mailPorts.implicit)}`,
    });
  return problems;
}
