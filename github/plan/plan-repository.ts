import * as pulumi from "@pulumi/pulumi";
import { formatProblem, type Problem } from "../../lib/problem.ts";
import { brokenThings, hiddenParts } from "../drift.ts";
import { askWaitingFiles } from "../give-files.ts";
import { repositoryFiles } from "../kinds/file.ts";
import { declaredThings, thingKey, type Guards } from "../kinds/index.ts";
import type { Reading, Thing } from "../kinds/kind.ts";
import { storeTitle } from "../kinds/secret.ts";
import type { Reader } from "../read/reader.ts";
import type { GitHubSettings } from "../schema.ts";
import type { Sections } from "../sections.ts";
import { askRepository, type Found, type FoundAccount } from "./account.ts";
import type { Among, MayApprove } from "./approvals.ts";
import { askApprovers } from "./approvers.ts";
import type { Unfinished } from "./unfinished.ts";
import { floorFacts } from "./floor.ts";
import { passGate } from "./gate.ts";
import { askedThings, askPresent, declaredGuards, presentGuards, wantedGuards } from "./guards.ts";
import { otherRepository, type LastRules, type Rules } from "./last-rules.ts";
import type { RepositoryWithinPlan, WithinPlan } from "./limits.ts";
import { isGone, mendsOf, type Mends } from "./mends.ts";
import { accessProblems } from "./people-access.ts";
import {
  askUnreported,
  everyCheck,
  expectedSecrets,
  keptChecks,
  unreportedWords,
  withoutRequired,
} from "./unreported-checks.ts";
import { propertyProblems } from "./property-problems.ts";
import { withinAccount, type WithinAccount } from "./within-account.ts";

/** What a stack declares of one repository, after asking what GitHub will give. */
export interface PlannedRepository extends Omit<WithinPlan, "limits"> {
  readonly github: GitHubSettings;
  /** Name of the repository in `slipway:repositories`. @default the stack's own */
  readonly listed: string | undefined;
  /** Undefined in a preview that can't ask. */
  readonly found: Found | undefined;
  /** What somebody changed by hand. */
  readonly mends: Mends;
  /** Contents by path that main gets where it lacks them: once, and then they are the team's. */
  readonly files: Readonly<Record<string, string>>;
}

/** What is planned, and what is to be said of it, in the words of a stack that has no other repository. */
export interface RepositoryPlan {
  readonly planned: PlannedRepository;
  /** How strict all of it is, and who answers for what is weaker than it was. */
  readonly rules: Rules;
  /** Nothing is written before these are mended. */
  readonly problems: readonly Problem[];
  /** For people. */
  readonly notes: readonly string[];
}

/** What GitHub has of one repository. */
export interface Asked {
  readonly found: Found;
  readonly within: WithinAccount;
  readonly reading: Reading;
  readonly mayApprove: MayApprove;
  /** Address of the pull request with the repository's files. */
  readonly waitingFiles: string | undefined;
}

/** @param account what is known of its owner already. @throws CouldNotAsk */
export async function askPlanned(
  reader: Reader,
  settings: Sections,
  account: FoundAccount,
  last: Guards,
  { prefix }: Among,
): Promise<Asked> {
  const found = { ...account, repository: await askRepository(reader) };
  const { refusals, ...inAccount } = withinAccount(settings, found);
  const [people, properties] = await Promise.all([
    accessProblems(reader, { ...settings, ...inAccount }, found),
    inAccount.repository ? propertyProblems(reader, inAccount.repository) : [],
  ]);
  const approvals = settings.github.approvedWeakenings.filter(({ weakening }) => weakening.startsWith(prefix));
  const logins = approvals.map(({ by }) => by);
  const mayApprove = await askApprovers(reader, logins, settings.repository?.codeOwners ?? []);
  const declared = { ...inAccount, secrets: settings.secrets?.all ?? {} };
  const reading = await askPresent(reader, declared, found.teams);
  const required = [last, presentGuards(declared, reading)];
  const dropped = approvals.map(({ weakening }) => weakening.slice(prefix.length));
  const repository = inAccount.repository && (await withWaiting(reader, inAccount.repository, required, dropped));
  return {
    found,
    within: { ...inAccount, repository, refusals: [...refusals, ...people, ...properties] },
    mayApprove,
    reading,
    waitingFiles: inAccount.repository && (await askWaitingFiles(reader)),
  };
}

/** @param required what the last update required, and what GitHub does. @param dropped weakenings that somebody approved */
async function withWaiting(
  reader: Reader,
  repository: RepositoryWithinPlan,
  required: readonly Guards[],
  dropped: readonly string[],
): Promise<RepositoryWithinPlan> {
  const open = withoutRequired(everyCheck(repository), repository, ...required);
  const unreported = await askUnreported(reader, repository, open);
  return { ...repository, unreported, kept: keptChecks(unreported, repository, required, dropped) };
}

