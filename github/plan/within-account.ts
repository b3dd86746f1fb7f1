import type { Octokit } from "@octokit/rest";
import type { Problem } from "../../lib/problem.ts";
import { askAccount, askRepository, type Found, type FoundAccount, type FoundRepository } from "./account.ts";
import { teamsOf } from "../kinds/actors.ts";
import type { Reader } from "../read/reader.ts";
import { environmentPath } from "../schema.ts";
import type { Sections } from "../sections.ts";
import { withinPlan, type Account, type PlanLimit, type WithinPlan } from "./limits.ts";

/** What of it GitHub will give, and what stands against it. */
export interface WithinAccount extends Omit<WithinPlan, "limits"> {
  readonly limits: readonly PlanLimit[];
  /** Nothing can be declared before these are mended. */
  readonly problems: readonly Problem[];
  /** A preview can show what is meant, but GitHub would refuse to do it, or do what nobody means. */
  readonly refusals: readonly Problem[];
}

/**
 * Asks GitHub about the owner and everybody whom the sections name: once for all repositories.
 *
 * @throws CouldNotAsk
 */
export function askPeople(octokit: Octokit, owner: string, all: readonly Sections[]): Promise<FoundAccount> {
  const names = (named: readonly Named[]) => [...new Set(named.map(({ name }) => name))];
  return askAccount(octokit, owner, { users: names(all.flatMap(namedUsers)), teams: names(all.flatMap(namedTeams)) });
}

/** The same of a single repository, and the repository itself. @throws CouldNotAsk */
export async function askAbout(reader: Reader, sections: Sections): Promise<Found> {
  const [account, repository] = await Promise.all([
    askPeople(reader.octokit, reader.at.owner, [sections]),
    askRepository(reader),
  ]);
  return { ...account, repository };
}

/** Somebody whom a setting names. */
interface Named {
  readonly name: string;
  /** That setting. */
  readonly path: string;
}

/** Users who own code, get a role, or approve. */
const namedUsers = (sections: Sections): Named[] => [
  ...ownersIn(sections).filter(({ name }) => !name.includes("/")),
  ...keysOf(sections.repository?.collaborators, "slipway:repository.collaborators"),
  ...approversIn(sections, "users"),
];

/** Teams that own code, get a role, approve, or need not follow a rule. */
const namedTeams = (sections: Sections): Named[] => [
  ...ownersIn(sections).flatMap(({ name, path }) => {
    const slug = name.split("/")[1];
    return slug === undefined ? [] : [{ name: slug, path }];
  }),
  ...keysOf(sections.repository?.teams, "slipway:repository.teams"),
  ...approversIn(sections, "teams"),
  ...teamsOf(sections.repository?.pushRules?.bypass ?? []).map((name) => ({
    name,
    path: "slipway:repository.pushRules.bypass",
  })),
  ...teamsOf(sections.repository?.tagCreators ?? []).map((name) => ({ name, path: "slipway:repository.tagCreators" })),
  ...[sections.repository?.breakGlass ?? []].flat().map((name) => ({ name, path: "slipway:repository.breakGlass" })),
  ...Object.entries(sections.repository?.branches ?? {}).flatMap(([branch, { bypass, requiredReviewers }]) => {
    const path = `slipway:repository.branches.${branch}`;
    return [
      ...teamsOf(bypass).map((name) => ({ name, path: `${path}.bypass` })),
      ...requiredReviewers.map(({ team: name }) => ({ name, path: `${path}.requiredReviewers` })),
    ];
  }),
];

const ownersIn = ({ repository }: Sections): Named[] =>
  (repository?.codeOwners ?? []).map((owner) => ({ name: owner.slice(1), path: "slipway:repository.codeOwners" }));

const keysOf = (record: Readonly<Record<string, string>> = {}, path: string): Named[] =>
  Object.keys(record).map((name) => ({ name, path: `${path}.${name}` }));

const approversIn = (sections: Sections, sort: "users" | "teams"): Named[] =>
  sections.environments.flatMap(({ name: environment, reviewers }) =>
    reviewers[sort].map((name) => {
      return { name, path: `${environmentPath(sections.ownEnvironment, environment)}.reviewers.${sort}` };
    }),
  );

