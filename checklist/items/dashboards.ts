import { askHost } from "../../lib/hosts/ask-host.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { askingScript, askPrometheus } from "../../monitoring/ask-prometheus.ts";
import { watcherAddress } from "../../monitoring/on-host.ts";
import type { MonitoringSettings } from "../../monitoring/schema.ts";
import { metricsPort } from "../../router/paths.ts";
import { inController, unanswered, type CheckedHost } from "../host.ts";
import { broken, proven, unseen, type Finding, type Item, type Probe } from "../model.ts";
import type { ChecklistSettings } from "../schema.ts";

export interface DashboardsArgs extends MonitoringSettings {
  readonly service: string;
  readonly stack: string;
  readonly subnet: string;
  readonly hosts: readonly CheckedHost[];
  readonly checklist: ChecklistSettings["checklist"];
  readonly makeUp: string;
}

const limitMs = 15_000;
/** What the guide's dashboards are drawn from; they are there from the start, at 0. */
const neededSeries = ["slipway_requests_total", "slipway_request_duration_seconds_count", "slipway_released"];

/**
 * The controllers tell their figures, and a Prometheus has them of this stack, which `slipway dashboard` draws; where the stack names
 * another dashboard, its address answers.
 */
export function dashboardsItem(args: DashboardsArgs): Item {
  const { monitoring, hosts, stack, makeUp, checklist } = args;
  const { dashboard } = checklist;
  const common = { name: "dashboards", setting: "slipway:monitoring" } as const;
  if (monitoring === undefined) {
    const fix = `declare slipway:monitoring in Pulumi.${stack}.yaml: {kind: host} (docs/monitoring.md), then ${makeUp}`;
    const look = () => Promise.resolve([broken("nobody watches this stack: slipway:monitoring is not declared", fix)]);
    return { ...common, probes: [{ name: "declared", look }] };
  }
  const controllers = hosts.map((host): Probe => ({
    name: host.connection.name,
    look: () => lookAtMetrics(host, args),
  }));
  const rest: Probe[] = [
    { name: "prometheus", look: () => lookAtPrometheus(args) },
    ...(dashboard === undefined ? [] : [{ name: "dashboard", look: () => lookAtDashboard(dashboard, stack) }]),
  ];
  return { ...common, probes: [...controllers, ...rest] };
}

async function lookAtMetrics(
  host: CheckedHost,
  { service, stack, subnet, makeUp }: DashboardsArgs,
): Promise<Finding[]> {
  const address = `http://${new HostNames(service, stack, subnet).address("controller")}:${metricsPort}/metrics`;
  const ask = `fetch("${address}").then((answer) => answer.text()).then((text) => process.stdout.write(text), () => process.exit(3))`;
  const answer = await inController(host, ["node", "-e", ask]);
  if (answer.code === 3) return [broken(`the controller at ${host.connection.name} serves no metrics`, makeUp)];
  if (answer.code !== 0) return [unanswered(host, answer)];
  const missing = neededSeries.filter((name) => !new RegExp(`^${name}[{ ]`, "m").test(answer.stdout));
  if (missing.length > 0) return [broken(`the controller's metrics lack ${missing.join(", ")}`, makeUp)];
  return [proven(`the controller at ${host.connection.name} tells its figures`)];
}

async function lookAtPrometheus(args: DashboardsArgs): Promise<Finding[]> {
  const { service, stack, monitoring, makeUp } = args;
  const paths = neededSeries.map((name) => {
    const query = `count(${name}{service="${service}",environment="${stack}"})`;
    return `/api/v1/query?${new URLSearchParams({ query }).toString()}`;
  });
  const answers = await askedOf(args, paths);
  if ("outcome" in answers) return [answers];
  const missing = neededSeries.filter((_, index) => {
    const { data } = answers[index] as { readonly data?: { readonly result?: readonly unknown[] } };
    return (data?.result?.length ?? 0) === 0;
  });
  if (missing.length === 0) return [proven("Prometheus has this stack's figures")];
  const files = `give it the files of pulumi stack output --json monitoring --stack ${stack} (docs/monitoring.md)`;
  const fix = monitoring?.kind === "host" ? makeUp : files;
  return [broken(`Prometheus has nothing of this stack as ${missing.join(", ")}`, fix)];
}

/** What Prometheus answers: the one that the stack names, else its own, which only the host reaches. @returns why not, where nobody answers */
async function askedOf(args: DashboardsArgs, paths: readonly string[]): Promise<readonly unknown[] | Finding> {
  const { service, stack, subnet, monitoring, hosts, checklist } = args;
  const [first] = hosts;
  if (checklist.prometheus !== undefined)
    return askPrometheus(checklist.prometheus.replace(/\/$/, ""), paths).catch((error: unknown) =>
      unreachable("Prometheus", error),
    );
  if (monitoring?.kind !== "host" || first === undefined) {
    const fix = `pulumi config set --stack ${stack} --path slipway:checklist.prometheus http://127.0.0.1:9090, or where yours answers`;
    return unseen("no Prometheus is named that could be asked", fix);
  }
  const address = watcherAddress(new HostNames(service, stack, subnet), "prometheus");
  const text = askingScript(first.controller, `http://${address}`, paths);
  const answer = await askHost(first.connection, { text, timeoutSeconds: 40 });
  if (answer.code === 3) return broken("the stack's own Prometheus does not answer", args.makeUp);
  return answer.code === 0 ? (JSON.parse(answer.stdout) as unknown[]) : unanswered(first, answer);
}

async function lookAtDashboard(address: string, stack: string): Promise<Finding[]> {
  const { status } = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout(limitMs) }).catch(
    (error: unknown) => unreachable("the dashboard", error),
  );
  if (status < 300) return [proven(`the dashboard answers with status ${status}`)];
  if (status < 400 || [401, 403].includes(status) || status >= 500)
    return [
      unseen(`the dashboard answers with status ${status}, so what it shows was not seen`, `open it: ${address}`),
    ];
  const set = `pulumi config set --stack ${stack} --path slipway:checklist.dashboard <address>`;
  return [broken(`the dashboard answers with status ${status}`, `make it, or name another: ${set}`)];
}

/** The address is the stack's own, and nothing secret; what `fetch` says of it is not for people. */
function unreachable(what: string, error: unknown): never {
  const { cause, name } = error as { readonly cause?: { readonly code?: string }; readonly name?: string };
  const got = cause?.code ?? (name === "TimeoutError" ? `no answer within ${limitMs / 1_000} s` : "no connection");
  throw new Error(
    `${what} can't be reached, got ${got}. Fix: open the tunnel to it, or correct its address in slipway:checklist`,
  );
}
