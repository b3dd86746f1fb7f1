import { readFileSync } from "node:fs";
import { maxReplicas, type HostNames, type Slot } from "../hosts/naming.ts";
import type { Release } from "./release.ts";

const textOf = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");
const remove = textOf("remove-containers.sh");
const script = `${remove}${textOf("step-aside.sh")}`;

/** Shell text that makes room in slots for new containers. POSIX; it is described in the file. */
export const stepAside = `sh -uc "$ASIDE" < /dev/null`;

/**
 * Variables of {@link stepAside}.
 *
 * @param slots which are cleared
 * @param release what they get
 * @param drainSeconds longest that a request or a stream of theirs may go on
 */
export const stepAsideVariables = (
  names: HostNames,
  slots: readonly Slot[],
  { row }: Pick<Release, "row">,
  drainSeconds: number,
): Readonly<Record<string, string>> => ({
  ASIDE: script,
  PREFIX: names.prefix,
  SLOTS: slots.join(" "),
  TAKES: slots
    .flatMap((slot) => Array.from({ length: maxReplicas }, (_, index) => names.replicaAddress(slot, index + 1, row)))
    .join(" "),
  DRAIN: String(drainSeconds),
});

/** A container that stepped aside: what it was called, and when its time is over. */
export interface Aside {
  readonly name: string;
  /** ISO 8601, to the second. */
  readonly until: string;
}

/** Those of a stack's containers that stepped aside. */
export const asideAmong = (containers: Iterable<string>): Aside[] =>
  [...containers].flatMap((name) => {
    const [, was, seconds] = /^(.+)-draining-(\d+)$/.exec(name) ?? [];
    if (was === undefined) return [];
    return [{ name: was, until: new Date(Number(seconds) * 1000).toISOString().replace(".000", "") }];
  });

/** Shell text that removes every container of a slot, those that stepped aside and those of roles too. */
export const removeSlot = (names: HostNames, slot: Slot): string => `${remove}
remove $(docker ps --all --quiet --filter "label=slipway.slot=${slot}" --filter "name=^/${names.prefix}-${slot}-[0-9]") \
  $(docker ps --all --quiet --filter "label=slipway.slot=${slot}" --filter "network=${names.prefix}" --filter label=slipway.role)
`;
