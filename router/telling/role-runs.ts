import { Field, InvalidInput } from "../field.ts";
import type { Release } from "../ledger.ts";
import { roleName } from "../roles.ts";
import type { BookForm } from "./book.ts";

/** One run of a role by the clock. Times are ISO 8601. */
export interface RoleRun {
  readonly startedAt: string;
  readonly endedAt: string;
  /** Why it did not end well; null: it did. */
  readonly problem: string | null;
}

/** What became of a role's runs. */
export interface RoleRuns {
  /** The last one that is over. @default there was none */
  readonly last?: RoleRun;
  /** When the last one that ended well did. @default none has */
  readonly wellAt?: string;
  /** When the one began that still goes on. @default none does */
  readonly runningSince?: string;
  /** When one was due last while the one before went on, and so was none. @default never */
  readonly skippedAt?: string;
}

/** What is known of runs by the clock. */
export interface KnownRuns {
  /** When the host's clock last told of them. @default never */
  readonly toldAt?: string;
  readonly roles: Readonly<Record<string, RoleRuns>>;
}

/** One thing that the host's clock tells. */
export type RunReport =
  | { readonly is: "running"; readonly role: string; readonly startedAt: string }
  | { readonly is: "ended"; readonly role: string; readonly run: RoleRun }
  | { readonly is: "skipped"; readonly role: string; readonly at: string };

const states = "created|running|paused|restarting|removing|exited|dead";
const ran = new RegExp(`^ran (\\S+) (\\d{1,6}) (${states}) (\\d{1,3}) (true|false) (\\S+) (\\S+)$`);
const event = /^(skipped|refused) (\S+) (\S+)(?: (.*))?$/;
/** Docker's time of what has not happened. */
const never = "0001-";

/** Reads what the host's clock tells, a line each. @throws InvalidInput */
export function parseRunReports(text: string): RunReport[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.flatMap((line): RunReport[] => {
    const [, role = "", limit, state = "", code = "", isOutOfMemory, from = "", to = ""] = ran.exec(line) ?? [];
    if (role === "") return [readEvent(line)];
    check(roleName.test(role) && isTime(from) && isTime(to), line);
    if (from.startsWith(never)) return [];
    const startedAt = iso(from);
    if (["running", "paused", "restarting"].includes(state)) return [{ is: "running", role, startedAt }];
    const took = Date.parse(to) - Date.parse(from);
    // Started a moment ago, and its end is still that of the run before.
    if (took < 0) return [];
    const problem =
      took >= Number(limit) * 1_000
        ? `no end within ${limit ?? ""} s (timeoutSeconds)`
        : code === "0"
          ? null
          : `exit code ${code}${isOutOfMemory === "true" ? ", because it took more than its memoryMb" : ""}`;
    return [{ is: "ended", role, run: { startedAt, endedAt: iso(to), problem } }];
  });
}

function readEvent(line: string): RunReport {
  const [, is = "", role = "", at = "", why = ""] = event.exec(line) ?? [];
  check(roleName.test(role) && isTime(at), line);
  if (is === "skipped") return { is, role, at: iso(at) };
  const problem = `can't be started: ${why.replaceAll(/\p{Cc}+/gu, " ").slice(0, 200)}`;
  return { is: "ended", role, run: { startedAt: iso(at), endedAt: iso(at), problem } };
}

const isTime = (text: string) => !Number.isNaN(Date.parse(text));
const iso = (text: string) => new Date(text).toISOString();
function check(isRight: boolean, line: string): void {
  if (!isRight) throw new InvalidInput(`stdin: got ${JSON.stringify(line)}; allowed ran, skipped or refused`);
}

