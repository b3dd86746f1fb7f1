import * as pulumi from "@pulumi/pulumi";
import { createRequire } from "node:module";
import { formatProblem, formatProblems } from "../../lib/problem.ts";
import { resourcesInState } from "../../lib/own-state.ts";
import { sideBySide } from "../../lib/side-by-side.ts";
import { installationToken, type AppLogin } from "../app-token.ts";
import { linesOnce, prefixOf, problemsOnce } from "../listed.ts";
import type { Guards } from "../kinds/index.ts";
import { isOlderPlugin } from "../older-plugin.ts";
import { readerOf } from "../read/reader.ts";
import type { AccountSettings } from "../schema.ts";
import type { Sections } from "../sections.ts";
import type { Among } from "./approvals.ts";
import { askApprovers } from "./approvers.ts";
import { isAboutRefs, unfinishedEnvironments, type Unfinished } from "./unfinished.ts";
import { passGate } from "./gate.ts";
import { governedBy, lastRules, lostRepository, missing, noRules, type Rules } from "./last-rules.ts";
import { askRepositories, atOnce, type AskedFor, type AskedRepositories } from "./ask-repositories.ts";
import { planRepository, type PlannedRepository, type RepositoryPlan } from "./plan-repository.ts";
import { unasked } from "./within-account.ts";

const { version } = createRequire(import.meta.url)("@pulumi/github/package.json") as { version: string };

/** What GitHub is asked with. */
export interface Token {
  readonly value: string;
  /** `github:token` of the stack; the variable GITHUB_TOKEN, which commands inherit; or {@link app}, for an hour. */
  readonly from: "configuration" | "environment" | "app";
  /** @default a token of somebody's */
  readonly app?: AppLogin;
}

/** What this stack declares on GitHub, after asking what GitHub will give. */
export interface PlannedGitHub {
  readonly token: Token;
  /** The plugin is older than the npm package, as where the vendor's can't be downloaded. */
  readonly hasOlderPlugin: boolean;
  /** The stack's own first. */
  readonly repositories: readonly PlannedRepository[];
  /** How strict all of it is, and who answers for what is weaker than it was. */
  readonly rules: Rules;
}

/**
 * Asks GitHub, reading only, and finds what it would refuse before anything is written.
 *
 * A preview that can't ask goes by the configuration and says so.
 *
 * @param all repositories of the stack
 * @param appKey of `slipway:github.app`; empty where there is none
 * @throws pulumi.RunError with every problem of every repository at once, weakenings that nobody approved among them
 */
