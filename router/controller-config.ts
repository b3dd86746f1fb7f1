import { readFile } from "node:fs/promises";
import { Field, InvalidInput } from "./field.ts";
import { places, slots, type Ledger, type Place, type Release, type Slot, type Wish } from "./ledger.ts";
import { parseNotices, type NoticesConfig } from "./telling/notice-config.ts";
import { strategies, type Strategy } from "./rolling.ts";
import { certificateSources, type TlsConfig } from "./tls.ts";

/** `/etc/slipway/controller.json`: what Pulumi tells the controller. Nothing in it is secret. */
export interface ControllerConfig {
  /** Prefix of the names of the service's containers. */
  readonly service: string;
  /** Port at which every replica listens. */
  readonly port: number;
  /** First three bytes of the addresses, such as `10.213.0`. */
  readonly subnetPrefix: string;
  readonly maxReplicas: number;
  readonly health: {
    readonly path: string;
    readonly intervalMs: number;
    readonly timeoutMs: number;
    /** How long a new slot may take to become healthy, and a new proxy to take over. */
    readonly gateSeconds: number;
  };
  /** How a new release gets the traffic. @default blue-green */
  readonly strategy: Strategy;
  readonly profile: {
    /** Rising shares; 100 is added if it is missing. Rolling goes replica by replica instead. */
    readonly steps: readonly number[];
    /** How long the standby is held at 0 %, for testers only, before the first step. @default 0 */
    readonly previewSeconds: number;
    readonly pauseSeconds: number;
    readonly watchSeconds: number;
  };
  readonly verdict: {
    /** Share of failed requests that stays; also the share of answers that may be slow. */
    readonly maxErrorRatePercent: number;
    /** A longer answer is a slow one. */
    readonly maxResponseMs: number;
    /** Below so many requests the controller's own probes fill in; five times as many are a full sample. */
    readonly minRequests: number;
    /** How long a fault that the old slot shows too is waited out. @default 60 */
    readonly sharedSeconds: number;
  };
  /** Larger requests are answered 413. @default null, no limit */
  readonly maxBodyBytes: number | null;
  /** Users who keep cookies stay with the slot that a rollout gave them. @default true */
  readonly sticky: boolean;
  /** Header and cookie with which a tester chooses a slot (`blue` or `green`). @default null, nobody can */
  readonly preview: { readonly header: string | null; readonly cookie: string | null } | null;
  /** How long requests and streams of a slot may go on before it is replaced. @default 300 */
  readonly drainSeconds: number;
  /** Where the proxy listens, on the host's own network. @default every IPv4 address, port 8080 */
  readonly listen: { readonly address: string; readonly port: number };
  /** How the proxy speaks HTTPS at `listen`. @default null, it speaks plain HTTP there */
  readonly tls: TlsConfig | null;
  /** A load balancer ends TLS, and what it says of the client's connection is true. @default false */
  readonly behindTls: boolean;
  /** The user, and group, that the proxy becomes once it listens. @default null, whoever starts it */
  readonly proxyUser: number | null;
  /** Whom to tell of rollouts. @default null, nobody */
  readonly notices: NoticesConfig | null;
}

