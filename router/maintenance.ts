import type { ControllerConfig } from "./controller-config.ts";
import { describeHand, type Hand, type Ledger, type Maintenance } from "./ledger.ts";
import { mapPath } from "./steering.ts";
import { isChallenge } from "./tls.ts";

/**
 * A person closes the service: everybody gets 503 with Retry-After at the proxy, but testers and whoever asks for its health. Opening and
 * closing is one word in the map that a running proxy is told, so neither reloads it.
 *
 * What must never happen here: the controller's own way in, or the proxy's checks, are closed: releases go out behind it.
 */

/** How soon whoever got 503 may ask again, in seconds. */
const retryAfterSeconds = 60;
/** Header and cookie with which a tester passes. */
export const passHeader = "x-slipway-pass";
export const passCookie = "slipway-pass";

/** Largest page: the proxy sends it out of one buffer, beside the head. */
export const maxPageBytes = 12 * 1024;

/** SHA-256 of what testers pass with, as the proxy writes such: 64 upper-case hex digits. */
export const passHash = /^[0-9A-F]{64}$/;

/** Closes it, or changes who passes. */
export const close = (ledger: Ledger, hand: Hand, pass: string | null): Ledger => ({
  ...ledger,
  maintenance: { ...hand, pass },
});

/** Safe to repeat. */
export function open(ledger: Ledger): Ledger {
  const { maintenance, ...rest } = ledger;
  return maintenance === undefined ? ledger : rest;
}

/** `by ada@laptop at 2026-…: moves the database; users get 503`. */
export const describeMaintenance = (maintenance: Maintenance): string =>
  `for maintenance ${describeHand(maintenance)}; users get 503, ${maintenance.pass === null ? "testers by slipway:preview alone pass" : `whoever has ${passHeader} passes`}`;

/**
 * Rules for the frontend, behind redirects and the choice of a slot.
 *
 * @param page path of the page and a fingerprint of its content; null: words alone
 */
export function maintenanceRules(
  { tls }: Pick<ControllerConfig, "tls">,
  runFolder: string,
  page: { readonly path: string; readonly hash: string } | null,
): string {
  const map = mapPath(runFolder);
  const passes = (source: string) => `acl may_pass ${source},sha2(256),hex,secure_memcmp(txn.closed)`;
  const challenge = tls?.challenge ? ` !${isChallenge}` : "";
  const body =
    page === null
      ? 'content-type text/plain string "closed for maintenance: please come back in a few minutes"'
      : `content-type "text/html; charset=utf-8" file "${page.path}"`;
  return [
    `http-request set-var(txn.closed) str(closed),map(${map},off)`,
    "acl may_pass var(txn.wanted) -m found",
    passes(`req.hdr(${passHeader})`),
    passes(`req.cook(${passCookie})`),
    `http-request set-var(txn.well) str(well),map(${map}) if !{ var(txn.closed) -m str off }`,
    "acl may_pass path,strcmp(txn.well) eq 0",
    ...(page === null ? [] : [`# page ${page.hash}`]),
    `http-request return status 503 ${body} hdr Retry-After ${String(retryAfterSeconds)} hdr Cache-Control no-store if !{ var(txn.closed) -m str off } !may_pass${challenge}`,
    `http-request del-header ${passHeader}`,
  ]
    .map((rule) => `  ${rule}\n`)
    .join("");
}