/** Pure. @param found undefined where GitHub could not be asked: the account counts as one that has everything */
export function withinAccount(sections: Sections, found: Found | undefined): WithinAccount {
  const { github } = sections;
  const account = accountOf(sections, found);
  const { limits, ...within } = withinPlan(sections, account);
  const problems = found ? foundProblems(found, sections) : [];
  if (github.planLimits === "stop") {
    problems.push(
      ...limits.map(({ path, reason, fallBack }) => ({
        path,
        problem: reason,
        got: `${account.plan} plan, ${account.visibility} repository of ${account.kind === "user" ? "a user" : "an organisation"}`,
        fix: `another plan, or \`pulumi config set --path slipway:github.planLimits fall-back\` for: ${fallBack}`,
      })),
    );
  }
  return { ...within, limits, problems, refusals: found ? refusals(found.repository, sections) : [] };
}

function accountOf({ github, repository }: Sections, found: Found | undefined): Account {
  return {
    kind: found?.kind ?? "organization",
    plan: github.plan ?? found?.plan ?? "enterprise",
    visibility: repository?.visibility ?? found?.repository?.visibility ?? "public",
    advancedSecurity: github.advancedSecurity,
  };
}

function foundProblems(found: Found, sections: Sections): Problem[] {
  const { github, repository } = sections;
  const problems: Problem[] = [];
  if (github.plan === undefined && found.plan === undefined) {
    problems.push({
      path: "slipway:github.plan",
      problem: "is needed, because GitHub does not tell this token which plan the owner has",
      allowed: "free, pro, team or enterprise",
      fix: "pulumi config set --path slipway:github.plan <plan>",
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
  // A user has no teams, which is a limit of the account.
  const named = [...namedUsers(sections), ...(found.kind === "organization" ? namedTeams(sections) : [])];
  for (const { name, path } of named.filter((each) => found.unknown.includes(each.name))) {
    problems.push({
      path,
      problem: "GitHub knows no such user or team",
      got: name,
      fix: "correct the name, or give the token read:org",
    });
  }
  return problems;
}

/** Why GitHub would refuse an update of a repository as it is there, or do what nobody means. Pure. @param found undefined where there is none */
export function refusals(found: FoundRepository | undefined, { github, repository }: Sections): Problem[] {
  const path = "slipway:github.repository";
  const name = `${github.owner}/${github.repository}`;
  if (found?.archived === true) {
    return [
      {
        path,
        problem: "is archived, so GitHub takes no change to it",
        got: name,
        fix: "unarchive it on GitHub, or choose another",
      },
    ];
  }
  if (repository === undefined || found === undefined) return [];
  const { defaultBranch: branch, hasMain, isEmpty } = found;
  if (isEmpty) {
    return [
      {
        path,
        problem: "is empty, and only what has a first commit can be protected (terraform-provider-github#577)",
        got: name,
        fix: `make one on main: gh api -X PUT repos/${name}/contents/README.md -f branch=main -f message='docs: begin' -f content="$(echo '# ${github.repository}' | base64)"`,
      },
    ];
  }
  if (branch === "main") return [];
  return [
    {
      path,
      problem: "has another default branch, and Slipway renames no branch that people use",
      got: `${branch} in ${name}`,
      allowed: "main",
      fix: hasMain
        ? `make main the default when everybody is ready: gh api -X PATCH repos/${name} -f default_branch=main`
        : `rename it when everybody is ready, GitHub forwards what still asks for the old name: gh api -X POST repos/${name}/branches/${branch}/rename -f new_name=main`,
    },
  ];
}

/** GitHub gave no answer, or none to this token. */
export function unasked(error: unknown): Problem {
  return {
    path: "slipway:github",
    problem: "GitHub can't be asked",
    got: error instanceof Error ? error.message : String(error),
    allowed: "a token that may administer the repository",
    fix: "export GITHUB_TOKEN=<token>, or pulumi config set --secret github:token <token>, or log in as an App (slipway:github.app)",
  };
}