/** What is known then. What was told before may be told again. */
function afterReports(before: KnownRuns, reports: readonly RunReport[], at: string): KnownRuns {
  const roles: Record<string, RoleRuns> = {};
  // A role that nobody tells of any more has left the stack.
  for (const role of new Set(reports.map((report) => report.role))) {
    const own = reports.filter((report) => report.role === role);
    const { last, wellAt, skippedAt } = before.roles[role] ?? {};
    const ended = own.flatMap((report) => (report.is === "ended" ? [report.run] : []));
    const latest = newest([...(last ? [last] : []), ...ended], ({ endedAt }) => endedAt);
    const well = ended.flatMap(({ endedAt, problem }) => (problem === null ? [endedAt] : []));
    const isWell = newest([...(wellAt ? [wellAt] : []), ...well], (each) => each);
    const running = own.flatMap((report) => (report.is === "running" ? [report.startedAt] : []));
    const skips = own.flatMap((report) => (report.is === "skipped" ? [report.at] : []));
    const skipped = newest([...(skippedAt ? [skippedAt] : []), ...skips], (each) => each);
    roles[role] = {
      ...(latest ? { last: latest } : {}),
      ...(isWell ? { wellAt: isWell } : {}),
      ...(running[0] ? { runningSince: running[0] } : {}),
      ...(skipped ? { skippedAt: skipped } : {}),
    };
  }
  return { toldAt: at, roles };
}

const newest = <T>(all: readonly T[], at: (each: T) => string): T | undefined =>
  all.toSorted((a, b) => (at(a) < at(b) ? -1 : 1)).at(-1);

/** @throws InvalidInput */
function parse(text: string): KnownRuns {
  const root = Field.parse("role-runs.json", text);
  const optional = <T>(key: string, value: T | null) => (value === null ? {} : { [key]: value });
  const time = (field: Field) => field.text();
  const roles = root.get("roles").list((each): [string, RoleRuns] => [
    each.get("role").text(roleName),
    {
      ...optional(
        "last",
        each.get("last").optional((last) => ({
          startedAt: last.get("startedAt").text(),
          endedAt: last.get("endedAt").text(),
          problem: last.get("problem").nullable((problem) => problem.text()),
        })),
      ),
      ...optional("wellAt", each.get("wellAt").optional(time)),
      ...optional("runningSince", each.get("runningSince").optional(time)),
      ...optional("skippedAt", each.get("skippedAt").optional(time)),
    },
  ]);
  return { ...optional("toldAt", root.get("toldAt").optional(time)), roles: Object.fromEntries(roles) };
}

const textOf = ({ toldAt, roles }: KnownRuns): string =>
  JSON.stringify({ toldAt, roles: Object.entries(roles).map(([role, runs]) => ({ role, ...runs })) });

/** What the host's clock told of runs. */
export const runBook: BookForm<KnownRuns, readonly RunReport[]> = {
  file: "role-runs.json",
  about: "roles: what was known of their runs",
  none: { roles: {} },
  parse,
  textOf,
  after: afterReports,
};

/** The clock looks once a minute: after so long without a word it does not look any more, in ms. */
const silentAfterMs = 5 * 60_000;

/** What `status` says of roles of live that run by the clock, a line each. */
export function describeRuns(
  release: Pick<Release, "schedules"> | null,
  { toldAt, roles }: KnownRuns,
  now: number,
): string[] {
  const schedules = Object.entries(release?.schedules ?? {});
  if (schedules.length === 0) return [];
  const isSilent = toldAt !== undefined && now - Date.parse(toldAt) > silentAfterMs;
  const silence = isSilent
    ? [`the host's clock has not looked since ${toldAt}: systemctl list-timers 'slipway-roles-*'`]
    : [];
  return [...silence, ...schedules.map(([role, when]) => `${role} (${when}): ${describeRole(roles[role])}`)];
}

function describeRole({ last, runningSince, skippedAt }: RoleRuns = {}): string {
  const took = last && Math.round((Date.parse(last.endedAt) - Date.parse(last.startedAt)) / 1_000);
  const ended = last && `${last.endedAt.slice(0, 19)}Z after ${String(took)} s`;
  const parts = [
    ...(runningSince === undefined ? [] : [`runs since ${runningSince.slice(0, 19)}Z`]),
    ...(last === undefined || ended === undefined
      ? []
      : [last.problem === null ? `ended well ${ended}` : `FAILED ${ended}: ${last.problem}`]),
    // Of a run that is over and was followed by a good one, nobody needs to know.
    ...(skippedAt !== undefined && skippedAt > (last?.startedAt ?? "")
      ? [`skipped ${skippedAt.slice(0, 19)}Z, as the run before still went on`]
      : []),
  ];
  return parts.join("; ") || "has not run yet";
}
