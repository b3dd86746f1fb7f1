import * as pulumi from "@pulumi/pulumi";
import { createRequire } from "node:module";
import { formatProblem, formatProblems } from "../../lib/problem.ts";
import { brokenThings, hiddenParts } from "../drift.ts";
import { declaredThings, thingKey, type Guards } from "../kinds/index.ts";
import type { Declared, Reading, Thing } from "../kinds/kind.ts";
import { storeTitle } from "../kinds/secret.ts";
import { askWaitingFiles } from "../give-files.ts";
import { repositoryFiles } from "../kinds/file.ts";
import { installationToken, type AppLogin } from "../app-token.ts";
import { isOlderPlugin } from "../older-plugin.ts";
import { readerOf } from "../read/reader.ts";
import type { GitHubSettings } from "../schema.ts";
import type { Found } from "./account.ts";
import type { MayApprove } from "./approvals.ts";
import { askApprovers } from "./approvers.ts";
import { passGate } from "./gate.ts";
import { askedThings, askPresent, declaredGuards, presentGuards, wantedGuards } from "./guards.ts";
import { governedBy, lastGuards, lastMends, type Rules } from "./last-rules.ts";
import { askUnreported, everyCheck, unreportedWords, withoutRequired } from "./unreported-checks.ts";
import { accessProblems } from "./people-access.ts";
import type { WithinPlan } from "./limits.ts";
import { isGone, mendsOf, type Mends } from "./mends.ts";
import type { Sections } from "../sections.ts";
import { askAbout, withinAccount, type WithinAccount, unasked } from "./within-account.ts";

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
export interface PlannedGitHub extends Omit<WithinPlan, "limits"> {
  readonly github: GitHubSettings;
  /** Undefined in a preview that can't ask. */
  readonly found: Found | undefined;
  readonly token: Token;
  /** The plugin is older than the npm package, as where the vendor's can't be downloaded. */
  readonly hasOlderPlugin: boolean;
  /** What somebody changed by hand. */
  readonly mends: Mends;
  /** Contents by path that main gets where it lacks them: once, and then they are the team's. */
  readonly files: Readonly<Record<string, string>>;
  /** How strict all of it is, and who answers for what is weaker than it was. */
  readonly rules: Rules;
}

/**
 * Asks GitHub, reading only, and finds what it would refuse before anything is written.
 *
 * A preview that can't ask goes by the configuration and says so.
 *
 * @param appKey of `slipway:github.app`; empty where there is none
 * @throws pulumi.RunError with every problem at once, weakenings that nobody approved among them
 */
