import { isIP } from "node:net";
import type { Problem } from "../problem.ts";
import type { HostsSettings } from "../hosts/schema.ts";
import type { FrontSettings } from "../front/schema.ts";
import type { AddressSettings } from "./schema.ts";

/** Where the ACME client answers challenges, in its own container. */
export const challengePort = 8402;

/** Host of `slipway:url`. */
export const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");

/** Names that the certificate authority is asked for, the one that people use first. */
export function domainsOf({ url, tls }: Pick<AddressSettings, "url" | "tls">): readonly string[] {
  return tls.kind === "acme" ? [...new Set([hostOf(url), ...tls.domains])] : [];
}

/** What says at which ports a stack's proxy listens. */
export type PortSettings = Pick<HostsSettings, "listenPort"> &
  Pick<AddressSettings, "tls"> &
  Pick<FrontSettings, "front" | "behind">;

/** Ports of the host at which the proxy listens, each with the setting that says so. Behind a front there is none. */
export function askedPorts({
  listenPort,
  tls,
  front,
  behind,
}: PortSettings): { readonly port: number; readonly path: string }[] {
  if (behind !== undefined) return [];
  const main = { port: listenPort, path: "slipway:listenPort" };
  if (front !== undefined) return [main, { port: front.httpPort, path: "slipway:front.httpPort" }];
  return tls.kind === "none" ? [main] : [main, { port: tls.httpPort, path: "slipway:tls.httpPort" }];
}

/** The same, as numbers alone. */
export const portsOf = (settings: PortSettings): readonly number[] => askedPorts(settings).map(({ port }) => port);

/** What of TLS does not fit together. */
export function tlsProblems({
  url,
  listenPort,
  hosts,
  tls,
  tlsKey,
  behind,
}: HostsSettings & AddressSettings & Pick<FrontSettings, "behind">): Problem[] {
  const problems: Problem[] = [];
  if (tls.kind !== "files" && tlsKey !== undefined) {
    const problem = `means nothing with slipway:tls.kind ${tls.kind}`;
    problems.push({ path: "slipway:tlsKey", problem, allowed: "nothing", fix: "pulumi config rm slipway:tlsKey" });
  }
  if (tls.kind === "none") return problems;
  if (!url.startsWith("https://")) {
    const problem = "is not what people use once slipway:tls is set";
    const fix = "pulumi config set slipway:url https://<name>";
    problems.push({ path: "slipway:url", problem, got: url || "nothing", allowed: "an https address", fix });
  }
  if (tls.httpPort === listenPort && behind === undefined) {
    problems.push({
      path: "slipway:tls.httpPort",
      problem: "is slipway:listenPort, where HTTPS is",
      got: String(tls.httpPort),
      allowed: "another port",
      fix: "pulumi config set slipway:listenPort 443",
    });
  }
  if (tls.kind === "acme") problems.push(...acmeProblems(url, Object.keys(hosts)));
  return problems;
}

function acmeProblems(url: string, others: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  if (others.length > 0) {
    problems.push({
      path: "slipway:tls.kind",
      problem: "needs one host that all of the name's requests reach, or another one would be asked for the proof",
      got: `acme with slipway:hosts ${others.join(", ")}`,
      allowed: "files, or none behind a load balancer",
      fix: "pulumi config set --path slipway:tls.kind files",
    });
  }
  const host = url.startsWith("https://") ? hostOf(url) : "";
  if (isIP(host) || (host !== "" && !host.includes("."))) {
    problems.push({
      path: "slipway:url",
      problem: "has no name that a certificate authority certifies",
      got: host,
      allowed: "a name such as api.example.com",
      fix: "pulumi config set slipway:url https://<name>",
    });
  }
  return problems;
}
