import type { FoundBackups } from "../lib/databases/newest-backups.ts";
import type { FoundAlerts } from "../monitoring/firing-alerts.ts";
import type { Running } from "../router/ledger.ts";
import { slots } from "../router/ledger.ts";
import { describeAnswers, describeGround } from "../router/telling/record.ts";
import { describeStatus, type RecentRollout, type RolloutEvidence, type Status } from "../router/telling/report.ts";
import { shares } from "../router/traffic.ts";
import { describeChanges, type ChangedByHand } from "./changed-by-hand.ts";

/** What was found out about one host of a stack. Whatever could not be asked has a `problem` in its place. */
export interface HostStatus {
  readonly name: string;
  /** Its Docker address. */
  readonly address: string;
  readonly controller: Status | { readonly problem: string };
  /** Null: the stack has nothing to back up. */
  readonly backups: FoundBackups | null;
  /** Whether they are to be copied elsewhere. */
  readonly isCopied: boolean;
  readonly changed: ChangedByHand | { readonly problem: string };
}

/** What was found out about a stack. */
export interface StackStatus {
  readonly stack: string;
  readonly service: string;
  /** In ms since 1970. */
  readonly now: number;
  readonly hosts: readonly HostStatus[];
  /** Null: nobody watches it. */
  readonly alerts: FoundAlerts | null;
}

/** Width of the names on the left. */
const indent = 9;
const line = (name: string, text: string) => `${name.padEnd(indent - 1)} ${text}`;

/** Everything about a stack, a line each; what could not be asked is said. */
export function screenLines({ stack, service, now, hosts, alerts }: StackStatus): string[] {
  return [
    line("stack", `${stack} of ${service}, at ${new Date(now).toISOString().slice(0, 19)}Z`),
    ...alertLines(alerts, now),
    ...hosts.flatMap((host) => [...(hosts.length > 1 ? [""] : []), ...hostLines(host, now)]),
    line("drift", `settings and GitHub are not compared here: slipway drift --stack ${stack}, or pulumi preview`),
  ];
}

function alertLines(alerts: FoundAlerts | null, now: number): string[] {
  if (alerts === null) return [line("alerts", "nobody watches this stack: it has no slipway:monitoring")];
  if ("problem" in alerts) return [line("alerts", `could not be asked: ${alerts.problem}`)];
  const { firing } = alerts;
  if (firing.length === 0) return [line("alerts", "none fires")];
  return firing.map(({ alert, severity, since, summary }) =>
    line("alert", `${severity} ${alert} for ${age(since, now)}: ${summary}`),
  );
}

function hostLines({ name, address, controller, backups, isCopied, changed }: HostStatus, now: number): string[] {
  const told =
    "problem" in controller
      ? [line("live", `could not be asked: ${controller.problem}`)]
      : [...rolloutLines(controller, now), ...earlierLines(controller.recent ?? [], controller.ledger.last?.rollout)];
  return [
    line("host", `${name} at ${address}`),
    ...told,
    ...backupLines(backups, now),
    ...copyLines(backups, isCopied, now),
    ...changedLines(changed),
  ];
}

/** What the controller says, with the running rollout's figures after the line that names it. */
function rolloutLines(status: Status, now: number): string[] {
  const { ledger, evidence } = status;
  const { running } = ledger;
  const lines = describeStatus(status, now);
  if (running === null) return lines;
  const at = lines.findIndex((each) => each.startsWith("running")) + 1;
  const figures = evidence
    ? evidenceLines(evidence, status)
    : [line("verdict", "its controller does not tell figures just now")];
  return [...lines.slice(0, at), ...figures, ...lines.slice(at)];
}

function evidenceLines(evidence: RolloutEvidence, { ledger }: Status): string[] {
  const share = shares(ledger);
  const { running } = ledger;
  const figures = slots.map((slot) => {
    const { p95Ms, ...answers } = evidence[slot];
    const p95 = p95Ms === null ? "" : `, p95 ${String(p95Ms)} ms`;
    return line(slot, `${String(share[slot].percent)} %: ${describeAnswers(answers)}${p95}`);
  });
  return running ? [...figures, line("verdict", verdictSoFar(running, evidence))] : figures;
}

