import { stringify } from "yaml";
import { alertRules, recordingRules, runbookOf, usualGoals, type Goals } from "./alert-rules.ts";
import { burnRules } from "./burn-rates.ts";
import type { StackScope } from "./stack-scope.ts";

/** A rule file for Prometheus, 2.42 and later, with all alerts of a stack. */
export function ruleFile(scope: StackScope, goals: Goals = usualGoals): string {
  const labels = { service: scope.service, environment: scope.environment };
  const rules = [...alertRules(scope, goals), ...burnRules(scope, goals)];
  const alerts = rules.map(({ alert, expr, forSeconds, severity, summary, description }) => ({
    alert,
    expr,
    ...(forSeconds > 0 ? { for: `${forSeconds}s` } : {}),
    // Written here too, as what is absent has no labels of its own.
    labels: { ...labels, severity },
    annotations: { summary, description, runbook: runbookOf(alert) },
  }));
  const group = `slipway-${scope.service}-${scope.environment}`;
  return stringify({ groups: [{ name: group, rules: [...recordingRules(scope), ...alerts] }] }, { lineWidth: 0 });
}