/** @throws InvalidInput naming the first wrong field */
export function parseConfig(text: string, name = "controller.json"): ControllerConfig {
  const root = Field.parse(name, text);
  const health = root.get("health");
  const profile = root.get("profile");
  const verdict = root.get("verdict");
  const steps = profile.get("steps").list((step) => step.integer(1, 100));
  if (steps.some((percent, index) => percent <= (steps[index - 1] ?? 0))) {
    throw new InvalidInput(`${name}.profile.steps: got ${steps.join(", ")}; allowed rising percents. Fix: sort them`);
  }
  const listen = root.get("listen");
  return {
    service: root.get("service").text(/^[a-z0-9][a-z0-9-]*$/),
    port: root.get("port").integer(1, 65535),
    subnetPrefix: root.get("subnetPrefix").text(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/),
    maxReplicas: root.get("maxReplicas").integer(1, 8),
    health: {
      path: health.get("path").text(/^\/[\w\-./?=&%~]*$/),
      intervalMs: health.get("intervalMs").integer(10, 60_000),
      timeoutMs: health.get("timeoutMs").integer(10, 60_000),
      gateSeconds: health.get("gateSeconds").number(0, 3600),
    },
    strategy: root.get("strategy").optional((field) => field.oneOf(strategies)) ?? "blue-green",
    profile: {
      steps: steps.at(-1) === 100 ? steps : [...steps, 100],
      previewSeconds: profile.get("previewSeconds").optional((field) => field.number(0, 86_400)) ?? 0,
      pauseSeconds: profile.get("pauseSeconds").number(0, 86_400),
      watchSeconds: profile.get("watchSeconds").number(0, 86_400),
    },
    verdict: {
      maxErrorRatePercent: verdict.get("maxErrorRatePercent").number(0, 100),
      maxResponseMs: verdict.get("maxResponseMs").number(1, 3_600_000),
      minRequests: verdict.get("minRequests").integer(1, 1_000_000),
      sharedSeconds: verdict.get("sharedSeconds").optional((field) => field.number(0, 3600)) ?? 60,
    },
    maxBodyBytes: root.get("maxBodyBytes").optional((field) => field.integer(1, Number.MAX_SAFE_INTEGER)),
    sticky: root.get("sticky").optional((field) => field.value !== false) ?? true,
    preview: root.get("preview").optional((field) => ({
      header: field.get("header").optional((name) => name.text(/^[\w-]{1,64}$/)),
      cookie: field.get("cookie").optional((name) => name.text(/^[\w-]{1,64}$/)),
    })),
    drainSeconds: root.get("drainSeconds").optional((field) => field.integer(0, 86_400)) ?? 300,
    listen: {
      address: listen.optional((field) => field.get("address").text(/^[\d.]{7,15}$|^[\da-f:.]{2,45}$/)) ?? "0.0.0.0",
      port: listen.optional((field) => field.get("port").integer(1, 65535)) ?? 8080,
    },
    tls: root.get("tls").optional((field) => ({
      source: field.get("source").oneOf(certificateSources),
      httpPort: field.get("httpPort").integer(1, 65535),
      hstsSeconds: field.get("hstsSeconds").integer(0, 100_000_000),
      challenge: field.get("challenge").optional((address) => address.text(/^[\d.]{7,15}:\d{1,5}$/)),
    })),
    behindTls: root.get("behindTls").optional((field) => field.value === true) ?? false,
    proxyUser: root.get("proxyUser").optional((field) => field.integer(1, 65535)),
    notices: root.get("notices").optional(parseNotices),
  };
}

/** @throws InvalidInput */
export async function loadConfig(path: string): Promise<ControllerConfig> {
  return parseConfig(await readFile(path, "utf8"), path);
}

/** What `guard` reads on stdin. */
export function parseWish(text: string): Wish {
  const root = Field.parse("stdin", text);
  return {
    slot: root.get("slot").oneOf(slots),
    release: readRelease(root.get("release")),
    rollout: root.get("rollout").integer(1, Number.MAX_SAFE_INTEGER),
  };
}

/** What `promote` reads on stdin. */
export function parsePromotion(text: string): Wish & { readonly holds: Partial<Record<Slot, Release | null>> } {
  const holds = Field.parse("stdin", text).get("holds");
  const held = (slot: Slot) => holds.optional((field) => field.get(slot).optional(readRelease));
  return { ...parseWish(text), holds: { blue: held("blue"), green: held("green") } };
}

/** What `guard-proxy` and `switch-proxy` read on stdin. */
export function parseProxyWish(text: string): { readonly place: Place; readonly id: string } {
  return readProxy(Field.parse("stdin", text));
}

const readProxy = (field: Field) => {
  const place = field.get("place").integer(1, places.length) as Place;
  return { place, id: field.get("id").text(/^[\w.-]{1,64}$/) };
};

/** The journal's content. @throws InvalidInput */
export function parseLedger(text: string, name: string): Ledger {
  const root = Field.parse(name, text);
  const count = (field: Field) => field.integer(0, Number.MAX_SAFE_INTEGER);
  const anyText = (field: Field) => field.text();
  const kind = (field: Field) => field.oneOf(["release", "return", "rollback"]);
  const isTrue = (field: Field) => field.optional((flag) => flag.value === true) === true;
  const held = (field: Field) => {
    const release = field.get("release").nullable(readRelease);
    const state = field.get("state").oneOf(["empty", "preparing", "holds"]);
    const lifeline = field.get("lifeline");
    // Older journals say only that there is one.
    const width =
      lifeline.value === true ? (release?.replicas ?? 0) : lifeline.optional((count) => count.integer(1, 8));
    return { release, state, ...(width === null ? {} : { lifeline: width }) };
  };
  const rolling = (field: Field) => {
    const gated = field.optional((state) => state.get("gated").integer(0, 8));
    return gated === null ? {} : { rolling: { gated } };
  };
  root.get("schema").integer(1, 1);
  return {
    schema: 1,
    proxy: root.get("proxy").optional(readProxy),
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
    released: count(root.get("released")),
    rejected: root.get("rejected").list((field) => ({
      release: readRelease(field.get("release")),
      reason: field.get("reason").text(),
      at: field.get("at").text(),
    })),
  };
}

const readRelease = (field: Field): Release => ({
  id: field.get("id").text(/^[\w.+-]{1,128}$/),
  version: field.get("version").text(/^[\w.+-]{1,128}$/),
  image: field.get("image").text(),
  fingerprint: field.get("fingerprint").text(),
  replicas: field.get("replicas").integer(1, 8),
});
