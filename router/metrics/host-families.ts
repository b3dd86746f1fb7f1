import type { Fallback } from "../fallback.ts";
import { kinds, slots, type Ledger } from "../ledger.ts";
import type { ProxyState, ServerState } from "../proxy-state.ts";
import { saved, type Backups, type Saved } from "../telling/backups.ts";
import type { Digested } from "../telling/digest.ts";
import type { KnownRuns, RoleRuns } from "../telling/role-runs.ts";
import { shares } from "../traffic.ts";
import type { Family, Sample } from "./exposition.ts";
import type { RoleSeen } from "./role-look.ts";

/** What the controller knows at one moment, beside the requests. */
export interface HostView {
  readonly ledger: Ledger;
  /** Null if the proxy does not answer. */
  readonly proxy: ProxyState | null;
  readonly fallback: Fallback | null;
  /** Null without HTTPS, and before there is a certificate. */
  readonly certificate: { readonly until: string; readonly problem: string | null } | null;
  readonly rollouts: readonly Digested[];
  /** Of live; none where it has none. */
  readonly roles: readonly RoleSeen[];
  /** Of those that run by the clock. */
  readonly runs: KnownRuns;
  readonly backups: Backups;
  /** Notices on their way; null if nobody is told. */
  readonly noticesWaiting: number | null;
}

const seconds = (time: string): number => Date.parse(time) / 1000;
const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name,
  type: "gauge",
  help,
  samples,
});
const one = (value: number): readonly Sample[] => [{ value }];
const flag = (isSet: boolean): number => (isSet ? 1 : 0);

/** Everything but the requests. Series never carry a version, so that they live on through a release: join `slipway_release_info`. */
export const hostFamilies = (view: HostView): Family[] => [
  ...slotFamilies(view),
  ...roleFamilies(view),
  ...runFamilies(view),
  ...rolloutFamilies(view),
  ...backupFamilies(view),
  ...tellingFamilies(view),
];

function slotFamilies({ ledger, proxy, fallback }: HostView): Family[] {
  const share = shares(ledger);
  const perSlot = (value: (slot: (typeof slots)[number]) => number) =>
    slots.map((slot) => ({ labels: { slot }, value: value(slot) }));
  const servers = (slot: string) =>
    [...(proxy?.servers.values() ?? [])].filter(({ name }) => name.startsWith(`${slot}-`));
  const sum = (slot: string, value: (server: ServerState) => number) =>
    servers(slot).reduce((total, server) => total + value(server), 0);
  return [
    gauge(
      "slipway_release_info",
      "What each slot holds.",
      slots.flatMap((slot) => {
        const { release } = ledger.slots[slot];
        return release ? [{ labels: { slot, version: release.version, release: release.id }, value: 1 }] : [];
      }),
    ),
    gauge(
      "slipway_slot_live",
      "1 for the slot that is live.",
      perSlot((slot) => flag(ledger.live === slot)),
    ),
    gauge(
      "slipway_slot_traffic_percent",
      "Share of the traffic by the journal.",
      perSlot((slot) => share[slot].percent),
    ),
    gauge("slipway_proxy_up", "1 while the proxy answers the controller.", one(flag(proxy !== null))),
    ...(proxy === null
      ? []
      : [
          gauge(
            "slipway_slot_weight",
            "Weights of the slot's servers in the proxy, added up.",
            perSlot((slot) => sum(slot, ({ weight }) => weight)),
          ),
          gauge(
            "slipway_slot_servers_up",
            "Servers of the slot that the proxy has checked and found well.",
            perSlot((slot) => sum(slot, ({ status, checked }) => flag(status === "up" && checked))),
          ),
          gauge(
            "slipway_slot_open_requests",
            "Requests and streams that the slot is working on.",
            perSlot((slot) => sum(slot, ({ openSessions }) => openSessions)),
          ),
        ]),
    gauge(
      "slipway_fallback_active",
      "1 for the slot that answers in the place of live, which is down.",
      perSlot((slot) => flag(fallback?.slot === slot)),
    ),
  ];
}

function roleFamilies({ roles }: HostView): Family[] {
  const perRole = (value: (seen: RoleSeen) => number) =>
    roles.map((seen) => ({ labels: { role: seen.role }, value: value(seen) }));
  if (roles.length === 0) return [];
  return [
    gauge(
      "slipway_role_containers",
      "Containers of a role that the live release has.",
      perRole(({ containers }) => containers),
    ),
    gauge(
      "slipway_role_containers_up",
      "Those of them that run.",
      perRole(({ up }) => up),
    ),
  ];
}

