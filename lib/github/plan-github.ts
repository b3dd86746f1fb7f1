import * as pulumi from "@pulumi/pulumi";
import { createRequire } from "node:module";
import { formatProblem, formatProblems, type Problem } from "../problem.ts";
import type { Settings } from "../settings.ts";
import { askGitHub, type Found } from "./account.ts";
import { teamsOf } from "./actors.ts";
import { connect } from "./octokit.ts";
import { withinPlan, type Account, type WithinPlan } from "./plan-limits.ts";
import { isOlderPlugin } from "./older-plugin.ts";
import type { GitHubSettings } from "./schema.ts";
import { declaredGuards, wantedGuards } from "./weakening/declared.ts";
import { passGate } from "./weakening/gate.ts";
import { lastGuards, type Rules } from "./weakening/last-rules.ts";
import { presentGuards } from "./weakening/present.ts";

const { version } = createRequire(import.meta.url)("@pulumi/github/package.json") as { version: string };

/** What a stack says of GitHub. */
type Sections = Pick<Settings, "repository" | "environment"> & { readonly github: GitHubSettings };

/** What GitHub is asked with. */
export interface Token {
  readonly value: string;
  /** `github:token` of the stack, or the variable GITHUB_TOKEN, which commands inherit. */
  readonly from: "configuration" | "environment";
}

/** What this stack declares on GitHub, after asking what GitHub will give. */
export interface PlannedGitHub extends Omit<WithinPlan, "limits"> {
  readonly github: GitHubSettings;
  /** Undefined in a preview that can't ask. */
  readonly found: Found | undefined;
  readonly token: Token;
  /** The plugin is older than the npm package, as where the vendor's can't be downloaded. */
  readonly hasOlderPlugin: boolean;
  /** How strict all of it is, and who answers for what is weaker than it was. */
  readonly rules: Rules;
}

/**
 * Asks GitHub, reading only, and finds what it would refuse before anything is written.
 *
 * A preview that can't ask goes by the configuration and says so.
 *
 * @throws pulumi.RunError with every problem at once, weakenings that nobody approved among them
 */
export async function planGitHub(settings: Sections): Promise<PlannedGitHub> {
  const { github, repository, environment } = settings;
  const token = findToken();
  const found = await ask(settings, token.value);
  const account = accountOf(settings, found);
  const { limits, ...within } = withinPlan({ repository, environment }, account);

  const problems = found ? foundProblems(found, settings) : [];
  const planProblems = limits.map(({ path, reason, fallBack }) => ({
    path,
    problem: reason,
    got: `${account.plan} plan, ${account.visibility} repository of ${account.kind === "user" ? "a user" : "an organisation"}`,
    fix: `another plan, or \`pulumi config set --path slipway:github.planLimits fall-back\` for: ${fallBack}`,
  }));
  if (github.planLimits === "stop") problems.push(...planProblems);
  const declared = declaredGuards(within);
  const { approved, ...gate } = passGate(
    { declared, wanted: wantedGuards(settings) },
    {
      last: await lastGuards(),
      present: found ? await presentGuards(connect(token.value, github), github, within, found) : {},
    },
    github.approvedWeakenings,
    new Date(),
  );
  problems.push(...gate.problems);
  if (problems.length > 0) throw new pulumi.RunError(formatProblems(problems));
  for (const { path, reason, fallBack } of limits) await pulumi.log.warn(`${path}: ${reason}. Instead: ${fallBack}.`);
  for (const notice of gate.notices) await pulumi.log.warn(notice);
  const rules: Rules = { guards: pulumi.secret(declared), approvedWeakenings: approved };
  return { ...within, github, found, token, hasOlderPlugin: isOlderPlugin(version), rules };
}

function findToken(): Token {
  const configured = new pulumi.Config("github").get("token");
  if (configured !== undefined) return { value: configured, from: "configuration" };
  return { value: process.env.GITHUB_TOKEN ?? "", from: "environment" };
}

async function ask(settings: Sections, token: string) {
  const { github, repository, environment } = settings;
  const actors = [
    ...(repository?.tagCreators ?? []),
    ...Object.values(repository?.branches ?? {}).flatMap(({ bypass }) => bypass),
  ];
  const people = {
    users: environment?.reviewers.users ?? [],
    teams: [...new Set([...(environment?.reviewers.teams ?? []), ...teamsOf(actors)])],
  };
  try {
    if (token === "") throw new Error("GITHUB_TOKEN is not set");
    return await askGitHub(connect(token, github), github, people);
  } catch (error) {
    const problem = formatProblem({
      path: "slipway:github",
      problem: "GitHub can't be asked",
      got: error instanceof Error ? error.message : String(error),
      allowed: "a token that may administer the repository",
      fix: "export GITHUB_TOKEN=<token>, or pulumi config set --secret github:token <token>",
    });
    if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(problem);
    await pulumi.log.warn(`${problem}. This preview goes by the configuration: limits of the plan are not checked.`);
    return undefined;
  }
}

/** Where GitHub can't be asked, the account counts as one that has everything: the warning has said so. */
function accountOf({ github, repository }: Sections, found: Found | undefined): Account {
  return {
    kind: found?.kind ?? "organization",
    plan: github.plan ?? found?.plan ?? "enterprise",
    visibility: repository?.visibility ?? found?.repository?.visibility ?? "public",
    advancedSecurity: github.advancedSecurity,
  };
}

function foundProblems(found: Found, { github, repository }: Sections): Problem[] {
  const problems: Problem[] = [];
  if (github.plan === undefined && found.plan === undefined) {
    problems.push({
      path: "slipway:github.plan",
      problem: "is needed, because GitHub does not tell this token which plan the owner has",
      allowed: "free, pro, team or enterprise",
      fix: "pulumi config set --path slipway:github.plan <plan>",
    });
  }
  if (found.repository?.archived === true) {
    problems.push({
      path: "slipway:github.repository",
      problem: "is archived, so GitHub takes no change to it",
      got: `${github.owner}/${github.repository}`,
      fix: "unarchive it on GitHub, or choose another",
    });
  }
  if (repository === undefined && found.repository === undefined) {
    problems.push({
      path: "slipway:github.repository",
      problem: "does not exist, or the token may not see it",
      got: `${github.owner}/${github.repository}`,
      fix: "bring the stack up that declares slipway:repository first",
    });
  }
  for (const name of found.unknown) {
    problems.push({
      path: "slipway:environment.reviewers",
      problem: "GitHub knows no such user or team",
      got: name,
      fix: "correct the name, or give the token read:org",
    });
  }
  return problems;
}