export async function planGitHub(settings: Sections, appKey: string): Promise<PlannedGitHub> {
  const { github } = settings;
  await refuseMoved();
  const token = findToken(github, appKey);
  const last = { guards: await lastGuards(), last: await lastMends() };
  const asked = await ask(settings, token, last.guards);
  const found = asked?.found;
  const { limits, problems, refusals, ...within } = asked?.within ?? withinAccount(settings, undefined);
  const now = new Date();
  const present = asked ? presentGuards(within, asked.reading) : {};
  const declared = declaredGuards(within);
  const { approved, ...gate } = passGate(
    { declared, wanted: wantedGuards(settings) },
    { last: last.guards, present },
    github.approvedWeakenings,
    now,
    asked?.mayApprove,
  );
  const stopping = [...problems, ...(pulumi.runtime.isDryRun() ? [] : refusals), ...gate.problems];
  if (stopping.length > 0) throw new pulumi.RunError(formatProblems(stopping));
  for (const refusal of refusals)
    await pulumi.log.warn(`${formatProblem(refusal)}. Until then \`pulumi up\` is refused.`);
  for (const { path, reason, fallBack } of limits) await pulumi.log.warn(`${path}: ${reason}. Instead: ${fallBack}.`);
  for (const notice of gate.notices) await pulumi.log.warn(notice);
  const secrets = settings.secrets ?? { given: {}, all: {} };
  const asking = askedThings({ ...within, secrets: secrets.given });
  const marks = asked ? mendsOf(asking, asked.reading, last, now) : last.last;
  const mends = { marks, at: now.toISOString() };
  const lost = asking.filter((thing) => thing.kind === "secret" && isGone(mends, thing));
  if (lost.length > 0) {
    const names = lost.map(({ name, of }) => `${name} of ${storeTitle(of)}`).join(", ");
    await pulumi.log.warn(`GitHub no longer has these secrets: ${names}. \`pulumi up --refresh\` writes them again.`);
  }
  const unseen = asked && pulumi.runtime.isDryRun() ? hiddenParts(asking, asked.reading) : [];
  if (unseen.length > 0) {
    await pulumi.log.warn(
      `This token may not see ${unseen.join("; ")}. Of that nothing is said here; \`pulumi up\` with an administrator's token looks.`,
    );
  }
  const invited = asked ? invitedOf(asking, asked.reading) : [];
  if (invited.length > 0) {
    await pulumi.log.warn(`Invited, and has no access until the invitation is accepted: ${invited.join(", ")}.`);
  }
  const unwritten = asked ? unwrittenSecrets(within, secrets, asked.reading) : [];
  if (unwritten.length > 0) {
    const names = unwritten.map(({ name, of }) => `${name} of ${storeTitle(of)}`).join(", ");
    await pulumi.log.warn(
      `Workflows read these secrets, and nobody has written them yet: ${names}. Those who hold them run \`slipway secrets set\`.`,
    );
  }
  const unreported = within.repository?.unreported ?? {};
  if (asked?.waitingFiles !== undefined) {
    await pulumi.log.warn(
      `The files of this repository wait for the merge of ${asked.waitingFiles}. Until then nobody's approval is asked for as owner of code.`,
    );
  }
  for (const words of unreportedWords(unreported)) await pulumi.log.warn(`${words}.`);
  const rules: Rules = { guards: pulumi.secret(declared), approvedWeakenings: approved, mended: marks, unreported };
  return {
    ...within,
    github,
    found,
    token: asked?.token ?? token,
    hasOlderPlugin: isOlderPlugin(version),
    mends,
    files: within.repository && !("repository" in last.guards) ? repositoryFiles(within.repository.codeOwners) : {},
    rules,
  };
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

/** Logins of those who have a role by declaration and have not accepted it yet. */
function invitedOf(declared: readonly Thing[], { things }: Reading): string[] {
  const wanted = new Set(declared.map(thingKey));
  return things
    .filter((thing) => thing.fields.isInvited === true && wanted.has(thingKey(thing)))
    .map(({ name }) => name);
}

/** Secrets that the stack has no value for, and that are not on GitHub either. */
function unwrittenSecrets(within: Declared, { given, all }: NonNullable<Sections["secrets"]>, reading: Reading) {
  const secrets = Object.fromEntries(
    Object.entries(all).map(([of, names]) => [of, names.filter((name) => given[of]?.includes(name) !== true)]),
  );
  const things = declaredThings({ ...within, secrets }).filter(({ kind }) => kind === "secret");
  return brokenThings(things, reading);
}

function findToken({ app }: GitHubSettings, key: string): Token {
  if (app) return { value: "", from: "app", app: { ...app, key } };
  const configured = new pulumi.Config("github").get("token");
  if (configured !== undefined) return { value: configured, from: "configuration" };
  return { value: process.env.GITHUB_TOKEN ?? "", from: "environment" };
}

interface Asked {
  readonly token: Token;
  readonly found: Found;
  readonly within: WithinAccount;
  readonly reading: Reading;
  readonly mayApprove: MayApprove;
  /** Address of the pull request with the repository's files. */
  readonly waitingFiles: string | undefined;
}

async function ask(settings: Sections, login: Token, last: Guards): Promise<Asked | undefined> {
  try {
    const token = login.app ? await installationToken(login.app, settings.github) : login.value;
    const reader = readerOf(settings.github, token);
    const found = await askAbout(reader, settings);
    const { refusals, ...inAccount } = withinAccount(settings, found);
    const people = await accessProblems(reader, { ...settings, ...inAccount }, found);
    const logins = settings.github.approvedWeakenings.map(({ by }) => by);
    const mayApprove = await askApprovers(reader, logins, settings.repository?.codeOwners ?? []);
    const declared = { ...inAccount, secrets: settings.secrets?.all ?? {} };
    const reading = await askPresent(reader, declared, found.teams);
    const open = withoutRequired(everyCheck(), last, presentGuards(declared, reading));
    const unreported = await askUnreported(reader, inAccount.repository, open);
    const repository = inAccount.repository && { ...inAccount.repository, unreported };
    return {
      token: { ...login, value: token },
      found,
      within: { ...inAccount, repository, refusals: [...refusals, ...people] },
      mayApprove,
      reading,
      waitingFiles: inAccount.repository && (await askWaitingFiles(reader)),
    };
  } catch (error) {
    const problem = formatProblem(unasked(error));
    if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(problem);
    await pulumi.log.warn(`${problem}. This preview goes by the configuration: limits of the plan are not checked.`);
    return undefined;
  }
}
