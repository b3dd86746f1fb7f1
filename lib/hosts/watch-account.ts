import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** What says which further hosts the first one asks through a tunnel. */
export interface TunnelledStack {
  readonly hosts: Readonly<Record<string, unknown>>;
  readonly monitoring?:
    | {
        readonly kind: string;
        readonly grafana?: boolean;
        readonly targets?: Readonly<Record<string, { readonly controller?: string | undefined }>>;
      }
    | undefined;
}

/** Further hosts whose figures the first one gets through Slipway's own tunnel: those for which the settings name no other way. */
export const tunnelledHosts = ({ hosts, monitoring }: TunnelledStack): string[] =>
  monitoring?.kind === "host"
    ? Object.keys(hosts).filter((name) => monitoring.targets?.[name]?.controller === undefined)
    : [];

/**
 * The user on a further host by whom one stack's first host asks for figures. A user's name has 32 letters at most, which many a
 * stack's has not.
 */
export const watchAccount = (prefix: string): string =>
  `slipway-watch-${createHash("sha256").update(prefix).digest("hex").slice(0, 8)}`;

const read = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

/** Shell functions that say what such a user is at the moment. ACCOUNT: its name. */
export const accountFunctions = read("watch-account-functions.sh");
/** Shell text, for root: makes the user, or makes it again what it was. Safe to repeat. */
export const openAccount = `${accountFunctions}${read("watch-account.sh")}`;
/** Shell text, for root: the user, its key and what goes on by it end. Safe to repeat. */
export const closeAccount = `${accountFunctions}end_account\n`;