/** The controller says `bad` the moment it knows; anything else is not bad yet. */
function verdictSoFar(
  { phase, reason, slot }: Pick<Running, "phase" | "reason" | "slot">,
  evidence: RolloutEvidence,
): string {
  if (phase === "return") return `bad: ${reason ?? "not known"}`;
  if (phase === "gate") return "none yet: it waits for health, and has no traffic";
  const { maxErrorRatePercent, maxResponseMs } = evidence.allowed;
  return (
    `nothing against it yet: ${describeGround(evidence[slot])}; ` +
    `allowed ${String(maxErrorRatePercent)} % errors, and as many answers over ${String(maxResponseMs)} ms`
  );
}

/** Those before the running and the last one, which have lines of their own. */
const earlierLines = (recent: readonly RecentRollout[], last: number | undefined): string[] =>
  recent
    .filter(({ rollout, verdict }) => verdict !== null && rollout !== last)
    .map(({ rollout, kind, to, slot, verdict, reason, endedAt, by }) =>
      line(
        "before",
        `rollout ${String(rollout)}: ${kind} of ${to.id} → ${slot}${by === null ? "" : ` by ${by}`}, ${verdict ?? ""}` +
          `${reason === null ? "" : `, ${reason}`} (${endedAt ?? ""})`,
      ),
    );

function backupLines(backups: FoundBackups | null, now: number): string[] {
  if (backups === null) return [line("backup", "none: the stack has no database, and no volume that is backed up")];
  if ("problem" in backups) return [line("backup", `could not be looked for: ${backups.problem}`)];
  const { files, backupFailed } = backups;
  const newest = files.map(({ file, at }) => `${file} is ${age(at, now)} old`).join(", ");
  return [
    ...(backupFailed ? [line("backup", failure(backupFailed, now))] : []),
    line("backup", newest || "none yet: one is made before each release"),
  ];
}

const failure = ({ at, reason }: { readonly at: string; readonly reason: string }, now: number) =>
  `FAILED ${age(at, now)} ago: ${reason}`;

/** What became of the newest copy. Where nobody asked for copies, nothing. */
function copyLines(backups: FoundBackups | null, isCopied: boolean, now: number): string[] {
  if (!isCopied || backups === null || "problem" in backups) return [];
  const { copied, copyFailed } = backups;
  const last = copied ? `${copied.name} was copied ${age(copied.at, now)} ago` : "none yet: slipway backup now";
  return [...(copyFailed ? [line("copy", failure(copyFailed, now))] : []), line("copy", last)];
}

function changedLines(changed: HostStatus["changed"]): string[] {
  if ("problem" in changed) return [line("changed", `could not be looked for: ${changed.problem}`)];
  const { aside, roles } = changed;
  const lines = describeChanges(changed).map((each) => line("changed", each));
  return [
    ...slots.flatMap((slot) => {
      const own = roles.filter((each) => each.slot === slot);
      const counts = own.map(({ role, running, containers }) => `${role} ${String(running)} of ${String(containers)}`);
      return own.length === 0 ? [] : [line("roles", `${slot}: ${counts.join(", ")} running`)];
    }),
    ...aside.map(({ name, until }) => line("aside", `${name} still has requests or streams, until ${until} at most`)),
    ...(lines.length > 0 ? lines : [line("changed", "nothing by hand, as far as containers, volumes and files show")]),
  ];
}

/** `3 days`, `5 h`, `2 min`, `8 s`. */
function age(since: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(since)) / 1_000));
  if (seconds < 120) return `${String(seconds)} s`;
  if (seconds < 7_200) return `${String(Math.floor(seconds / 60))} min`;
  return seconds < 172_800
    ? `${String(Math.floor(seconds / 3_600))} h`
    : `${String(Math.floor(seconds / 86_400))} days`;
}

/** Lines of at most so many columns: what does not fit goes on below, indented. A longer word is cut nowhere but at the edge. */
export const fitted = (lines: readonly string[], columns: number): string[] =>
  lines.flatMap((text) => {
    const rows: string[] = [];
    let rest = text;
    while (rest.length > columns) {
      const space = rest.lastIndexOf(" ", columns);
      const at = space > indent ? space : columns;
      rows.push(rest.slice(0, at));
      rest = `${" ".repeat(indent)}${rest.slice(at).trimStart()}`;
    }
    return [...rows, rest];
  });
