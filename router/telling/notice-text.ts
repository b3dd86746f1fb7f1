import type { Kind, Slot } from "../ledger.ts";
import type { NoticeEvent } from "./notice-config.ts";
import type { HandMade, RolloutRecord } from "./record.ts";
import { describeSource, type Source } from "./source.ts";

export type Severity = "info" | "warning" | "critical";

interface Named {
  readonly id: string;
  readonly version: string;
}

/** What happened, for every channel alike; also the body that webhooks get. It holds no secret and no whole URL. */
export interface Notice {
  readonly schema: 1;
  /** The same at every try, so that a receiver can tell a repetition: `<service>/<rollout>/<event>`. */
  readonly id: string;
  readonly event: NoticeEvent | "test";
  readonly severity: Severity;
  /** The incident that a success resolves is over. */
  readonly resolves: boolean;
  readonly environment: string;
  readonly service: string;
  readonly rollout: number;
  readonly kind: Kind;
  readonly verdict: RolloutRecord["verdict"];
  /** What a person did, for `by-hand`. */
  readonly command: HandMade["command"] | null;
  readonly slot: Slot;
  readonly from: Named | null;
  readonly to: Named;
  /** What the release was made from, as its image says. */
  readonly source: Source | null;
  readonly by: string | null;
  readonly reason: string | null;
  readonly at: string;
  /** One line: what happened. */
  readonly title: string;
  /** What to do, null if nothing. */
  readonly fix: string | null;
}

const longestText = 600;

/** Text that may leave the host: one line, no address with what may be a token in it, and not too long. */
export function plain(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, " ")
    .replace(/\b([a-z][a-z0-9+.-]*):\/\/(?:[^\s/@]*@)?([^\s/?#@"'<>]*)[^\s"'<>]*/gi, "$1://$2/…")
    .slice(0, longestText);
}

/** What a person reads first, in Slack, as an e-mail's subject, as an incident's summary. */
export function titleOf(notice: Omit<Notice, "title" | "fix">): string {
  const { event, service, rollout, slot, from, to, by, reason, kind, verdict, command } = notice;
  const who = by === null ? "" : ` by ${by}`;
  const why = reason === null ? "" : `: ${reason}`;
  const before = from ? ` (live: ${from.id})` : " (the first release)";
  switch (event) {
    case "started":
      return plain(`${service}: rollout ${rollout} started${who}, ${to.id} → ${slot}${before}`);
    case "promoted":
      return plain(`${service}: rollout ${rollout} promoted, ${slot} is live with ${to.id}`);
    case "rolled-back":
      if (verdict !== "rejected") {
        const how = kind === "undo" ? "taken back, as another host refused the release" : `rolled back by hand${who}`;
        return plain(`${service}: ${how}${why}, ${slot} is live with ${to.id}`);
      }
      return plain(
        `${service}: rollout ${rollout} rolled back, ${to.id} was rejected${why}; ${from ? `live stays ${from.id}` : "nothing is live yet"}`,
      );
    case "test":
      return plain(`${service}: test notice${who}, nothing has happened`);
    case "stuck":
      return plain(`${service}: rollout ${rollout} of ${to.id} is stuck${why}`);
    case "by-hand":
      if (command === "ran") return plain(`${service}: a command was run${who || " by hand"}${why}`);
      if (command === "close") return plain(`${service}: closed for maintenance${who || " by hand"}${why}`);
      if (command === "open") return plain(`${service}: open again after maintenance${who || " by hand"}${why}`);
      if (command === "restart") return plain(`${service}: live is restarted${who || " by hand"}${why}`);
      if (command === "backup") return plain(`${service}: a backup was made${who || " by hand"}${why}`);
      if (command === "restore") return plain(`${service}: databases restored${who || " by hand"}${why}`);
      return plain(`${service}: rollout ${rollout} of ${to.id}, ${command ?? ""}${who || " by hand"}${why}`);
  }
}

/** For somebody who reads it anywhere but on the host. */
export function fixOf({ event, rollout, environment, verdict }: Omit<Notice, "title" | "fix">): string | null {
  const stack = environment === "" ? "" : ` --stack ${environment}`;
  if (event === "stuck") return `slipway status${stack} says where it is; slipway rollback${stack} ends it`;
  if (event === "rolled-back" && verdict === "rejected")
    return `slipway rollout show ${rollout}${stack} says more; correct the release and run pulumi up again`;
  return null;
}

/** The longer form: title, details, what to do; one line each. */
export function linesOf(notice: Notice): string[] {
  const { environment, event, kind, from, to, by, reason, at, fix, id } = notice;
  const source = describeSource(notice);
  const moved = [`kind: ${kind}`, `from: ${from?.id ?? "nothing"}`, `to: ${to.id}`];
  return [
    ...(environment ? [`environment: ${environment}`] : []),
    ...(event === "test" ? [] : moved),
    ...(source ? [`source: ${source}`] : []),
    ...(by === null ? [] : [`by: ${by}`]),
    ...(reason === null ? [] : [`reason: ${reason}`]),
    `at: ${at}`,
    ...(fix === null ? [] : [`what to do: ${fix}`]),
    `id: ${id}`,
  ];
}
