import { z } from "zod";
import { actionsApp, requiredChecks } from "../../workflows/ci.ts";
import type { Exported } from "../exported.ts";
import { askBranches } from "../kinds/branch.ts";
import { permanentBranches } from "../kinds/defaults.ts";
import type { Guards } from "../kinds/index.ts";
import type { Reader } from "../read/reader.ts";
import type { RepositoryWithinPlan } from "./limits.ts";

/** Required checks by branch that nothing reports yet. Required now, each of them would hold up every pull request that is open. */
export type Unreported = Readonly<Record<string, readonly string[]>>;

/** Pull requests that are looked at: those that were touched last. */
const looksAt = 10;

/** Every check of every branch. */
export const everyCheck = (): Unreported =>
  Object.fromEntries(permanentBranches.map((branch) => [branch, requiredChecks()]));

const rules = z.object({ unreported: z.record(z.string(), z.array(z.string())) });
const outputs = z.object({ rules: rules.partial().extend({ repositories: z.record(z.string(), rules).optional() }) });

/**
 * Checks that the last update left out; all of them where there was none. Pure.
 *
 * @param state JSON text of `pulumi stack export`
 * @param listed name of the repository in `slipway:repositories`. @default the stack's own
 */
export function lastUnreported(state: string, listed?: string): Unreported {
  const { deployment } = JSON.parse(state) as Exported;
  const stack = deployment.resources?.find(({ type }) => type === "pulumi:pulumi:Stack");
  if (stack?.outputs?.rules === undefined) return everyCheck();
  const last = outputs.safeParse(stack.outputs).data?.rules;
  if (listed === undefined) return last?.unreported ?? {};
  return last?.repositories?.[listed]?.unreported ?? everyCheck();
}

/** Those of them that neither GitHub nor the last update requires. Pure. */
export function withoutRequired(checks: Unreported, ...required: readonly Guards[]): Unreported {
  const left = Object.entries(checks).map(([branch, names]) => {
    const isRequired = (name: string) => required.some((guards) => guards[branch]?.[`checks.${name}`] !== undefined);
    return [branch, names.filter((name) => !isRequired(name))] as const;
  });
  return Object.fromEntries(left.filter(([, names]) => names.length > 0));
}

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
  const reported = await askReported(reader);
  if (reported === undefined) return {};
  const left = Object.entries(checks).map(([branch, names]) => {
    return [branch, names.filter((name) => !reported.has(name))] as const;
  });
  return Object.fromEntries(left.filter(([, names]) => names.length > 0));
}

/** Names of checks that GitHub Actions has reported lately; undefined where GitHub does not tell this token. */
async function askReported(reader: Reader): Promise<Set<string> | undefined> {
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
  const refs = [...new Set([...heads, ...(pulls.is === "there" ? pulls.value : [])])];
  const runs = await Promise.all(refs.map((ref) => askRuns(reader, ref)));
  return runs.some(({ is }) => is === "hidden")
    ? undefined
    : new Set(runs.flatMap((each) => (each.is === "there" ? each.value : [])));
}

const askRuns = (reader: Reader, ref: string) =>
  reader.ask(`check runs of ${ref}`, async ({ paginate, rest }, at) => {
    const runs = await paginate(rest.checks.listForRef, { ...at, ref, app_id: actionsApp, per_page: 100 });
    return runs.map(({ name }) => name);
  });

/** For people, one sentence a branch without a full stop. */
export const unreportedWords = (unreported: Unreported): string[] =>
  Object.entries(unreported).map(([branch, names]) => {
    return `${branch} does not require ${names.join(", ")} yet, because nothing has reported it. The first \`pulumi up\` after a run has requires it`;
  });
