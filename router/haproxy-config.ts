import { createHash } from "node:crypto";
import { serverHeader } from "./answer.ts";
import { accessRules } from "./access.ts";
import type { ControllerConfig } from "./controller-config.ts";
import { entranceRules, mostConnections, queueRules } from "./entrance.ts";
import { formsOf, type HealthForms } from "./health-request.ts";
import { maintenanceRules } from "./maintenance.ts";
import { accessLogger, logFormat, ring } from "./request-log.ts";
import { choiceRules, healthCheckRule, steeringRules } from "./steering.ts";
import { binds, challengeBackend, challengeRule, tlsGlobals, tlsRules } from "./tls.ts";
import { backend, frontend, ownWayIn, sparePrefix, type ServerWish } from "./traffic.ts";
import { placeSocket } from "./paths.ts";

/** Longest wait for a connection, and between two attempts: replicas are on this host's own network, where it takes microseconds. */
const connectMs = 100;

/**
 * The proxy's whole configuration, for HAProxy 2.6 and later.
 *
 * What must never happen here: a request that was sent is sent again, as one at which its replica dies would take the next ones along
 * and the standby last; and nobody outside the shared volume can change or read the proxy.
 *
 * Every server has a spare: the same address and state, but used only while no server that has a weight is usable. So the warm
 * standby answers within `connectMs` when live is gone, whoever notices first, and gives way as soon as live is back.
 *
 * @param runFolder the volume that proxy and controller share
 */
export function renderProxyConfig(
  config: ControllerConfig,
  servers: readonly ServerWish[],
  runFolder: string,
  {
    certificate = null,
    cookieKey = "",
    previewHash = null,
    forms = formsOf([config.health.request]),
    page = null,
    accessHash = null,
  }: Partial<FromHost> = {},
): string {
  const given = { runFolder, certificate, cookieKey, previewHash, forms, page, accessHash };
  const idle = servers.map(({ name }) => ({ name, address: "", admitted: false, weight: 0 }));
  const tag = createHash("sha256")
    .update(render(config, idle, { ...given, tag: "" }))
    .digest("hex")
    .slice(0, 16);
  return render(config, servers, { ...given, tag });
}

/**
 * The fingerprint that a configuration carries, and that the proxy shows in `show info`: of everything but weights, states and addresses, which
 * a running proxy is told. Another one is a reload, which ends streams of the process before after `drainSeconds`, wherever they are.
 */
export const tagOf = (text: string): string => /^ {2}description slipway-(\w*)$/m.exec(text)?.[1] ?? "";

/** What a host adds to the configuration. */
interface FromHost {
  /** Path of the certificate to serve. @default null, there is none yet */
  readonly certificate: string | null;
  /** Signs the cookies of sticky users, base64. */
  readonly cookieKey: string;
  /** SHA-256 of the testers' secret, hex. @default null, there is none */
  readonly previewHash: string | null;
  /** What its health checks have to be able to ask. @default what the configuration says */
  readonly forms: HealthForms;
  /** What users see while the service is closed. @default null, words alone */
  readonly page: { readonly path: string; readonly hash: string } | null;
  /** What the right login hashes to. @default null, there is none */
  readonly accessHash: string | null;
}

interface Circumstances extends FromHost {
  readonly runFolder: string;
  readonly tag: string;
}

