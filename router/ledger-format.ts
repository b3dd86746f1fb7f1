import { maxReplicas } from "./addresses.ts";
import { Field } from "./field.ts";
import { heldStates, places, slots, type Ledger, type Place, type Release, type Serving } from "./ledger.ts";

/** The journal's content. @throws InvalidInput */
export function parseLedger(text: string, name: string): Ledger {
  const root = Field.parse(name, text);
  const count = (field: Field) => field.integer(0, Number.MAX_SAFE_INTEGER);
  const anyText = (field: Field) => field.text();
  const kind = (field: Field) => field.oneOf(["release", "return", "rollback"]);
  const isTrue = (field: Field) => field.optional((flag) => flag.value === true) === true;
  const held = (field: Field) => {
    const release = field.get("release").nullable(readRelease);
    const state = field.get("state").oneOf(heldStates);
    const lifeline = field.get("lifeline");
    // Older journals say only that there is one.
    const width =
      lifeline.value === true ? (release?.replicas ?? 0) : lifeline.optional((count) => count.integer(1, maxReplicas));
    return { release, state, ...(width === null ? {} : { lifeline: width }) };
  };
  const rolling = (field: Field) => {
    const gated = field.optional((state) => state.get("gated").integer(0, maxReplicas));
    return gated === null ? {} : { rolling: { gated } };
  };
  root.get("schema").integer(1, 1);
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
      reason: field.get("reason").nullable(anyText),
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
  };
}

export const readRelease = (field: Field): Release => ({
  id: field.get("id").text(/^[\w.+-]{1,128}$/),
  version: field.get("version").text(/^[\w.+-]{1,128}$/),
  image: field.get("image").text(),
  fingerprint: field.get("fingerprint").text(),
  replicas: field.get("replicas").integer(1, maxReplicas),
});

export const readServing = (field: Field): Serving => ({
  place: field.get("place").integer(1, places.length) as Place,
  id: field.get("id").text(/^[\w.-]{1,64}$/),
});
