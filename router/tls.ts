import { join } from "node:path";
import { doorPath, type DoorKind } from "./behind.ts";

/** Whether the declared load balancer passed the request on. */
export const fromBalancer = "{ var(txn.balancer) -m bool }";

/** Where a certificate comes from: given with the settings, or kept by the host itself. Each has a file of its own. */
export const certificateSources = ["files", "acme"] as const;
export type CertificateSource = (typeof certificateSources)[number];

/** How the proxy speaks HTTPS. */
export interface TlsConfig {
  readonly source: CertificateSource;
  /** Where plain requests are sent to HTTPS. */
  readonly httpPort: number;
  /** How long browsers use nothing but HTTPS once they were here; 0 tells them nothing. */
  readonly hstsSeconds: number;
  /** Who answers a certificate authority's challenges, `address:port`. @default null, nobody */
  readonly challenge: string | null;
}

/** The part of the controller's configuration that says how the proxy listens. */
interface ListenConfig {
  readonly service: string;
  readonly doors: string | null;
  readonly listen: { readonly address: string; readonly port: number };
  readonly tls: TlsConfig | null;
  readonly behindTls: boolean;
  readonly loadBalancer: { readonly proxyProtocol: boolean } | null;
}

/** Chain and key, for root alone, on the volume that everybody who serves reads at its start. */
export const certificatePath = (runFolder: string, source: CertificateSource): string =>
  join(runFolder, "tls", `${source}.pem`);

/** Where a failed renewal leaves its reason, for `status`. */
export const problemPath = (runFolder: string): string => join(runFolder, "tls", "acme.problem");

/** Where certificate authorities look for the answer to a challenge (RFC 8555, 8.3). */
export const isChallenge = "{ path_beg /.well-known/acme-challenge/ }";

/**
 * What clients of the last ten years and no older ones know, all with forward secrecy: Mozilla's "intermediate" list without finite-field
 * Diffie-Hellman. No tickets: their key would live as long as the process, and who has it reads what was recorded.
 */
export const tlsGlobals = ({ tls }: ListenConfig): string =>
  tls === null
    ? ""
    : `  ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets prefer-client-ciphers
`;

/**
 * Where the proxy listens. Until there is a certificate, the port for plain requests serves alone: over it the first certificate is had.
 *
 * @param certificate its path, which has to be there: HAProxy does not start without it
 */
export function binds(config: ListenConfig, certificate: string | null): string {
  const { listen, tls, doors } = config;
  const { address, port } = listen;
  const secure = certificate === null ? null : ` ssl crt ${certificate} alpn h2,http/1.1`;
  if (doors !== null) {
    return (
      (secure === null ? "" : door(config.service, doors, "secure", secure)) + door(config.service, doors, "plain")
    );
  }
  if (tls === null) return bind(address, port);
  return (secure === null ? "" : bind(address, port, secure)) + bind(address, tls.httpPort);
}

/** Its folder gives it the group of the front's workers, and nobody else may knock: whoever does says whose the connection is. */
const door = (service: string, folder: string, kind: DoorKind, options = ""): string =>
  `  bind ${doorPath(folder, service, kind)} accept-proxy mode 660${options}\n`;

/** Two sockets where both kinds of addresses are meant: on one, a client by IPv4 would have an address of IPv6, in rules and for replicas. */
export const bind = (address: string, port: number, options = ""): string =>
  address === "::"
    ? `  bind 0.0.0.0:${port}${options}\n  bind :::${port} v6only${options}\n`
    : `  bind ${address}:${port}${options}\n`;

/** Rules for the frontend: who is answered in plain, and what a replica hears about it. */
export function tlsRules({ listen, tls, behindTls, loadBalancer }: ListenConfig, isCertified: boolean): string {
  // Who speaks the PROXY protocol knows no headers: that it ends TLS is known from the settings.
  const isSecure = behindTls && loadBalancer?.proxyProtocol ? `{ ssl_fc } or ${fromBalancer}` : "{ ssl_fc }";
  const protocol = [
    "http-request set-header X-Forwarded-Proto http",
    "http-request set-header X-Forwarded-Proto %[var(txn.proto)] if { var(txn.proto) -m str http https }",
    `http-request set-header X-Forwarded-Proto https if ${isSecure}`,
  ];
  if (tls === null) return lines(protocol);
  const port = listen.port === 443 ? "" : `:${listen.port}`;
  const moved = `http-request redirect prefix https://%[req.hdr(host),regsub(:[0-9]+$,)]${port} code 308 if !{ ssl_fc }`;
  return lines([
    ...(isCertified ? [`${moved}${tls.challenge === null ? "" : ` !${isChallenge}`}`] : []),
    ...protocol,
    ...(isCertified && tls.hstsSeconds > 0
      ? [`http-after-response set-header Strict-Transport-Security "max-age=${tls.hstsSeconds}" if { ssl_fc }`]
      : []),
  ]);
}

/** The frontend's way to whoever answers challenges. */
export const challengeRule = ({ tls }: ListenConfig): string =>
  tls?.challenge ? `  use_backend challenge if !{ ssl_fc } ${isChallenge}\n` : "";

/** Who answers the challenges. It listens only while there are some. */
export const challengeBackend = ({ tls }: ListenConfig): string =>
  tls?.challenge ? `\nbackend challenge\n  server keeper ${tls.challenge}\n` : "";

const lines = (rules: readonly string[]): string => rules.map((rule) => `  ${rule}\n`).join("");
