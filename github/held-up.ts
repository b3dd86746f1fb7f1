import { actionsApp } from "../workflows/ci.ts";
import type { Fields } from "./kinds/kind.ts";
import type { Reader } from "./read/reader.ts";

/** Rules of one branch, the strictest of all that hold: as they are, and as the next update makes them. */
export interface BranchTurn {
  readonly today: Fields;
  readonly then: Fields;
}

/** Open pull requests, and those of them that wait for more than they did. */
export interface HeldUp {
  readonly open: number;
  /** Those that were looked at. */
  readonly lookedAt: number;
  readonly held: readonly HeldPull[];
}

export interface HeldPull {
  readonly number: number;
  readonly title: string;
  readonly base: string;
  /** What it lacks by the new rules and not by today's, for people. */
  readonly lacks: readonly string[];
}

/** Pull requests that are looked at, those that were touched last: three requests each. */
const looksAt = 30;

/**
 * Which open pull requests the next update holds up, and by what: approvals, required checks, branches that are behind, unsigned commits. What
 * owners of code, last pushes and conversations are worth GitHub tells nobody beforehand. Reads only.
 *
 * @param branches rules by branch; undefined where this token may not see them all
 * @throws CouldNotAsk
 */
export async function askHeldUp(
  reader: Reader,
  branches: Readonly<Record<string, BranchTurn>> | undefined,
): Promise<HeldUp | undefined> {
  if (branches === undefined) return undefined;
  const answer = await reader.ask("open pull requests", ({ paginate, rest }, at) =>
    paginate(rest.pulls.list, { ...at, state: "open", sort: "updated", direction: "desc", per_page: 100 }),
  );
  if (answer.is !== "there") return undefined;
  const concerned = answer.value.filter(({ base }) => base.ref in branches);
  const looked = await Promise.all(
    concerned.slice(0, looksAt).map(async ({ number, title, base: { ref: base }, head }): Promise<HeldPull[]> => {
      const turn = branches[base];
      const state = turn && (await askState(reader, number, base, head.sha));
      if (turn === undefined || state === undefined) return [];
      const before = lacking(turn.today, state, base);
      const lacks = lacking(turn.then, state, base).filter((each) => !before.includes(each));
      return lacks.length === 0 ? [] : [{ number, title, base, lacks }];
    }),
  );
  return { open: answer.value.length, lookedAt: looked.length, held: looked.flat() };
}

/** How far a pull request has come. */
export interface PullState {
  readonly approvals: number;
  /** Names of checks that GitHub Actions has reported green. */
  readonly green: readonly string[];
  /** Commits of the base that it has not. */
  readonly behind: number;
  readonly unsigned: number;
}

async function askState(reader: Reader, number: number, base: string, head: string): Promise<PullState | undefined> {
  const [reviews, checks, compared] = await Promise.all([
    reader.ask(`reviews of #${number}`, ({ paginate, rest }, at) =>
      paginate(rest.pulls.listReviews, { ...at, pull_number: number, per_page: 100 }),
    ),
    reader.ask(`checks of #${number}`, ({ paginate, rest }, at) =>
      paginate(rest.checks.listForRef, { ...at, ref: head, app_id: actionsApp, per_page: 100 }),
    ),
    reader.ask(`commits of #${number}`, async ({ rest }, at) => {
      return (await rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${base}...${head}` })).data;
    }),
  ]);
  if (reviews.is !== "there" || checks.is !== "there" || compared.is !== "there") return undefined;
  const verdicts = new Map(
    reviews.value.filter(({ state }) => state !== "COMMENTED").map(({ user, state }) => [user?.login, state]),
  );
  return {
    approvals: [...verdicts.values()].filter((state) => state === "APPROVED").length,
    green: checks.value.filter(({ conclusion }) => conclusion === "success").map(({ name }) => name),
    behind: compared.value.behind_by,
    unsigned: compared.value.commits.filter(({ commit }) => commit.verification?.verified !== true).length,
  };
}

/** What a pull request lacks by some rules. Pure. */
export function lacking(rules: Fields, { approvals, green, behind, unsigned }: PullState, base: string): string[] {
  const reviews = Number(rules.reviews ?? 0);
  const checks = Object.keys(rules.checks ?? {}).filter((check) => !green.includes(check));
  return [
    ...(rules.needsPullRequest === true && approvals < reviews ? [`${approvals} of ${reviews} approvals`] : []),
    ...checks.map((check) => `${check} is not green`),
    ...(rules.upToDate === true && behind > 0 ? [`${commits(behind)} of ${base} missing`] : []),
    ...(rules.signedCommits === true && unsigned > 0 ? [`${commits(unsigned)} not signed`] : []),
  ];
}

const commits = (count: number) => `${count} ${count === 1 ? "commit" : "commits"}`;

/** Pure. */
export const heldUpTitle = ({ open, held }: HeldUp): string =>
  `Open pull requests that the next pulumi up holds up (${held.length} of ${open}):`;

/** For people, a line each without a full stop. Pure. */
export function heldUpLines({ open, lookedAt, held }: HeldUp): string[] {
  const pulls = held.map(({ number, title, base, lacks }) => `#${number} to ${base}, ${title}: ${lacks.join(", ")}`);
  const rest = open > lookedAt ? [`${open - lookedAt} more are open and were not looked at`] : [];
  return held.length === 0 ? [] : [...pulls, ...rest];
}
