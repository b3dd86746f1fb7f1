import { maxReplicas } from "./addresses.ts";
import { Field, InvalidInput } from "./field.ts";
import { healthPath, readHealthRequest, type HealthRequest } from "./health-request.ts";
import { parseNotices, type NoticesConfig, type NoticesJson } from "./telling/notice-config.ts";
import { configurationText } from "./paths.ts";
import { strategies, type Strategy } from "./rolling.ts";
import { certificateSources, type TlsConfig } from "./tls.ts";

/** The variable `SLIPWAY_CONTROLLER_JSON`, or `/etc/slipway/controller.json`, as the controller has read it. Nothing in it is secret. */
export interface ControllerConfig {
  /** Prefix of the names of the service's containers. */
  readonly service: string;
  /** Port at which replicas listen whose release tells none. */
  readonly port: number;
  /** First three bytes of the addresses, such as `10.213.0`. */
  readonly subnetPrefix: string;
  readonly maxReplicas: number;
  readonly health: {
    /** For releases that tell none. */
    readonly path: string;
    /** What the next release asks for beside its path: the proxy's checks can ask for it before the release comes. @default as usual */
    readonly request?: HealthRequest | undefined;
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
  /** Users who keep cookies stay with the slot that a rollout gave them. @default true */
  readonly sticky: boolean;
  /** Header and cookie with which a tester chooses a slot (`blue` or `green`). @default null, nobody can */
  readonly preview: { readonly header: string | null; readonly cookie: string | null } | null;
  /** How long requests and streams of a slot may go on before it is replaced. @default 300 */
  readonly drainSeconds: number;
  /** Where the proxy listens, on the host's own network. @default every IPv4 address, port 8080 */
  readonly listen: { readonly address: string; readonly port: number };
  /** Folder of the doors of the front that passes everything on: then `listen` is where that listens. @default null, there is none */
  readonly doors: string | null;
  /** How the proxy speaks HTTPS at `listen`. @default null, it speaks plain HTTP there */
  readonly tls: TlsConfig | null;
  /** Somebody else ends TLS. @default false */
  readonly behindTls: boolean;
  /** Names by which the service is asked, lower case; one that begins with a dot stands for all below it. @default any */
  readonly hosts: readonly string[];
  /** What one client may take. */
  readonly clients: {
    /** Of one address at a time. */
    readonly connections: number;
    /** Longest time for the head of a request. */
    readonly headSeconds: number;
    readonly headKb: number;
    /** Longest pause while a body is sent or an answer taken; a body that fits into the proxy's buffer is there in that time. */
    readonly bodySeconds: number;
    /** Largest body that says its length. */
    readonly bodyMb: number;
    /** Requests that a replica gets at a time, streams included; the rest wait. 0 is any number. */
    readonly requestsPerReplica: number;
    readonly queueSeconds: number;
  };
  /** Who is believed to say who the client is. @default null, nobody */
  readonly loadBalancer: { readonly addresses: readonly string[]; readonly proxyProtocol: boolean } | null;
  /** Who is let in. @default null, everybody */
  readonly access: AccessConfig | null;
  /** All requests are logged on standard output. @default false */
  readonly accessLog: boolean;
  /** The user, and group, that the proxy becomes once it listens. @default null, whoever starts it */
  readonly proxyUser: number | null;
  /** Where `/metrics` is served, in the stack's own network. @default null, nowhere, and nothing is counted */
  readonly metrics: { readonly address: string; readonly port: number } | null;
  /** Whom to tell of rollouts. @default null, nobody */
  readonly notices: NoticesConfig | null;
}

/** Who is let in where the service is not for everybody. */
export interface AccessConfig {
  /** Addresses and networks of clients that need no password. */
  readonly addresses: readonly string[];
  /** Names user and password without giving them away: another text means others. Null: nobody gets in by a password. */
  readonly password: string | null;
}

/** The same as the program writes it: nothing is left to a default. */
export type ControllerJson = Omit<ControllerConfig, "preview" | "notices" | "access" | "doors"> & {
  readonly doors?: string;
  readonly access?: AccessConfig | null;
  readonly preview: { readonly header?: string | undefined; readonly cookie?: string | undefined };
  readonly notices: NoticesJson;
};

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
  const clients = root.get("clients");
  return {
    service: root.get("service").text(/^[a-z0-9][a-z0-9-]*$/),
    port: root.get("port").integer(1, 65535),
    subnetPrefix: root.get("subnetPrefix").text(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/),
    maxReplicas: root.get("maxReplicas").integer(1, maxReplicas),
    health: {
      path: health.get("path").text(healthPath),
      request: health.get("request").optional(readHealthRequest) ?? undefined,
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
    doors: root.get("doors").optional((field) => field.text(/^\/[\w./-]+$/)),
    behindTls: root.get("behindTls").optional((field) => field.value === true) ?? false,
    hosts: root.get("hosts").optional((field) => field.list((name) => name.text(/^[a-z0-9.:[\]-]{1,253}$/))) ?? [],
    clients: {
      connections: clients.get("connections").integer(1, 8_000),
      headSeconds: clients.get("headSeconds").integer(1, 300),
      headKb: clients.get("headKb").integer(15, 31),
      bodySeconds: clients.get("bodySeconds").integer(1, 3_600),
      bodyMb: clients.get("bodyMb").integer(1, 1_048_576),
      requestsPerReplica: clients.get("requestsPerReplica").integer(0, 10_000),
      queueSeconds: clients.get("queueSeconds").integer(1, 300),
    },
    loadBalancer: root.get("loadBalancer").optional((field) => ({
      addresses: field.get("addresses").list((address) => address.text(/^[\da-fA-F.:]+(\/\d{1,3})?$/)),
      proxyProtocol: field.get("proxyProtocol").value === true,
    })),
    access: root.get("access").optional((field) => ({
      addresses: field.get("addresses").list((address) => address.text(/^[\da-fA-F.:]+(\/\d{1,3})?$/)),
      password: field.get("password").nullable((name) => name.text(/^[0-9a-f]{8}$/)),
    })),
    accessLog: root.get("accessLog").optional((field) => field.value === true) ?? false,
    proxyUser: root.get("proxyUser").optional((field) => field.integer(1, 65535)),
    metrics: root.get("metrics").optional((field) => ({
      address: field.get("address").text(/^[\d.]{7,15}$/),
      port: field.get("port").integer(1, 65535),
    })),
    notices: root.get("notices").optional(parseNotices),
  };
}

/** @throws InvalidInput */
export async function loadConfig(path: string): Promise<ControllerConfig> {
  return parseConfig(await configurationText("SLIPWAY_CONTROLLER_JSON", path), path);
}
