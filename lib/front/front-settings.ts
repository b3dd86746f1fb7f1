import type { HostsSettings } from "../hosts/schema.ts";
import type { Problem } from "../problem.ts";
import type { AddressSettings } from "../tls/schema.ts";
import type { EntranceSettings } from "../entrance/schema.ts";
import type { FrontSettings } from "./schema.ts";

/** Settings that mean something in a stack that declares a front; those of GitHub and of the policy pack are about no host. */
const ofFront = new Set([
  ...[
    "front",
    "service",
    "host",
    "listenAddress",
    "listenPort",
    "clients",
    "stockImages",
    "registry",
    "registryPassword",
  ],
  ...["policy", "checklist"],
]);
const aboutGitHub = /^(github|repositor|environment|webhook|dependabot)/;

/**
 * What is wrong with a front, or with a stack behind one.
 *
 * @param said keys that the stack's file sets
 */
export function frontProblems(
  settings: HostsSettings &
    Pick<AddressSettings, "url" | "tls"> &
    Pick<EntranceSettings, "loadBalancer"> &
    FrontSettings,
  said: readonly string[],
): Problem[] {
  if (settings.front !== undefined) return problemsOfFront(settings, settings.front, said);
  return settings.behind === undefined ? [] : problemsBehind(settings, said);
}

function problemsOfFront(
  { host, listenPort }: HostsSettings,
  { httpPort }: NonNullable<FrontSettings["front"]>,
  said: readonly string[],
): Problem[] {
  const idle = said.filter((key) => !ofFront.has(key) && !aboutGitHub.test(key));
  return [
    ...(host === undefined
      ? [
          {
            path: "slipway:host",
            problem: "is missing, and slipway:front needs one",
            fix: "pulumi config set --path slipway:host.kind local",
          },
        ]
      : []),
    ...idle.map((key) => ({
      path: `slipway:${key}`,
      problem: "means nothing in a stack with slipway:front, which runs no service and ends no TLS",
      allowed: "nothing",
      fix: `pulumi config rm slipway:${key}; what is a service's belongs into that service's own stack`,
    })),
    ...(httpPort === listenPort
      ? [
          {
            path: "slipway:front.httpPort",
            problem: "is slipway:listenPort, where HTTPS is",
            got: String(httpPort),
            allowed: "another port",
            fix: "pulumi config set slipway:listenPort 443",
          },
        ]
      : []),
  ];
}

/** What a stack has for itself where it is reached through a front only. */
const ownDoor = ["listenAddress", "listenPort", "loadBalancer"];

function problemsBehind(
  { url, tls, host, hosts, behind }: HostsSettings & Pick<AddressSettings, "url" | "tls"> & FrontSettings,
  said: readonly string[],
): Problem[] {
  const further = Object.keys(hosts);
  return [
    ...(url === ""
      ? [
          {
            path: "slipway:url",
            problem: "is missing: behind a front a service is found by its name",
            allowed: "an https address, or http where the service has no TLS",
            fix: "pulumi config set slipway:url https://<name>",
          },
        ]
      : []),
    ...(url.startsWith("https://") && tls.kind === "none"
      ? [
          {
            path: "slipway:tls.kind",
            problem: "is none, and a front ends no TLS: it passes on to who has the certificate",
            got: `none with ${url}`,
            allowed: "acme or files (docs/tls.md), or an http address in slipway:url",
            fix: "pulumi config set --path slipway:tls.kind acme",
          },
        ]
      : []),
    ...ownDoor
      .filter((key) => said.includes(key))
      .map((key) => ({
        path: `slipway:${key}`,
        problem: "means nothing with slipway:behind: only the front listens",
        allowed: "nothing",
        fix: `pulumi config rm slipway:${key}`,
      })),
    ...(further.length > 0
      ? [
          {
            path: "slipway:behind",
            problem: "leads to a front on one host",
            got: `${String(behind)} with slipway:hosts ${further.join(", ")}`,
            allowed: "a stack with one host",
            fix: "pulumi config rm slipway:hosts, or slipway:behind",
          },
        ]
      : []),
    ...(host?.kind === "ssh" && host.admin !== undefined
      ? [
          {
            path: "slipway:host.admin",
            problem: "prepares the machine with a firewall of this stack's own ports, and it has none behind a front",
            got: host.admin,
            allowed: "nothing: the front's stack prepares the machine",
            fix: "pulumi config rm --path slipway:host.admin",
          },
        ]
      : []),
  ];
}