/**
 * What an update does with one repository. Pure but for the kind of run.
 *
 * @param asked undefined in a preview that can't ask: it goes by the configuration
 * @param unfinished environments that an update began and none has finished. @default none
 */
export function planRepository(
  settings: Sections,
  asked: Asked | undefined,
  last: LastRules,
  among: Among,
  now: Date,
  unfinished: Unfinished = {},
): RepositoryPlan {
  const { github, listed } = settings;
  const isPreview = pulumi.runtime.isDryRun();
  const { limits, problems, refusals, ...within } = asked?.within ?? withinAccount(settings, undefined);
  const present = asked ? presentGuards(within, asked.reading) : {};
  const declared = declaredGuards(within);
  const { approved, ...gate } = passGate(
    { declared, wanted: wantedGuards(settings), ...(settings.repository && floorFacts(settings.repository)) },
    { last: last.guards, present, unfinished },
    github.approvedWeakenings,
    now,
    asked?.mayApprove,
    among,
  );
  const secrets = settings.secrets ?? { given: {}, all: {}, others: {} };
  const asking = askedThings({ ...within, secrets: secrets.given });
  const marks = asked ? mendsOf(asking, asked.reading, { guards: last.guards, last: last.mended }, now) : last.mended;
  const mends = { marks, at: now.toISOString() };
  const { unreported = {}, kept = {} } = within.repository ?? {};
  const lost = asking.filter((thing) => thing.kind === "secret" && isGone(mends, thing));
  const unseen = asked && isPreview ? hiddenParts(asking, asked.reading).map(({ words }) => words) : [];
  const invited = asked ? invitedOf(asking, asked.reading) : [];
  const unwritten = asked ? unwrittenSecrets(within, secrets, asked.reading) : [];
  const about = (names: readonly unknown[], text: string) => (names.length === 0 ? [] : [text]);
  const notes = [
    ...(isPreview ? refusals.map((each) => `${formatProblem(each)}. Until then \`pulumi up\` is refused.`) : []),
    ...limits.map(({ path, reason, fallBack }) => `${path}: ${reason}. Instead: ${fallBack}.`),
    ...gate.notices,
    ...about(
      lost,
      `GitHub no longer has these secrets: ${secretNames(lost)}. \`pulumi up --refresh\` writes them again.`,
    ),
    ...about(
      unseen,
      `This token may not see ${unseen.join("; ")}. Of that nothing is said here; \`pulumi up\` with an administrator's token looks.`,
    ),
    ...about(invited, `Invited, and has no access until the invitation is accepted: ${invited.join(", ")}.`),
    ...about(
      unwritten,
      `Workflows read these secrets, and nobody has written them yet: ${secretNames(unwritten)}. Those who hold them run \`slipway secrets set\`.`,
    ),
    ...(asked?.waitingFiles === undefined
      ? []
      : [
          `The files of this repository wait for the merge of ${asked.waitingFiles}. Until then nobody's approval is asked for as owner of code.`,
        ]),
    ...unreportedWords({ unreported, kept }).map((words) => `${words}.`),
  ];
  return {
    planned: {
      ...within,
      github,
      listed,
      found: asked?.found,
      mends,
      files: within.repository && !("repository" in last.guards) ? repositoryFiles(within.repository.codeOwners) : {},
    },
    rules: {
      of: `${github.owner}/${github.repository}`,
      ...{ guards: pulumi.secret(declared), approvedWeakenings: approved, mended: marks, unreported, kept },
    },
    problems: [...otherRepository(github, last), ...problems, ...(isPreview ? [] : refusals), ...gate.problems],
    notes,
  };
}

const secretNames = (all: readonly Pick<Thing, "name" | "of">[]) =>
  all.map(({ name, of }) => `${name} of ${storeTitle(of)}`).join(", ");

/** Logins of those who have a role by declaration and have not accepted it yet. */
function invitedOf(declared: readonly Thing[], { things }: Reading): string[] {
  const wanted = new Set(declared.map(thingKey));
  return things
    .filter((thing) => thing.fields.isInvited === true && wanted.has(thingKey(thing)))
    .map(({ name }) => name);
}

/** Secrets that the stack has no value for, and that are not on GitHub either. */
function unwrittenSecrets(within: Omit<WithinPlan, "limits">, all: NonNullable<Sections["secrets"]>, reading: Reading) {
  const { given } = all;
  const secrets = Object.fromEntries(
    Object.entries(expectedSecrets(all, within.repository)).map(([of, names]) => [
      of,
      names.filter((name) => given[of]?.includes(name) !== true),
    ]),
  );
  const things = declaredThings({ ...within, secrets }).filter(({ kind }) => kind === "secret");
  return brokenThings(things, reading);
}
