import { maxReplicas, maxRoleContainers } from "./addresses.ts";
import { Field } from "./field.ts";
import { healthPath, readHealthRequest } from "./health-request.ts";
import { passHash } from "./maintenance.ts";
import { roleName, roleSchedule } from "./roles.ts";
import { volumeFolder, volumeName } from "./volumes.ts";
import {
  heldStates,
  kinds,
  places,
  rows,
  slots,
  type Hand,
  type Ledger,
  type Lock,
  type Place,
  type Release,
  type Restarting,
  type Serving,
} from "./ledger.ts";

/** The journal's content. @throws InvalidInput */
export function parseLedger(text: string, name: string): Ledger {
  const root = Field.parse(name, text);
  const count = (field: Field) => field.integer(0, Number.MAX_SAFE_INTEGER);
  const anyText = (field: Field) => field.text();
  const kind = (field: Field) => field.oneOf(kinds);
  const isTrue = (field: Field) => field.optional((flag) => flag.value === true) === true;
  const held = (field: Field) => {
    const release = field.get("release").nullable(readRelease);
    const state = field.get("state").oneOf(heldStates);
    const lifeline = field.get("lifeline");
    // Older journals say only that there is one.
    const width =
      lifeline.value === true ? (release?.replicas ?? 0) : lifeline.optional((count) => count.integer(1, maxReplicas));
    const lost = field.get("lost").optional(anyText);
    return { release, state, ...(width === null ? {} : { lifeline: width }), ...(lost === null ? {} : { lost }) };
  };
  const loses = (field: Field) => {
    const loses = field.optional(anyText);
    return loses === null ? {} : { loses };
  };
  const rolling = (field: Field) => {
    const gated = field.optional((state) => state.get("gated").integer(0, maxReplicas));
    return gated === null ? {} : { rolling: { gated } };
  };
  const withdraws = (field: Field) => {
    const hand = field.optional(readHand);
    return hand === null ? {} : { withdraws: hand };
  };
  root.get("schema").integer(1, 1);
  const lock = root.get("lock").optional((field): Lock => ({
    ...readHand(field),
    until: field.get("until").nullable((at) => at.text()),
    ...waitSeconds(field.get("waitSeconds")),
  }));
  const maintenance = root.get("maintenance").optional((field) => ({
    ...readHand(field),
    pass: field.get("pass").nullable((hash) => hash.text(passHash)),
  }));
  const restarting = root.get("restarting").optional((field): Restarting => ({
    slot: field.get("slot").oneOf(slots),
    replica: field.get("replica").integer(1, maxReplicas),
    ...readHand(field),
    until: field.get("until").nullable((at) => at.text()),
  }));
  return {
    schema: 1,
    proxy: root.get("proxy").optional(readServing),
    rollout: count(root.get("rollout")),
    live: root.get("live").nullable((field) => field.oneOf(slots)),
    slots: { blue: held(root.get("slots").get("blue")), green: held(root.get("slots").get("green")) },
    running: root.get("running").nullable((field) => ({
      rollout: count(field.get("rollout")),
      slot: field.get("slot").oneOf(slots),
      release: readRelease(field.get("release")),
      kind: kind(field.get("kind")),
      phase: field.get("phase").oneOf(["gate", "move", "watch", "return"]),
      step: field.get("step").integer(-1, 100),
      percent: field.get("percent").integer(0, 100),
      intent: field.get("intent").nullable((percent) => percent.integer(1, 100)),
      ...rolling(field.get("rolling")),
      ...loses(field.get("loses")),
      reason: field.get("reason").nullable(anyText),
      ...withdraws(field.get("withdraws")),
      startedAt: field.get("startedAt").text(),
      ...(isTrue(field.get("paused")) ? { paused: true as const } : {}),
      ...(isTrue(field.get("hurried")) ? { hurried: true as const } : {}),
    })),
    last: root.get("last").nullable((field) => ({
      rollout: count(field.get("rollout")),
      slot: field.get("slot").oneOf(slots),
      release: readRelease(field.get("release")),
      kind: kind(field.get("kind")),
      result: field.get("result").oneOf(["promoted", "rejected"]),
      reason: field.get("reason").nullable(anyText),
      endedAt: field.get("endedAt").text(),
    })),
    promoted: count(root.get("promoted")),
    served: root.get("served").optional((field) => field.list(anyText)) ?? [],
    released: count(root.get("released")),
    rejected: root.get("rejected").list((field) => ({
      release: readRelease(field.get("release")),
      reason: field.get("reason").text(),
      at: field.get("at").text(),
    })),
    withdrawn:
      root
        .get("withdrawn")
        .optional((field) => field.list((each) => ({ release: each.get("release").text(), ...readHand(each) }))) ?? [],
    ...(lock === null ? {} : { lock }),
    ...(restarting === null ? {} : { restarting }),
    ...(maintenance === null ? {} : { maintenance }),
  };
}

/** Longest that an update may be told to wait, in seconds. */
export const longestWaitSeconds = 86_400;
export const waitSeconds = (field: Field): { waitSeconds?: number } => {
  const seconds = field.optional((wait) => wait.integer(1, longestWaitSeconds));
  return seconds === null ? {} : { waitSeconds: seconds };
};

const readHand = (field: Field): Hand => ({
  by: field.get("by").nullable((text) => text.text()),
  reason: field.get("reason").nullable((text) => text.text()),
  at: field.get("at").text(),
});

export const releaseId = /^[\w.+-]{1,128}$/;

export const readRelease = (field: Field): Release => ({
  id: field.get("id").text(releaseId),
  version: field.get("version").text(/^[\w.+-]{1,128}$/),
  image: field.get("image").text(),
  fingerprint: field.get("fingerprint").text(),
  replicas: field.get("replicas").integer(1, maxReplicas),
  port: field.get("port").optional((port) => port.integer(1, 65_535)) ?? undefined,
  healthPath: field.get("healthPath").optional((path) => path.text(healthPath)) ?? undefined,
  health: field.get("health").optional(readHealthRequest) ?? undefined,
  volumes: field.get("volumes").optional((all) => all.record(volumeName, volumeFolder)) ?? undefined,
  roles: field.get("roles").optional((all) => all.counts(roleName, maxRoleContainers)) ?? undefined,
  schedules: field.get("schedules").optional((all) => all.record(roleName, roleSchedule)) ?? undefined,
  row: field.get("row").optional((row) => rows[row.integer(1, rows.length) - 1]) ?? undefined,
});

export const readServing = (field: Field): Serving => ({
  place: field.get("place").integer(1, places.length) as Place,
  id: field.get("id").text(/^[\w.-]{1,64}$/),
});
