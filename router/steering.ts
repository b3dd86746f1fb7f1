import { join } from "node:path";
import type { ControllerConfig } from "./controller-config.ts";
import { formsOf, type HealthForms } from "./health-request.ts";
import { otherSlot, slots, type Ledger } from "./ledger.ts";
import { backend, healthQuestion, serverName, shares } from "./traffic.ts";

/** Cookie of the users of a running rollout. */
export const rolloutCookie = "slipway-rollout";
/** What the map holds while nobody is steered. */
export const unsteered = "off";

/** The map through which the controller tells a running proxy what may change without a reload. */
export const mapPath = (runFolder: string): string => join(runFolder, "rollout.map");
/** What to steer by; one key, so that a change is one instant. */
export const mapKey = "now";

/** The map's values by key: how the health of each slot is asked for, by the beginning of its servers' names, and what to steer by. */
export function mapOf(config: ControllerConfig, ledger: Ledger): ReadonlyMap<string, string> {
  const { host, headers } = healthForms(config, ledger);
  const asked = [...(host ? ["host"] : []), ...headers];
  const questions = slots.flatMap((slot) => {
    const { path, headers } = healthQuestion(config, ledger.slots[slot].release);
    const values = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const said = asked.flatMap((name) =>
      values.has(name) ? [[`${name}~${slot}-`, values.get(name) ?? ""] as const] : [],
    );
    return [[`${slot}-`, path] as const, ...said];
  });
  const { live, slots: held } = ledger;
  const words = maintenanceWords(ledger, healthQuestion(config, live && held[live].release).path);
  return new Map([...questions, ...words, [mapKey, steeringOf(ledger)]]);
}

/** What the proxy is told in its map: closed to all but those with this pass, and the path of the health that is never closed. */
const maintenanceWords = ({ maintenance }: Ledger, healthPath: string): [string, string][] => [
  ["closed", maintenance === undefined ? "off" : (maintenance.pass ?? "on")],
  ["well", healthPath.replace(/\?.*$/, "")],
];

/** The line by which the proxy asks a server for its health: one for all, which looks up what the server's release wants. */
export function healthCheckRule(service: string, { host, headers, text }: HealthForms, runFolder: string): string {
  const map = mapPath(runFolder);
  const header = (name: string) => `%[srv_name,regsub(^,${name}~),map_beg(${map})]`;
  const named = host ? `%[srv_name,regsub(^,host~),map_beg(${map},${service})]` : service;
  const further = headers.map((name) => ` hdr ${name} ${header(name)}`).join("");
  // It can't look into a packed answer.
  const plain = text === null ? "" : " hdr Accept-Encoding identity";
  return `http-check send meth GET uri-lf %[srv_name,map_beg(${map},/)] ver HTTP/1.1 hdr Host ${named}${further}${plain}`;
}

/** What the proxy's checks have to be able to ask. */
export const healthForms = ({ health }: ControllerConfig, { slots: held, running }: Ledger): HealthForms => {
  const releases = [held.blue.release, held.green.release, running?.release].filter((release) => release != null);
  return formsOf([health.request, ...releases.map((release) => release.health)]);
};

/**
 * What users are steered by, by the ledger alone: `number:new:old:percent:replicas of new:replicas of old`, while both slots have a share. The
 * replicas are those that have traffic, each slot's first ones.
 */
export function steeringOf(ledger: Ledger): string {
  const { live, running } = ledger;
  if (!live || running?.phase !== "move" || running.percent === 0 || running.percent === 100) return unsteered;
  const { rollout, slot, percent } = running;
  const share = shares(ledger);
  return [rollout, slot, live, percent, share[slot].serving, share[live].serving].join(":");
}

/**
 * Rules for the frontend.
 *
 * Sticky users: whoever keeps cookies gets a number from 0 to 99 with the first answer in a rollout, below the share if the new slot
 * gave it and above if the old one did, and goes to the new slot if and only if the share is above that number. The share only rises,
 * so nobody flips back; it holds for users as for requests; and a cookie of another rollout means nothing. Nor does one that the proxy has
 * not signed: else whoever wants a release to fail sends all to it. Whoever keeps no cookies is spread by weight.
 *
 * Preview: a header or cookie, if the configuration names one, reaches either slot as soon as that is admitted, at 0 % too, for whoever
 * knows the secret: `<slot>.<secret>`.
 *
 * @param keys.cookieKey signs cookies, base64
 * @param keys.previewHash SHA-256 of the testers' secret, hex; null while there is none, and nobody gets in
 */
export function steeringRules(
  { sticky, preview, maxReplicas }: ControllerConfig,
  runFolder: string,
  { cookieKey, previewHash }: { readonly cookieKey: string; readonly previewHash: string | null },
): string {
  const chosen = preview && previewHash !== null ? previewRules(preview, previewHash, maxReplicas) : [];
  return [...chosen, ...(sticky ? stickyRules(mapPath(runFolder), cookieKey) : [])]
    .map((rule) => `  ${rule}\n`)
    .join("");
}

