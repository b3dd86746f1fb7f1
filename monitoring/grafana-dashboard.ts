import { createHash } from "node:crypto";
import { AnnotationQueryBuilder, DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { dashboard, type Tellers } from "./dashboard.ts";
import type { Panel, Unit } from "./panel.ts";
import type { StackScope } from "./stack-scope.ts";

/** Grafana's own names. */
const units = {
  "per second": "reqps",
  share: "percentunit",
  seconds: "s",
  count: "short",
  days: "d",
  bytes: "bytes",
} as const satisfies Record<Unit, string>;

/**
 * The dashboard for Grafana: a file for its provisioning, or to be imported. Grafana's SDK puts the panels on its grid and checks nothing.
 *
 * @param datasource uid of the Prometheus in Grafana
 */
export function grafanaDashboard(scope: StackScope, datasource: string, tellers: Tellers = {}): string {
  const { title, panels, rollouts } = dashboard(scope, tellers);
  const from = { type: "prometheus", uid: datasource };
  // oxlint-disable-next-line typescript/no-deprecated -- files of the newer form are for Grafana 12 and later only
  const builder = new DashboardBuilder(title)
    .uid(uidOf(scope))
    .tags(["slipway", scope.service, scope.environment])
    .readonly()
    .refresh("1m")
    .time({ from: "now-24h", to: "now" })
    .annotation(
      new AnnotationQueryBuilder()
        .name("Rollouts")
        .datasource(from)
        .enable(true)
        .iconColor("blue")
        .expr(`${rollouts} == 1`)
        .titleFormat("Rollout"),
    );
  for (const panel of panels) builder.withPanel(drawn(panel, from));
  return `${JSON.stringify(builder.build(), null, 2)}\n`;
}

function drawn({ title, description, unit, queries }: Panel, from: { readonly type: string; readonly uid: string }) {
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(from)
    .unit(units[unit])
    .height(8)
    .span(12)
    .fillOpacity(10);
  queries.forEach(({ expr, legend }, index) => {
    const name = "label" in legend ? `{{${legend.label}}}` : legend.text;
    panel.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCodePoint(65 + index))
        .datasource(from)
        .expr(expr)
        .legendFormat(name)
        .range(),
    );
  });
  return panel;
}

/** Grafana takes 40 characters, and freezes a folder in which two files have the same. */
const uidOf = ({ service, environment }: StackScope): string =>
  `slipway-${createHash("sha256").update(`${service}\n${environment}`).digest("hex").slice(0, 24)}`;