export async function planGitHub(
  github: AccountSettings,
  all: readonly Sections[],
  appKey: string,
): Promise<PlannedGitHub> {
  await refuseMoved();
  const token = findToken(github, appKey);
  const { listed: lastListed, ...own } = await lastRules();
  const now = new Date();
  const lastOf = (listed: string | undefined) => (listed === undefined ? own : (lastListed[listed] ?? noRules));
  const dropped = Object.entries(lastListed).filter(([name]) => !all.some(({ listed }) => listed === name));
  const names = [...all.flatMap(({ listed }) => listed ?? []), ...dropped.map(([name]) => name)];
  const amongOf = (listed: string | undefined): Among => ({
    prefix: prefixOf(listed),
    others: names.filter((name) => name !== listed).map(prefixOf),
  });
  const asked = await ask(github, token, all, ({ listed }) => ({
    last: lastOf(listed).guards,
    among: amongOf(listed),
  }));
  const planAll = (unfinished: (sections: Sections) => Unfinished = () => ({})) =>
    all.map((sections, index) => {
      const [last, among] = [lastOf(sections.listed), amongOf(sections.listed)];
      return planRepository(sections, asked?.repositories[index], last, among, now, unfinished(sections));
    });
  let plans = planAll();
  // The state of many repositories is large, so it is asked only where the gate would stop.
  if (plans.some(({ problems }) => problems.some(isAboutRefs))) {
    const known = await resourcesInState();
    plans = planAll((sections) => unfinishedEnvironments(sections, known, lastOf(sections.listed).mended));
  }
  const lost = all.filter(
    ({ listed, repository }, index) =>
      repository !== undefined &&
      "repository" in lastOf(listed).guards &&
      asked?.repositories[index]?.found.repository === undefined &&
      asked !== undefined,
  );
  const known = lost.length > 0 ? await resourcesInState() : undefined;
  const leaving = await sideBySide(dropped, atOnce, async ([name, { guards }]) => {
    const logins = github.approvedWeakenings.filter(({ weakening }) => weakening.startsWith(prefixOf(name)));
    const reader = asked && readerOf({ ...github, repository: name }, asked.token.value);
    const mayApprove =
      reader &&
      (await askApprovers(
        reader,
        logins.map(({ by }) => by),
        [],
      ));
    const baselines = { last: guards, present: {} };
    return passGate({ declared: {}, wanted: {} }, baselines, github.approvedWeakenings, now, mayApprove, amongOf(name));
  });
  const problems = problemsOnce([
    ...lost.flatMap(({ listed, github }) => {
      return (known ? lostRepository(github, listed, known) : []).map((said) => ({ listed, said }));
    }),
    ...plans.flatMap(({ planned: { listed }, problems }) => problems.map((said) => ({ listed, said }))),
    ...(all.every(({ listed }) => listed !== undefined) && Object.keys(own.guards).length > 0
      ? [{ listed: undefined, said: missing("slipway:github.repository", Object.keys(own.guards)) }]
      : []),
    ...leaving.flatMap(({ problems }) => problems.map((said) => ({ listed: undefined, said }))),
  ]);
  if (problems.length > 0) throw new pulumi.RunError(formatProblems(problems));
  const notes = plans.flatMap(({ planned: { listed }, notes }) => notes.map((said) => ({ listed, said })));
  for (const note of [...(asked?.notes ?? []), ...linesOnce(notes)]) await pulumi.log.warn(note);
  return {
    token: asked?.token ?? token,
    hasOlderPlugin: isOlderPlugin(version),
    repositories: plans.map(({ planned }) => planned),
    rules: rulesOf(plans),
  };
}

/** Those of the stack's own repository, and by name those of each that it lists. */
function rulesOf(plans: readonly RepositoryPlan[]): Rules {
  const own = plans.find(({ planned }) => planned.listed === undefined)?.rules;
  const listed = plans.flatMap(({ planned, rules }) =>
    planned.listed === undefined ? [] : [[planned.listed, rules] as const],
  );
  const none: Rules = {
    guards: pulumi.secret<Guards>({}),
    approvedWeakenings: [],
    mended: [],
    unreported: {},
    kept: {},
  };
  return { ...(own ?? none), ...(listed.length > 0 ? { repositories: Object.fromEntries(listed) } : {}) };
}

/** @throws pulumi.RunError where a governance stack has taken this over */
async function refuseMoved(): Promise<void> {
  const movedTo = await governedBy();
  if (movedTo === undefined) return;
  const problem = formatProblem({
    path: "slipway:github",
    problem: `is declared by the stack ${movedTo} now, and two stacks would undo each other's rules`,
    allowed: "nothing here",
    fix: "pulumi config rm slipway:github, and the same for slipway:repository and slipway:environment",
  });
  throw new pulumi.RunError(problem);
}

function findToken({ app }: AccountSettings, key: string): Token {
  if (app) return { value: "", from: "app", app: { ...app, key } };
  const configured = new pulumi.Config("github").get("token");
  if (configured !== undefined) return { value: configured, from: "configuration" };
  return { value: process.env.GITHUB_TOKEN ?? "", from: "environment" };
}

interface AskedAll extends AskedRepositories {
  readonly token: Token;
}

async function ask(
  github: AccountSettings,
  login: Token,
  all: readonly Sections[],
  about: (sections: Sections) => AskedFor,
): Promise<AskedAll | undefined> {
  try {
    const value = login.app ? await installationToken(login.app, github) : login.value;
    return { token: { ...login, value }, ...(await askRepositories(github, all, value, about)) };
  } catch (error) {
    const problem = formatProblem(unasked(error));
    if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(problem);
    await pulumi.log.warn(`${problem}. This preview goes by the configuration: limits of the plan are not checked.`);
    return undefined;
  }
}
