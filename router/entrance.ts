import { whosePath } from "./behind.ts";
import type { ControllerConfig } from "./controller-config.ts";
import { logRules } from "./request-log.ts";
import { fromBalancer } from "./tls.ts";
import { backend } from "./traffic.ts";

/** Connections that the proxy takes at a time, of all addresses. A slow head costs 28 kB with TLS, so together a quarter of its memory. */
export const mostConnections = 8192;

/** Who counts as one: a subscriber has 2^64 addresses of IPv6. */
const oneAddress = "src,ipmask(32,64)";

/** What is for the proxy to say of a client and its wish, and what services take for it; underscores reach CGI as dashes do. */
const notTheirs = [
  "proxy",
  // Forwarded, X-Forwarded-For, X.Forwarded.For, X-ForwardedFor, Forwarded-For, CloudFront-Forwarded-Proto, X-Vercel-Forwarded-For, …
  "(.*[-_.])?forwarded([-_.]?(by|client|for|host|path|port|prefix|proto|protocol|scheme|server|ssl|uri|url)([-_.].*)?)?",
  // X-Real-IP, Client-IP, WL-Proxy-Client-IP, True-Client-IP, CF-Connecting-IPv6, X-Remote-IP, Remote-Addr, X-RealIP, …
  "(.*[-_.])?(client|connecting|originating|real|remote|source)[-_.]?(addr|address|ip|ipv6)",
  "x[-_.](envoy|original|rewrite|ssl|arr)[-_.].*",
  "x[-_.](host|http[-_.](host|method)[-_.]override|scheme|url[-_.]scheme|azure[-_.].*)",
  "front[-_.]end[-_.]https",
];

/** A condition of a name, with a line for each value: HAProxy reads 64 words of a line. */
const named = (name: string, test: string, values: readonly string[]): string[] =>
  values.map((value) => `acl ${name} ${test} ${value}`);

/**
 * Rules for the frontend: who is let in, and what a replica is told of them. Only the declared load balancer is believed: who the client
 * is, and by which protocol and at which port it was asked. What it passes on beside that may be the client's own words.
 */
export const entranceRules = (config: ControllerConfig): string =>
  [...connectionRules(config), ...logRules, ...sourceRules(config), ...requestRules(config), ...clientRules(config)]
    .map((rule) => `  ${rule}\n`)
    .join("");

function connectionRules({ loadBalancer, clients, doors }: ControllerConfig): string[] {
  const balancer = "by_balancer";
  // With the PROXY protocol it is known only then who the client is.
  const when = loadBalancer?.proxyProtocol || doors !== null ? "session" : "connection";
  const whose = loadBalancer && !loadBalancer.proxyProtocol ? ` unless ${balancer}` : "";
  return [
    ...named(balancer, "src", loadBalancer?.addresses ?? []),
    ...(loadBalancer?.proxyProtocol ? [`tcp-request connection expect-proxy layer4 if ${balancer}`] : []),
    "stick-table type ipv6 size 100k expire 5m store conn_cur",
    `tcp-request ${when} track-sc0 ${oneAddress}${whose}`,
    `tcp-request ${when} reject if { sc0_conn_cur gt ${String(clients.connections)} }`,
  ];
}

/** From here on `src` is the client's address. */
function sourceRules({ loadBalancer, behindTls }: ControllerConfig): string[] {
  if (loadBalancer === null) return [];
  if (loadBalancer.proxyProtocol) return ["http-request set-var(txn.balancer) bool(true) if { fc_rcvd_proxy }"];
  return [
    "http-request set-var(txn.balancer) bool(true) if by_balancer",
    `http-request set-src hdr_ip(x-forwarded-for,-1) if ${fromBalancer}`,
    // Some write the client's port, too, which an address of IPv6 has brackets for.
    `http-request set-src req.hdr(x-forwarded-for,-1),regsub(^[[],),regsub([]].*,) if ${fromBalancer} { req.hdr(x-forwarded-for,-1) -m beg [ }`,
    ...(behindTls ? [`http-request set-var(txn.proto) req.hdr(x-forwarded-proto),lower if ${fromBalancer}`] : []),
    `http-request set-var(txn.port) req.hdr(x-forwarded-port) if ${fromBalancer} { req.hdr(x-forwarded-port) -m reg ^[0-9]{1,5}$ } { req.hdr(x-forwarded-port) -m int 1:65535 }`,
  ];
}