/** Of live's roles that run by the clock. */
function runFamilies({ ledger: { live, slots }, runs: { toldAt, roles } }: HostView): Family[] {
  const release = live === null ? null : slots[live].release;
  const scheduled = Object.keys(release?.schedules ?? {});
  const perRole = (value: (runs: RoleRuns) => number | undefined) =>
    scheduled.flatMap((role) => {
      const known = value(roles[role] ?? {});
      return known === undefined ? [] : [{ labels: { role }, value: known }];
    });
  if (scheduled.length === 0) return [];
  return [
    gauge(
      "slipway_role_run_failing",
      "1 if the last run of a role by the clock did not end well.",
      perRole(({ last }) => flag(typeof last?.problem === "string")),
    ),
    gauge(
      "slipway_role_run_last_timestamp_seconds",
      "When the last run of a role by the clock ended that ended well.",
      perRole(({ wellAt }) => (wellAt === undefined ? undefined : seconds(wellAt))),
    ),
    gauge(
      "slipway_role_clock_last_timestamp_seconds",
      "When the host's clock last looked whether a role is due.",
      toldAt === undefined ? [] : one(seconds(toldAt)),
    ),
  ];
}

function rolloutFamilies({ ledger: { running, live }, rollouts }: HostView): Family[] {
  const verdicts = ["promoted", "rejected"] as const;
  const last = (verdict: Digested["verdict"]) => {
    const ended = rollouts.findLast((each) => each.verdict === verdict)?.endedAt;
    return ended === undefined ? 0 : seconds(ended);
  };
  return [
    gauge("slipway_released", "1 once there is a live release.", one(flag(live !== null))),
    {
      name: "slipway_rollouts_total",
      type: "counter",
      help: "Rollouts that are over.",
      samples: kinds.flatMap((kind) =>
        verdicts.map((verdict) => ({
          labels: { kind, verdict },
          value: rollouts.filter((each) => each.kind === kind && each.verdict === verdict).length,
        })),
      ),
    },
    gauge(
      "slipway_rollout_last_end_timestamp_seconds",
      "End of the last rollout of that verdict, 0 before any.",
      verdicts.map((verdict) => ({ labels: { verdict }, value: last(verdict) })),
    ),
    gauge("slipway_rollout_running", "1 while a rollout runs.", one(flag(running !== null))),
    gauge("slipway_rollout_paused", "1 while a person holds it at its share.", one(flag(running?.paused === true))),
    gauge(
      "slipway_rollout_started_timestamp_seconds",
      "Start of the running rollout, 0 without one.",
      one(running ? seconds(running.startedAt) : 0),
    ),
  ];
}

const savedSeries: Readonly<Record<Saved, readonly [series: string, what: string]>> = {
  backup: ["slipway_backup", "backup"],
  copy: ["slipway_backup_copy", "copy of a backup elsewhere"],
};

/** Absent as long as there was none of them. */
function backupFamilies({ rollouts, backups }: HostView): Family[] {
  // Of a time when nobody told the controller.
  const released = rollouts.findLast(({ backedUp }) => backedUp)?.startedAt;
  return saved.flatMap((kind) => {
    const [series, what] = savedSeries[kind];
    const { last, failed } = backups[kind];
    const times = [last?.at, kind === "backup" ? released : undefined].filter((at) => at !== undefined);
    return [
      ...(times.length === 0
        ? []
        : [
            gauge(
              `${series}_last_timestamp_seconds`,
              `When the last ${what} was made.`,
              one(Math.max(...times.map(seconds))),
            ),
          ]),
      ...(last === undefined && failed === undefined
        ? []
        : [gauge(`${series}_failing`, `1 if the last attempt at a ${what} failed.`, one(flag(failed !== undefined)))]),
    ];
  });
}

function tellingFamilies({ certificate, noticesWaiting }: HostView): Family[] {
  return [
    ...(certificate === null
      ? []
      : [
          gauge(
            "slipway_certificate_expiry_timestamp_seconds",
            "End of the life of what HTTPS is served with.",
            one(seconds(certificate.until)),
          ),
          gauge(
            "slipway_certificate_renewal_failing",
            "1 while renewing it fails.",
            one(flag(certificate.problem !== null)),
          ),
        ]),
    ...(noticesWaiting === null
      ? []
      : [gauge("slipway_notices_waiting", "Notices that no receiver has taken yet.", one(noticesWaiting))]),
  ];
}
