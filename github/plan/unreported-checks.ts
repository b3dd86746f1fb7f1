import { z } from "zod";
import type { RequiredCheck } from "../../workflows/ci.ts";
import type { Exported } from "../exported.ts";
import { askBranches } from "../kinds/branch.ts";
import { checksOf } from "../kinds/branch-rules.ts";
import { branchesOf, permanentBranches, type BranchModel } from "../kinds/defaults.ts";
import { reporter } from "../kinds/directions.ts";
import type { Guards } from "../kinds/index.ts";
import type { SecretNames } from "../kinds/secret.ts";
import type { Reader } from "../read/reader.ts";
import type { RepositorySettings } from "../schema.ts";
import type { Sections } from "../sections.ts";
import type { RepositoryWithinPlan } from "./limits.ts";

/** Required checks by branch that nothing reports yet. Required now, each of them would hold up every pull request that is open. */
export type Unreported = Readonly<Record<string, readonly string[]>>;

/** What has to wait, and by branch the older checks that are required until then. */
export interface WaitingChecks {
  readonly unreported: Unreported;
  readonly kept: Readonly<Record<string, readonly RequiredCheck[]>>;
}

type Checks = Pick<RepositorySettings, "requiredChecks"> & BranchModel;

/** Pull requests that are looked at: those that were touched last. */
const looksAt = 10;

/** Every check of every branch. */
export const everyCheck = (repository: Checks): Unreported =>
  Object.fromEntries(
    branchesOf(repository).map((branch) => [branch, checksOf(repository).map(({ context }) => context)]),
  );

const check = z.object({ context: z.string(), app: z.number().exactOptional() });
const rules = z.object({
  unreported: z.record(z.string(), z.array(z.string())),
  kept: z.record(z.string(), z.array(check)).default({}),
});
const outputs = z.object({
  rules: rules.partial().extend({ repositories: z.record(z.string(), rules).optional() }),
});

/**
 * What the last update left out and kept; all of it waits where there was none. Pure.
 *
 * @param state JSON text of `pulumi stack export`
 * @param listed name of the repository in `slipway:repositories`. @default the stack's own
 */
export function lastWaiting(state: string, repository: Checks = {}, listed?: string): WaitingChecks {
  const { deployment } = JSON.parse(state) as Exported;
  const stack = deployment.resources?.find(({ type }) => type === "pulumi:pulumi:Stack");
  const nothing = { unreported: everyCheck(repository), kept: {} };
  if (stack?.outputs?.rules === undefined) return nothing;
  const last = outputs.safeParse(stack.outputs).data?.rules;
  if (listed !== undefined) return last?.repositories?.[listed] ?? nothing;
  return { unreported: last?.unreported ?? {}, kept: last?.kept ?? {} };
}

/** Those of them that neither GitHub nor the last update requires of the same app. Pure. */
export function withoutRequired(checks: Unreported, repository: Checks, ...required: readonly Guards[]): Unreported {
  const apps = new Map(checksOf(repository).map(({ context, app }) => [context, reporter(app)]));
  return someOf(checks, (name, branch) =>
    required.every((guards) => guards[branch]?.[`checks.${name}`] !== apps.get(name)),
  );
}

/** @param isIn whether a name stays; branches without any go */
function someOf(checks: Unreported, isIn: (name: string, branch: string) => boolean): Unreported {
  const left = Object.entries(checks).map(([branch, names]) => {
    return [branch, names.filter((name) => isIn(name, branch))] as const;
  });
  return Object.fromEntries(left.filter(([, names]) => names.length > 0));
}

/**
 * Checks that are required today and are no longer declared, while one that is declared waits for its first report: without them a branch would be
 * open until then. Pure.
 *
 * @param required what the last update required, and what GitHub does
 * @param dropped weakenings that somebody approved
 */
export function keptChecks(
  unreported: Unreported,
  repository: Checks,
  required: readonly Guards[],
  dropped: readonly string[] = [],
): WaitingChecks["kept"] {
  const kept = Object.entries(unreported).map(([branch, waiting]) => {
    const now = checksOf(repository).filter(({ context }) => !waiting.includes(context));
    const [prefix, taken] = ["checks.", new Set(now.map(({ context }) => context))];
    const checks = required.flatMap((guards) =>
      Object.entries(guards[branch] ?? {}).flatMap(([rule, by]): RequiredCheck[] => {
        const context = rule.slice(prefix.length);
        if (!rule.startsWith(prefix) || taken.has(context) || dropped.includes(`${branch}.${rule}`)) return [];
        taken.add(context);
        const [, app] = /^app (\d+)$/.exec(String(by)) ?? [];
        return [app === undefined ? { context } : { context, app: Number(app) }];
      }),
    );
    return [branch, checks] as const;
  });
  return Object.fromEntries(kept.filter(([, checks]) => checks.length > 0));
}

/** How the last update's {@link WaitingChecks.kept} counts as required. Pure. */
export const keptGuards = ({ kept }: WaitingChecks): Guards =>
  Object.fromEntries(
    Object.entries(kept).map(([branch, checks]) => [
      branch,
      Object.fromEntries(checks.map(({ context, app }) => [`checks.${context}`, reporter(app)])),
    ]),
  );

