import type { Running } from "../ledger.ts";
import type { Channel, NoticeEvent, NoticesConfig } from "./notice-config.ts";
import { fixOf, plain, titleOf, type Notice, type Severity } from "./notice-text.ts";
import type { HandMade, RolloutRecord } from "./record.ts";
import { shareText } from "../rolling.ts";

/** How long the phases of a rollout may take by themselves; part of the controller's configuration. */
export interface PhaseLimits {
  readonly health: { readonly gateSeconds: number };
  readonly profile: { readonly pauseSeconds: number; readonly watchSeconds: number; readonly previewSeconds?: number };
  readonly verdict: { readonly sharedSeconds?: number };
}

/** Every notice that a record is due: by its state, and for what people did. */
export const noticesOf = (record: RolloutRecord, environment: string): Notice[] => [
  noticeOf(record, environment),
  ...handNotices(record, environment),
];

/** The notice that a record is due by its state: that it started, or how it ended. */
export function noticeOf(record: RolloutRecord, environment: string): Notice {
  const { verdict, kind, startedAt, endedAt } = record;
  const isFailed = verdict === "rejected";
  const isWayBack = kind === "rollback" || kind === "undo";
  const event = verdict === null ? "started" : isFailed || isWayBack ? "rolled-back" : "promoted";
  const severity = isFailed ? failure(environment) : event === "rolled-back" ? "warning" : "info";
  const byHand = record.hands?.find(({ command }) => command === "rollback");
  const reason = isFailed ? (record.reason ?? "unknown") : (byHand?.reason ?? null);
  return compose(record, environment, { event, severity, at: endedAt ?? startedAt, reason });
}

/** What people did that no other notice tells: whoever ends a rollout is named by how it ended. */
export function handNotices(record: RolloutRecord, environment: string): Notice[] {
  return (record.hands ?? []).flatMap((made, index) => {
    const { command, by, reason, at } = made;
    if (command === "rollback" || command === "abort") return [];
    const severity = command === "restore" ? "warning" : "info";
    const number = index + 1;
    return [compose({ ...record, by }, environment, { event: "by-hand", severity, at, reason, made, number })];
  });
}

/**
 * @param at when it was found stuck
 * @returns the notice, or null while there is progress, or a person holds the rollout where it is
 */
export function stuckNotice(
  record: RolloutRecord,
  { environment, stuckAfterSeconds }: NoticesConfig,
  limits: PhaseLimits,
  at: Date,
): Notice | null {
  const last = record.steps.at(-1);
  if (record.verdict !== null || !last || last.paused) return null;
  const limitSeconds = stuckAfterSeconds + allowedSeconds(last.phase, record, limits);
  if (at.getTime() - Date.parse(last.at) <= limitSeconds * 1000) return null;
  const where = last.phase === "return" ? "can't return to the old slot" : `no progress in phase ${last.phase}`;
  const why = record.reason === null ? "" : ` (rejected: ${record.reason})`;
  const reason = `${where} for more than ${Math.round(limitSeconds)} s, at ${shareText(last.percent, record.to, last.replicas)}${why}`;
  return compose(record, environment, {
    event: "stuck",
    severity: failure(environment),
    at: at.toISOString(),
    reason,
  });
}

/** What a phase takes by itself; with rolling, each step may have to wait for the next replica's health. */
function allowedSeconds(
  phase: Running["phase"],
  { strategy }: RolloutRecord,
  { health, profile, verdict }: PhaseLimits,
): number {
  const { previewSeconds = 0, pauseSeconds, watchSeconds } = profile;
  const { sharedSeconds = 0 } = verdict;
  switch (phase) {
    case "gate":
      return health.gateSeconds;
    case "move":
      return Math.max(previewSeconds, pauseSeconds, strategy === "rolling" ? health.gateSeconds : 0) + sharedSeconds;
    case "watch":
      return watchSeconds + sharedSeconds;
    case "return":
      return 0;
  }
}

const failure = (environment: string): Severity => (environment === "production" ? "critical" : "warning");

interface News {
  readonly event: NoticeEvent;
  readonly severity: Severity;
  readonly at: string;
  readonly reason: string | null;
  /** For `by-hand`: what, and the how many-th it was. */
  readonly made?: HandMade;
  readonly number?: number;
}

function compose(
  record: RolloutRecord,
  environment: string,
  { event, severity, at, reason, made, number }: News,
): Notice {
  const { rollout, service, kind, slot, from, to, by, verdict, source = null } = record;
  const notice = {
    schema: 1,
    id: `${service}/${rollout}/${event}${number === undefined ? "" : `-${number}`}`,
    event,
    severity,
    resolves: verdict === "promoted" && event !== "by-hand",
    command: made?.command ?? null,
    verdict,
    environment,
    service,
    rollout,
    kind,
    slot,
    from: from && { id: from.id, version: from.version },
    to: { id: to.id, version: to.version },
    source: source && {
      commit: source.commit === null ? null : plain(source.commit),
      author: source.author === null ? null : plain(source.author),
      // Nothing but a place for people is in it.
      ...(source.compare === undefined ? {} : { compare: source.compare }),
    },
    by: by === null ? null : plain(by),
    reason: reason === null ? null : plain(reason),
    at,
  } as const;
  return { ...notice, title: titleOf(notice), fix: fixOf(notice) };
}

/**
 * Whether a channel is given a notice.
 *
 * By severity: critical goes to PagerDuty, warning and info to Slack, and so does critical where there is no PagerDuty; webhooks and
 * e-mail get everything. A channel's own `events` come first. PagerDuty also hears of every success, which resolves its incident.
 */
export function isRouted(notice: Notice, channel: Channel, { channels }: NoticesConfig): boolean {
  if (channel.name === "pagerduty" && notice.resolves) return true;
  if (channel.events) return channel.events.some((event) => event === notice.event);
  const hasPager = channels.some(({ name }) => name === "pagerduty");
  switch (channel.name) {
    case "pagerduty":
      return notice.severity === "critical";
    case "slack":
      return notice.severity !== "critical" || !hasPager;
    case "webhook":
    case "email":
      return true;
  }
}