function render(
  config: ControllerConfig,
  servers: readonly ServerWish[],
  { runFolder, certificate, forms, page, accessHash, tag, ...keys }: Circumstances,
): string {
  const { health, proxyUser, clients } = config;
  const user = proxyUser === null ? "" : `  uid ${proxyUser}\n  gid ${proxyUser}\n`;
  const fastMs = Math.max(10, Math.round(health.intervalMs / 5));
  return `# Written by the rollout controller at every change of weights. Do not edit: it is overwritten.
global
  description slipway-${tag}
  maxconn ${mostConnections}
  # A head has to fit into the buffer, with 1 kB to spare for what is added to it.
  tune.bufsize ${(clients.headKb + 1) * 1024}
  no strict-limits
  # Whoever else asked the kernel to share the port would get a part of the requests (haproxy#868).
  noreuseport
  # After a reload the old process serves the streams that it has for so long.
  hard-stop-after ${Math.max(1, config.drainSeconds)}s
${user}${tlsGlobals(config)}  log stdout format raw daemon notice
  stats socket "${placeSocket(runFolder, "${SLIPWAY_PROXY}", "admin")}" mode 660 level admin expose-fd listeners

# Every request, for the controller, which reads along on the admin socket: in memory, the oldest give way.
ring ${ring}
  format raw
  maxlen 256
  size 1048576

defaults
  mode http
  log global
  option dontlognull
  # Only requests that went wrong reach the level of this log; paths are logged without their query, which may hold secrets.
  option log-separate-errors
  log-format '${logFormat}'
  option http-keep-alive
  timeout connect ${connectMs}ms
  timeout http-request ${clients.headSeconds}s
  timeout http-keep-alive 60s
  timeout client ${clients.bodySeconds}s
  timeout server 300s
  timeout tunnel 3600s
  timeout client-fin 30s
  timeout queue ${clients.queueSeconds}s
  timeout check ${health.timeoutMs}ms

frontend ${frontend}
${binds(config, certificate)}${accessLogger(config)}  log ring@${ring} format raw daemon
${entranceRules(config)}  # During a reload an idle connection lives on until the old process has answered on it once more, so that no request meets its end.
  option idle-close-on-response
${tlsRules(config, certificate !== null)}  # What a replica says about its connection to us is not true of the client's.
  http-response del-header Keep-Alive
${accessRules(config, runFolder, { accessHash, isCertified: certificate !== null })}${steeringRules(config, runFolder, keys)}${maintenanceRules(config, runFolder, page)}${challengeRule(config)}  default_backend ${backend}

# The controller's own way in, past TLS, logins and redirects: what everybody gets, and who answered.
frontend ${ownWayIn}
  bind "${placeSocket(runFolder, "${SLIPWAY_PROXY}", "answer")}" mode 660
  option dontlog-normal
  http-response set-header ${serverHeader} %s
  default_backend ${backend}

backend ${backend}
  balance roundrobin
${queueRules(config)}  http-error status 503 content-type text/plain hdr Retry-After 2 string "no slot can serve: nothing was released yet, or the live slot is down"
  http-reuse safe
  option allbackups
  # A request that was never sent costs nothing to send again, elsewhere. One that was sent is not repeated, whatever its method: it may
  # be the reason why its replica died.
  retries 10
  option redispatch 1
  retry-on conn-failure
  # A stream of events may be silent for long.
  http-request set-timeout server 1h if { req.hdr(accept) -m sub text/event-stream }
${choiceRules(config)}  # With no spare (the standby is being replaced), one lost connection must not close the house: what has a weight is tried all the same.
  # (After a reload the old process counts no server as usable, while it still serves the connections it has: hence "stopping".)
  force-persist if { nbsrv(${backend}) eq 0 } !{ stopping }
${servers.map(lastResort).join("\n")}
  option httpchk
  ${healthCheckRule(config.service, forms, runFolder)}
  http-check expect status ${forms.statuses.join(",")}${forms.text === null ? "" : `\n  http-check expect string '${forms.text}'`}
  # A connection that can't be made takes the server out at once; the next good check brings it back.
  # Idle connections are closed from this side before a replica does it, so that no request meets one that just ended.
  default-server pool-purge-delay 1s check inter ${health.intervalMs}ms fastinter ${fastMs}ms downinter ${health.intervalMs}ms rise 1 fall 2 observe layer4 error-limit 1 on-error mark-down${clients.requestsPerReplica === 0 ? "" : ` maxconn ${clients.requestsPerReplica}`}
${servers.map(serverLine).join("\n")}
${servers.map(spareLine).join("\n")}
${challengeBackend(config)}`;
}

const serverLine = ({ name, address, weight, admitted }: ServerWish): string =>
  `  server ${name} ${address} weight ${weight}${admitted ? "" : " disabled"}`;

const lastResort = ({ name }: ServerWish): string =>
  `  use-server ${name} if { nbsrv(${backend}) eq 0 } !{ stopping } { srv_weight(${backend}/${name}) gt 0 }`;

/** It follows its server's checks and states. No weight is written, so that nobody takes it for traffic. */
const spareLine = ({ name, address }: ServerWish): string =>
  `  server ${sparePrefix}${name} ${address} backup no-check track ${name}`;