/** Rules for the backend; a server that is down is passed over, and the weights decide. */
export function choiceRules({ sticky, preview, maxReplicas }: ControllerConfig): string {
  const wanted = slots.flatMap((slot) =>
    names(slot, maxReplicas).map((name) => `use-server ${name} if { var(txn.wanted) -m str ${slot} }`),
  );
  const pinned = "use-server %[var(txn.pin)] if { var(txn.pin) -m found }";
  return [...(preview ? wanted : []), ...(sticky ? [pinned] : [])].map((rule) => `  ${rule}\n`).join("");
}

const names = (slot: (typeof slots)[number], maxReplicas: number): string[] =>
  Array.from({ length: maxReplicas }, (_, index) => serverName(slot, index + 1));

function previewRules(
  { header, cookie }: NonNullable<ControllerConfig["preview"]>,
  hash: string,
  maxReplicas: number,
): string[] {
  const take = (source: string) =>
    `http-request set-var(txn.wanted) ${source},field(1,.) if !{ var(txn.wanted) -m found } { ${source},field(1,.) -m str ${slots.join(" ")} } { ${source},field(2,.,0),sha2(256),hex -m str -i ${hash} }`;
  const refuse = slots.map((slot) => {
    const allDown = names(slot, maxReplicas).map((name) => `!{ srv_is_up(${backend}/${name}) }`);
    return `http-request return status 503 content-type text/plain string "slot ${slot}: nothing that may be reached is in it, only slot ${otherSlot(slot)} may answer" if { var(txn.wanted) -m str ${slot} } ${allDown.join(" ")}`;
  });
  return [...(header ? [take(`req.hdr(${header})`)] : []), ...(cookie ? [take(`req.cook(${cookie})`)] : []), ...refuse];
}

function stickyRules(map: string, key: string): string[] {
  const given = (index: number) => `var(txn.given),word(${index},-)`;
  const seal = `var(txn.claim),hmac(sha256,${key}),bytes(0,16),hex`;
  const part = (index: number) => `var(txn.rollout),word(${index},:)`;
  const isNew = "{ var(txn.bucket),sub(txn.percent) lt 0 }";
  const byNew = "{ srv_name,word(1,-),strcmp(txn.new) eq 0 }";
  const first = "if is_rollout !has_bucket !has_wish";
  return [
    `http-request set-var(txn.rollout) str(${mapKey}),map(${map})`,
    "acl is_rollout var(txn.rollout) -m sub :",
    "acl has_bucket var(txn.bucket) -m found",
    "acl has_wish var(txn.wanted) -m found",
    `http-request set-var(txn.number) ${part(1)} if is_rollout`,
    `http-request set-var(txn.percent) ${part(4)},add(0) if is_rollout`,
    `http-request set-var(txn.given) req.cook(${rolloutCookie}) if is_rollout`,
    `http-request set-var-fmt(txn.claim) %[var(txn.number)]-%[${given(2)}] if { var(txn.given) -m found }`,
    `http-request set-var(txn.seal) ${seal} if { var(txn.claim) -m found }`,
    `http-request set-var(txn.bucket) ${given(2)},add(0) if { ${given(3)},secure_memcmp(txn.seal) }`,
    `http-request set-var(txn.side) ${part(3)} if has_bucket`,
    `http-request set-var(txn.of) ${part(6)},add(0) if has_bucket`,
    `http-request set-var(txn.side) ${part(2)} if has_bucket ${isNew}`,
    `http-request set-var(txn.of) ${part(5)},add(0) if has_bucket ${isNew}`,
    "http-request set-var(txn.replica) var(txn.bucket),mod(txn.of),add(1) if has_bucket",
    "http-request set-var-fmt(txn.pin) %[var(txn.side)]-%[var(txn.replica)] if has_bucket",
    `http-response set-var(txn.new) ${part(2)} ${first}`,
    `http-response set-var(txn.rest) int(100),sub(txn.percent) ${first}`,
    `http-response set-var(txn.fresh) rand(1000000),mod(txn.percent) ${first} ${byNew}`,
    `http-response set-var(txn.fresh) rand(1000000),mod(txn.rest),add(txn.percent) ${first} !${byNew}`,
    `http-response set-var-fmt(txn.claim) %[var(txn.number)]-%[var(txn.fresh)] if { var(txn.fresh) -m found }`,
    `http-response set-var(txn.seal) ${seal} if { var(txn.fresh) -m found }`,
    // An answer that others may keep must not carry one user's number.
    `http-response add-header Set-Cookie "${rolloutCookie}=%[var(txn.claim)]-%[var(txn.seal)]; Path=/; HttpOnly; SameSite=Lax" if { var(txn.fresh) -m found } !{ res.hdr(cache-control) -m sub public }`,
  ];
}