/**
 * Which of those checks nothing has reported, on main, on develop or on a pull request. A repository that is still to be made requires all of
 * them from its first day: nobody waits there. What this token may not see counts as reported, and so does what is not there.
 *
 * @throws CouldNotAsk
 */
export async function askUnreported(
  reader: Reader,
  repository: RepositoryWithinPlan | undefined,
  checks: Unreported,
): Promise<Unreported> {
  if (repository?.isProtected !== true || Object.keys(checks).length === 0) return {};
  const refs = await askRefs(reader);
  if (refs === undefined) return {};
  const reported = await askRuns(reader, refs);
  if (reported === undefined) return {};
  const open = checksOf(repository).filter(({ context, app }) => {
    return !reported.has(reportOf(context, app)) && Object.values(checks).some((names) => names.includes(context));
  });
  if (open.length === 0) return {};
  const statuses = await askStatuses(reader, refs, open);
  if (statuses === undefined) return {};
  const silent = open.filter(({ context, app }) => !statuses.has(reportOf(context, app)));
  return someOf(checks, (name) => silent.some(({ context }) => context === name));
}

const reportOf = (context: string, app: number | undefined) => `${app ?? ""}\0${context}`;

/** Where reports are looked for; undefined where GitHub does not tell this token. */
async function askRefs(reader: Reader): Promise<readonly string[] | undefined> {
  const [branches, pulls] = await Promise.all([
    askBranches(reader),
    reader.ask("pull requests", async ({ rest }, at) => {
      const { data } = await rest.pulls.list({
        ...at,
        state: "all",
        sort: "updated",
        direction: "desc",
        per_page: looksAt,
      });
      return data.map(({ head }) => head.sha);
    }),
  ]);
  if (branches.is === "hidden" || pulls.is === "hidden") return undefined;
  const heads = branches.is === "there" ? permanentBranches.filter((branch) => branches.value.includes(branch)) : [];
  return [...new Set([...heads, ...(pulls.is === "there" ? pulls.value : [])])];
}

/** Checks that apps have reported as check runs. */
const askRuns = (reader: Reader, refs: readonly string[]) =>
  askEach(refs, (ref) =>
    reader.ask(`check runs of ${ref}`, async ({ paginate, rest }, at) => {
      const runs = await paginate(rest.checks.listForRef, { ...at, ref, per_page: 100 });
      return runs.map(({ name, app }) => reportOf(name, app?.id));
    }),
  );

/** Of some checks, those that apps have reported as commit statuses, where GitHub names the app's bot only. */
async function askStatuses(reader: Reader, refs: readonly string[], checks: readonly RequiredCheck[]) {
  const told = await askEach(refs, (ref) =>
    reader.ask(`statuses of ${ref}`, async ({ paginate, rest }, at) => {
      const statuses = await paginate(rest.repos.listCommitStatusesForRef, { ...at, ref, per_page: 100 });
      return statuses.flatMap(({ context, creator }) => {
        const [, slug] = /^(.+)\[bot\]$/.exec(creator?.login ?? "") ?? [];
        return slug !== undefined && checks.some((each) => each.context === context) ? [`${slug}\0${context}`] : [];
      });
    }),
  );
  if (told === undefined) return undefined;
  const reports = [...told].map((report) => report.split("\0") as [slug: string, context: string]);
  return askEach(reports, ([slug, context]) =>
    reader.ask(`the app ${slug} and ${context}`, async ({ rest }) => {
      const { data } = await rest.apps.getBySlug({ app_slug: slug });
      return [reportOf(context, data?.id)];
    }),
  );
}

/** Everything that several answers tell; undefined where one of them is hidden. */
async function askEach<T>(
  all: readonly T[],
  ask: (one: T) => ReturnType<typeof Reader.prototype.ask<string[]>>,
): Promise<Set<string> | undefined> {
  const answers = await Promise.all(all.map(ask));
  if (answers.some(({ is }) => is === "hidden")) return undefined;
  return new Set(answers.flatMap((each) => (each.is === "there" ? each.value : [])));
}

/**
 * Names of the secrets that there should be. A repository whose gate has never reported has no workflow of Slipway's yet, or never will: it reads
 * none of theirs. Pure.
 */
export function expectedSecrets(
  { all, others }: Pick<NonNullable<Sections["secrets"]>, "all" | "others">,
  repository: RepositoryWithinPlan | undefined,
): SecretNames {
  if (repository === undefined || repository.requiredChecks !== undefined) return all;
  const isSilent = Object.entries(everyCheck(repository)).every(([branch, checks]) =>
    checks.every((check) => repository.unreported[branch]?.includes(check)),
  );
  return isSilent ? others : all;
}

/** For people, one sentence a branch without a full stop. */
export const unreportedWords = ({ unreported, kept }: WaitingChecks): string[] =>
  Object.entries(unreported).map(([branch, names]) => {
    const older = kept[branch]?.map(({ context }) => context) ?? [];
    const until = older.length === 0 ? "" : `. Until then it requires ${older.join(", ")}, as before`;
    return `${branch} does not require ${names.join(", ")} yet, because nothing has reported it. The first \`pulumi up\` after a run has requires it${until}`;
  });
