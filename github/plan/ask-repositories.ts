import { connect } from "../octokit.ts";
import { readersOf } from "../read/reader.ts";
import type { AccountSettings } from "../schema.ts";
import type { Sections } from "../sections.ts";
import { sideBySide } from "../../lib/side-by-side.ts";
import { teamRoles } from "../kinds/access.ts";
import type { Guards } from "../kinds/index.ts";
import { askShared, type SharedLists } from "../read/ask-shared.ts";
import type { FoundAccount } from "./account.ts";
import type { Among } from "./approvals.ts";
import { askPlanned, type Asked } from "./plan-repository.ts";
import { requestsLeftIn, requestsWarning } from "./requests-left.ts";
import { askPeople } from "./within-account.ts";

/** What GitHub has of all repositories of a stack. */
export interface AskedRepositories {
  /** In the order of the stack's repositories. */
  readonly repositories: readonly Asked[];
  /** For people. */
  readonly notes: readonly string[];
}

/** What an answer about a repository is for. */
export interface AskedFor {
  /** What the last update declared. */
  readonly last: Guards;
  readonly among: Among;
}

/** Repositories that are asked about at a time: GitHub refuses those who ask for too much at once. */
export const atOnce = 4;

/**
 * Asks GitHub about all repositories of a stack, reading only. What is the same for all is asked once.
 *
 * @param token empty if there is none
 * @throws CouldNotAsk, and Error where the token has too few requests left for all of them
 */
export async function askRepositories(
  github: AccountSettings,
  all: readonly Sections[],
  token: string,
  about: (sections: Sections) => AskedFor,
): Promise<AskedRepositories> {
  const octokit = connect(token, github);
  const requestsLeft = requestsLeftIn(octokit);
  const readerFor = readersOf(
    github,
    all.map((sections) => sections.github),
    token,
    () => askShared(octokit, sharedLists(github, all, account)),
  );
  const account = await askPeople(octokit, github.owner, all);
  const left = all.length > 1 ? requestsLeft(all.length) : undefined;
  const repositories = await sideBySide(all, atOnce, (sections) => {
    const { last, among } = about(sections);
    return askPlanned(readerFor(sections.github), sections, account, last, among);
  });
  const made = repositories.filter(({ found }) => found.repository === undefined).length;
  return { repositories, notes: left ? requestsWarning(left, made) : [] };
}

const sharedLists = (github: AccountSettings, all: readonly Sections[], { kind, plan }: FoundAccount): SharedLists => ({
  owner: github.owner,
  // A user has no such lists.
  names: kind === "organization" ? all.map((sections) => sections.github.repository) : [],
  teams: [...new Set(all.flatMap((sections) => Object.keys(teamRoles(sections))))],
  mayHaveRoles: !["free", "team"].includes(github.plan ?? plan ?? ""),
});
