import { createHash } from "node:crypto";
import { doorPath, doorsGroup, maxPrefix, type DoorKind } from "./behind.ts";
import { Field } from "./field.ts";
import { placeSocket } from "./paths.ts";
import { bind } from "./tls.ts";

/** What a front listens at, and to whom it passes which name. Nothing in it is secret. */
export interface FrontConfig {
  /** `::` is every address of both kinds. */
  readonly address: string;
  /** Port of HTTPS. */
  readonly port: number;
  /** Port of plain HTTP. */
  readonly httpPort: number;
  /** By name, in lower case, or `*.` and a name for all below it: what the names of its stack's containers begin with. */
  readonly names: Readonly<Record<string, string>>;
  /** Connections that one stack gets at a time, by TLS and in plain each. */
  readonly connections: number;
  /** Connections of one client at a time, to all names. */
  readonly ofOneClient: number;
  /** Who the workers become; their group is then {@link doorsGroup}. @default null, whoever starts them */
  readonly user: number | null;
}

/** Connections of all names at a time, half of which TLS may have to be without a name as yet: together some 300 MB. */
const mostConnections = 16_384;

/** Longest that a client may take to say whom it wants. */
const helloSeconds = 5;

/** Longest pause on a connection: that of a stack's own proxy, with an hour for streams, comes first. */
const longestPause = "65m";

const name = /^(\*\.)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const stack = new RegExp(`^[A-Za-z0-9][\\w.-]{0,${maxPrefix - 1}}$`);

/** @throws InvalidInput */
export function parseFront(text: string): FrontConfig {
  const root = Field.parse("stdin", text);
  return {
    address: root.get("address").text(/^[\d.]{7,15}$|^[\da-f:.]{2,45}$/),
    port: root.get("port").integer(1, 65_535),
    httpPort: root.get("httpPort").integer(1, 65_535),
    names: root.get("names").record(name, stack),
    connections: root.get("connections").integer(1, mostConnections),
    ofOneClient: root.get("ofOneClient").integer(1, mostConnections),
    user: root.get("user").optional((field) => field.integer(1, 65_535)),
  };
}

/**
 * HAProxy's configuration, for 2.6 and later: by TLS the name in the client's first words decides, in plain each request's Host, and the
 * connection goes to that stack's own proxy with the client's address before it.
 *
 * What must never happen here: a connection is ended to be understood, or waits for a stack that is not its own.
 *
 * @param runFolder the volume with the proxy's sockets
 * @param doors folder of the doors
 */
export function renderFront(config: FrontConfig, runFolder: string, doors: string): string {
  const text = (tag: string) => render(config, runFolder, doors, tag);
  return text(createHash("sha256").update(text("")).digest("hex").slice(0, 16));
}

function render(config: FrontConfig, runFolder: string, doors: string, tag: string): string {
  const { port, httpPort, names, ofOneClient, user } = config;
  const stacks = [...new Set(Object.values(names))].sort();
  // What is said of one name comes before what is said of all below another.
  const byName = Object.entries(names).sort(([one], [other]) => rank(one) - rank(other) || other.length - one.length);
  const client = "src,ipmask(32,64)";
  const bounded = [
    "stick-table type ipv6 size 100k expire 5m store conn_cur",
    `tcp-request connection track-sc0 ${client}`,
    `tcp-request connection reject if { sc0_conn_cur gt ${ofOneClient} }`,
  ];
  const lines = (rules: readonly string[]) => rules.map((rule) => `  ${rule}\n`).join("");
  const ways = (kind: DoorKind, asked: string) =>
    byName.map(([each, to]) =>
      each.startsWith("*")
        ? `use_backend ${kind}:${to} if { ${asked} -m end ${each.slice(1)} }`
        : `use_backend ${kind}:${to} if { ${asked} -m str ${each} }`,
    );
  return `# Written by slipway-router front keep. Do not edit: it is overwritten.
global
  description slipway-${tag}
  maxconn ${mostConnections}
  no strict-limits
  # Whoever else asked the kernel to share the port would get a part of the connections (haproxy#868).
  noreuseport
  # Connections live on in the process before a reload until they end; so many of these there may be.
  mworker-max-reloads 50
${user === null ? "" : `  uid ${user}\n  gid ${doorsGroup}\n`}  log stdout format raw daemon notice
  stats socket "${placeSocket(runFolder, "${SLIPWAY_PROXY}", "admin")}" mode 660 level admin expose-fd listeners

defaults
  log global
  option dontlognull
  option dontlog-normal
  timeout connect 1s
  retries 2
  timeout client ${longestPause}
  timeout server ${longestPause}
  timeout tunnel ${longestPause}
  timeout client-fin 30s
  timeout server-fin 30s

frontend secure
  mode tcp
${bind(config.address, port)}${lines([
    ...bounded,
    `tcp-request inspect-delay ${helloSeconds}s`,
    "tcp-request content accept if { req.ssl_hello_type 1 }",
    "tcp-request content reject",
    ...ways("secure", "req.ssl_sni,lower"),
  ])}
frontend plain
  mode http
  timeout http-request 30s
  timeout http-keep-alive 60s
${bind(config.address, httpPort)}${lines([
    ...bounded,
    ...ways("plain", "req.fhdr(host),lower,regsub(:[0-9]+$,),regsub([.]$,)"),
    "default_backend nobody",
  ])}
backend nobody
  mode http
  http-request return status 421 content-type text/plain string "no service of this name is here"
${stacks
  .map(
    (to) => `
backend secure:${to}
  mode tcp
  tcp-request content reject if { be_conn gt ${config.connections} }
  server door unix@${doorPath(doors, to, "secure")} send-proxy-v2

backend plain:${to}
  mode http
  http-reuse never
  http-error status 503 content-type text/plain hdr Retry-After 2 string "the service of this name is down, or has too many connections"
  http-request deny deny_status 503 if { be_conn gt ${config.connections} }
  server door unix@${doorPath(doors, to, "plain")} send-proxy-v2
`,
  )
  .join("")}`;
}

const rank = (name: string): number => (name.startsWith("*") ? 1 : 0);
