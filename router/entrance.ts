import type { ControllerConfig } from "./controller-config.ts";

/** Connections that one address may have at a time: more than an office behind one address opens, a quarter of what there is. */
const mostConnections = 1000;

/** What a client may not say about itself, as it is for the proxy or a load balancer to say; underscores reach CGI as dashes do. */
const notTheirs = ["x[-_]forwarded[-_](for|host|port|proto|server)", "forwarded", "x[-_](real|client)[-_]ip"];

/**
 * Rules for the frontend: who is let in, and what a replica is told of them. Where a load balancer stands in front, what it says is kept,
 * and one address is everybody.
 */
export const entranceRules = (config: ControllerConfig): string =>
  [...connectionRules(config), ...requestRules(config), ...clientRules(config)].map((rule) => `  ${rule}\n`).join("");

function connectionRules({ behindTls }: ControllerConfig): string[] {
  if (behindTls) return [];
  return [
    "stick-table type ipv6 size 100k expire 5m store conn_cur",
    "tcp-request connection track-sc0 src",
    `tcp-request connection reject if { sc0_conn_cur gt ${String(mostConnections)} }`,
  ];
}

function requestRules({ behindTls, hosts }: ControllerConfig): string[] {
  const refuse = (status: number, why: string, when: string) =>
    `http-request return status ${String(status)} content-type text/plain string "${why}" if ${when}`;
  // Whoever asks by address or on the machine itself names no other service: health checks do.
  const isNamed = `!{ req.hdr(host),host_only,lower -m str localhost ${hosts.join(" ")} }`;
  const named = hosts.length === 0 || behindTls ? [] : [`${isNamed} !{ req.hdr(host) -m reg ^[][0-9a-f.:]+$ }`];
  return [
    refuse(405, "CONNECT and TRACE are not served", "{ method CONNECT TRACE }"),
    refuse(400, "HTTP/2 is spoken by TLS only", "{ req.hdr(upgrade) -m sub -i h2c }"),
    refuse(400, "the address holds NUL", "{ url -m sub %00 }"),
    ...named.map((when) => refuse(421, "another host was asked for", when)),
    "http-request del-header proxy",
    ...(behindTls
      ? []
      : [
          ...notTheirs.map((name) => `http-request del-header ^${name}$ -m reg`),
          "http-request set-header X-Real-IP %[src]",
          "http-request set-header X-Forwarded-Host %[req.hdr(host)] if { req.hdr(host) -m found }",
          "http-request set-header X-Forwarded-Port %[dst_port]",
        ]),
    "option forwardfor",
  ];
}

/**
 * For the log that the verdict reads. The clock of an answer starts when the request is whole: a body that fits into the buffer is waited
 * for, and where it does not, the client's pace can't be told from the service's. Chunked bodies may be one half of a conversation.
 */
const clientRules = ({ behindTls }: ControllerConfig): string[] => [
  "http-request set-var(txn.client) src,ipmask(32,64)",
  ...(behindTls ? ["http-request set-var(txn.client) req.hdr(x-forwarded-for,-1)"] : []),
  "acl has_length req.hdr(content-length) -m found",
  "http-request wait-for-body time 30s if has_length",
  "http-request set-var(txn.received) req.body_len if has_length",
  "http-request set-var(txn.upload) int(1) if has_length { req.body_size,sub(txn.received) gt 0 }",
  "http-request set-var(txn.upload) int(1) if !has_length !{ method GET HEAD OPTIONS }",
];
