import { writeFile } from "node:fs/promises";
import { askingScript, askPrometheus } from "../monitoring/ask-prometheus.ts";
import { dashboard as dashboardOf, tellersOf } from "../monitoring/dashboard.ts";
import { dashboardData, questionsOf, rangePath, spanOf } from "../monitoring/dashboard-data.ts";
import { delivery, deliveryRows } from "../monitoring/delivery.ts";
import { watcherAddress } from "../monitoring/on-host.ts";
import type { Digested } from "../router/telling/digest.ts";
import { define, oneValue, ownerAndName, type CommonOptions } from "./command.ts";
import { wrongValue } from "./command-problem.ts";
import { askInJson, askOne, errorsOf } from "./controller.ts";
import { askGitHub, githubRows, repositoryOf } from "./delivery-on-github.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { findStack } from "./find-stack.ts";
import { hostsIn, onEachHost, type HostResult, type StackHost } from "./hosts.ts";

interface DashboardOptions extends CommonOptions {
  /** @default 24 */
  readonly hours?: string;
  /** @default `<stack>-dashboard.html` */
  readonly output?: string;
  /** @default the stack's own */
  readonly prometheus?: string;
  /** Uid of the datasource. */
  readonly grafana?: string;
  /** `owner/name`. @default what the stack declares, or the only other one that does */
  readonly repository?: string;
}

/** What `slipway metrics` looks back, in milliseconds. */
const deliveryMs = 90 * 86_400_000;
/** Longest that all questions may take, in seconds. */
const askingSeconds = 120;

export const dashboard = () =>
  define("dashboard", "Traffic, rollouts, goals and delivery of a stack as one HTML file; or the dashboard for Grafana")
    .option("--hours <number>", "How far to look back, 1 to 8760; 24 by default", hourCount)
    .option("--output <file>", "Where to write it, <stack>-dashboard.html by default", oneValue)
    .option("--prometheus <url>", "Prometheus to ask from here, in place of the stack's own", address)
    .option("--grafana <uid>", "Print the file for Grafana, for the Prometheus that has this uid there", oneValue)
    .option("--repository <name>", "Repository on GitHub, where no stack declares one", ownerAndName)
    .action(show);

async function show(options: DashboardOptions): Promise<void> {
  const stack = await findStack(options, { section: "slipway:host", changes: false });
  const { hosts, service, monitoring } = hostsIn(stack);
  const [first] = hosts;
  if (first === undefined) return;
  const scope = { service, environment: first.stack };
  const tellers = tellersOf(monitoring, first.declared?.databases);
  if (options.grafana !== undefined) {
    const { grafanaDashboard } = await import("../monitoring/grafana-dashboard.ts");
    process.stdout.write(grafanaDashboard(scope, options.grafana, tellers));
    return;
  }
  const hours = Number(options.hours ?? 24);
  const now = Date.now();
  const span = spanOf(hours, now);
  const model = dashboardOf(scope, tellers);
  const paths = questionsOf(model).map((expr) => rangePath(expr, span));
  await onEachHost([first], options, async (host, tell) => {
    const error = errorsOf([host], host);
    const digest = await askOne(host, ["digest"], error);
    if (digest.code !== exitCodes.done) return digest;
    const { declared } = host;
    const own = declared && declared.watchers.length > 0 ? watcherAddress(declared.names, "prometheus") : undefined;
    const answered = await ask(host, { own, elsewhere: options.prometheus, paths, error });
    if (answered.code !== exitCodes.done) return answered;
    const rollouts = digest.result as readonly Digested[];
    const stretch = { since: now - deliveryMs, until: now };
    const github = await askGitHub(repositoryOf(stack, options.repository), rollouts, stretch);
    const rows = [...deliveryRows(delivery(rollouts, stretch)), ...githubRows(github)];
    const data = dashboardData(model, span, answered.result as readonly unknown[], rows);
    if (options.json) return { code: exitCodes.done, result: data };
    const { dashboardPage } = await import("../monitoring/dashboard-page.ts");
    const file = options.output ?? `${host.stack}-dashboard.html`;
    await writeFile(file, dashboardPage(data));
    tell(`✓ wrote ${file}: ${String(hours)} h of ${data.title}, ${String(model.panels.length)} panels`);
    return { code: exitCodes.done, result: undefined };
  });
}

interface Asked {
  /** Address of the stack's own Prometheus, which only its host reaches. @default it has none */
  readonly own: string | undefined;
  readonly elsewhere: string | undefined;
  readonly paths: readonly string[];
  readonly error: (line: string) => void;
}

/** @throws Failure where there is no Prometheus to ask */
async function ask(host: StackHost, { own, elsewhere, paths, error }: Asked): Promise<HostResult> {
  if (elsewhere !== undefined) {
    const result = await askPrometheus(elsewhere, paths).catch((problem: unknown) => {
      throw new Failure(
        `--prometheus: does not answer, got ${elsewhere}: ${problem instanceof Error ? problem.message : ""}. Fix: curl ${elsewhere}/-/ready`,
        exitCodes.unreachable,
      );
    });
    return { code: exitCodes.done, result };
  }
  if (own === undefined)
    throw new Failure(
      "slipway:monitoring is not of kind host, so the stack has no Prometheus of its own. Fix: name another with --prometheus <url>",
    );
  const text = askingScript(host.controller, `http://${own}`, paths);
  return askInJson(host, { text, timeoutSeconds: askingSeconds }, error);
}

/** @throws InvalidArgumentError */
function hourCount(text: string, before?: string): string {
  const given = oneValue(text, before);
  if (/^[1-9]\d{0,3}$/.test(given) && Number(given) <= 8_760) return given;
  throw wrongValue("is no number of hours", "a whole number from 1 to 8760");
}

/** @throws InvalidArgumentError */
function address(text: string, before?: string): string {
  const given = oneValue(text, before).replace(/\/$/, "");
  if (/^https?:\/\/[^\s?#]+$/.test(given)) return given;
  throw wrongValue("is no address", "one such as http://127.0.0.1:9090");
}