function requestRules({ hosts, clients, doors, service }: ControllerConfig): string[] {
  const refuse = (status: number, why: string, when: string) =>
    `http-request return status ${String(status)} content-type text/plain string "${why}" if ${when}`;
  // The whole header: parted at commas, one that is ours would do. A name may end with a dot, and have a port.
  const host = "req.fhdr(host),lower,regsub(:[0-9]+$,),regsub([.]$,)";
  const isBelow = (name: string) => name.startsWith(".");
  const ours = [
    // HTTP/1.0 need not name any, and the checks of some load balancers don't.
    "acl names_host req.fhdr(host) -m found",
    "acl names_host url_beg -i http",
    ...named("our_host", `${host} -m str`, ["localhost", ...hosts.filter((name) => !isBelow(name))]),
    ...named("our_host", `${host} -m end`, hosts.filter(isBelow)),
    // Whoever asks by address or on the machine itself names no other service: health checks do.
    `acl our_host ${host} -m reg ^([0-9]{1,3}[.]){3}[0-9]{1,3}$`,
    `acl our_host ${host} -m reg ^[[][0-9a-f:.]+[]]$`,
  ];
  const isPlain = "{ req.fhdr(host) -m reg ^[]a-zA-Z0-9_.:[-]+$ }";
  return [
    "option disable-h2-upgrade",
    ...(hosts.length === 0 ? [] : ours),
    refuse(405, "CONNECT and TRACE are not served", "{ method CONNECT TRACE }"),
    refuse(400, "HTTP/2 is spoken by TLS only", "{ req.hdr(upgrade) -m sub -i h2c }"),
    refuse(400, "the address holds NUL", "{ url -m sub %00 }"),
    ...(hosts.length === 0
      ? []
      : [refuse(421, "another host was asked for", `names_host !our_host or names_host !${isPlain}`)]),
    ...(doors === null ? [] : whoseRules(service)),
    refuse(413, "the body is too large", `{ req.body_size gt ${String(clients.bodyMb * 1_048_576)} }`),
    // It could have the next hop drop what is said of the client.
    "http-request set-header Connection upgrade if { req.hdr(upgrade) -m found }",
    "http-request del-header Connection unless { req.hdr(upgrade) -m found }",
    `http-request del-header ^(${notTheirs.join("|")})$ -m reg`,
    "http-request set-header X-Real-IP %[src]",
    "http-request set-header X-Forwarded-Host %[req.fhdr(host)] if { req.fhdr(host) -m found }",
    "http-request set-header X-Forwarded-Port %[dst_port]",
    "http-request set-header X-Forwarded-Port %[var(txn.port)] if { var(txn.port) -m found }",
    "option forwardfor",
  ];
}

/** Whoever comes from the very address that he asks is the machine itself: it may know whose proxy a name leads to. */
const whoseRules = (service: string): string[] => [
  `acl asks_whose path ${whosePath}`,
  "http-request set-var(txn.from) src if asks_whose",
  `http-request return status 200 content-type text/plain string "${service}" if asks_whose { dst,strcmp(txn.from) eq 0 }`,
];

/**
 * For the log that the verdict reads. The clock of an answer starts when the request is whole: a body that fits into the buffer is waited
 * for, and where it does not, the client's pace can't be told from the service's. Chunked bodies may be one half of a conversation.
 *
 * In the queue, whoever asked least in the last ten seconds comes first.
 */
const clientRules = ({ clients }: ControllerConfig): string[] => [
  `http-request set-var(txn.client) ${oneAddress}`,
  ...(clients.requestsPerReplica === 0
    ? []
    : [
        `http-request track-sc1 ${oneAddress} table ${backend}`,
        `http-request set-priority-class sc_http_req_rate(1,${backend}),div(10)`,
      ]),
  "acl has_length req.hdr(content-length) -m found",
  `http-request wait-for-body time ${String(clients.bodySeconds)}s if has_length`,
  "http-request set-var(txn.received) req.body_len if has_length",
  "http-request set-var(txn.upload) int(1) if has_length { req.body_size,sub(txn.received) gt 0 }",
  "http-request set-var(txn.upload) int(1) if !has_length !{ method GET HEAD OPTIONS }",
];

/** For the backend: how many requests a replica gets at a time, and who waits for how long. */
export const queueRules = ({ clients }: ControllerConfig): string =>
  clients.requestsPerReplica === 0 ? "" : "  stick-table type ipv6 size 100k expire 1m store http_req_rate(10s)\n";
