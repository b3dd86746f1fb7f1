import { createHash } from "node:crypto";
import type { ControllerConfig } from "./controller-config.ts";
import { mapPath } from "./steering.ts";
import { fromBalancer, isChallenge } from "./tls.ts";

/** The file with what a client's header hashes to, as the proxy writes such: 64 upper-case hex digits. */
export const accessHashFile = "access-hash";
export const accessHash = /^[0-9A-F]{64}$/;

/** What is kept of a user and a password. */
export const hashOfLogin = (user: string, password: string): string =>
  createHash("sha256")
    .update(`Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`)
    .digest("hex")
    .toUpperCase();

/**
 * Rules for the frontend, behind the redirect to HTTPS, so that no password is asked for in plain. The login goes no further than here.
 *
 * What must never happen here: the controller's own way in, the proxy's checks, or a certificate authority's challenges are held up; or somebody
 * is let in because a file is missing.
 *
 * @param now.accessHash what is in the file; null: there is none, and no password is right
 */
export function accessRules(
  { access, tls, loadBalancer }: Pick<ControllerConfig, "access" | "tls" | "loadBalancer">,
  runFolder: string,
  now: { readonly accessHash: string | null; readonly isCertified: boolean },
): string {
  if (access === null) return "";
  // Until there is a certificate all is in plain.
  const isAsked = access.password !== null && (tls === null || now.isCertified);
  const hash = isAsked ? now.accessHash : null;
  const except = tls?.challenge ? ` !${isChallenge}` : "";
  return [
    ...access.addresses.map((address) => `acl let_in src ${address}`),
    ...(hash === null ? [] : [`acl has_login req.hdr(authorization),sha2(256),hex -m str ${hash}`]),
    // Who asks for the health alone, with no client behind.
    ...(loadBalancer === null
      ? []
      : [
          `http-request set-var(txn.health) str(well),map(${mapPath(runFolder)}) if ${fromBalancer}`,
          "acl let_in path,strcmp(txn.health) eq 0",
        ]),
    ...(hash === null ? [] : ["http-request set-var(txn.login) bool(true) if has_login"]),
    ...(access.addresses.length > 0 || loadBalancer !== null
      ? ["http-request set-var(txn.in) bool(true) if let_in"]
      : []),
    "http-request set-var(txn.in) bool(true) if { var(txn.login) -m bool }",
    ...(!isAsked
      ? [
          `http-request return status 403 content-type text/plain string "this service is for few" if !{ var(txn.in) -m bool }${except}`,
        ]
      : [
          `http-request return status 401 content-type text/plain string "this service is for few" hdr WWW-Authenticate 'Basic realm="slipway", charset="UTF-8"' if !{ var(txn.in) -m bool }${except}`,
        ]),
    "http-request del-header Authorization if { var(txn.login) -m bool }",
  ]
    .map((rule) => `  ${rule}\n`)
    .join("");
}
