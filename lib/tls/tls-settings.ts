import { isIP } from "node:net";
import type { Problem } from "../problem.ts";
import type { HostsSettings } from "../hosts/schema.ts";
import type { AddressSettings } from "./schema.ts";

/** Where the ACME client answers challenges, in its own container. */
export const challengePort = 8402;

/** Host of `slipway:url`. */
export const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");

/** Names that the certificate authority is asked for, the one that people use first. */
export function domainsOf({ url, tls }: Pick<AddressSettings, "url" | "tls">): readonly string[] {
  return tls.kind === "acme" ? [...new Set([hostOf(url), ...tls.domains])] : [];
}

/** Ports of the host at which the proxy listens. */
export const portsOf = ({
  listenPort,
  tls,
}: Pick<HostsSettings, "listenPort"> & Pick<AddressSettings, "tls">): readonly number[] =>
  tls.kind === "none" ? [listenPort] : [listenPort, tls.httpPort];

/** What of TLS does not fit together. */
export function tlsProblems({ url, listenPort, hosts, tls, tlsKey }: HostsSettings & AddressSettings): Problem[] {
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
  if (tls.httpPort === listenPort) {
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
