import type { Problem } from "../../lib/problem.ts";
import { branchesOf } from "../kinds/defaults.ts";
import type { Answer, Reader } from "../read/reader.ts";
import { environmentPath, type RepositorySettings } from "../schema.ts";
import type { Sections } from "../sections.ts";
import type { Found } from "./account.ts";

/** Permissions that may write: GitHub tells maintainers as writers here, and those who triage as readers. */
const writing = ["write", "admin"];

type Named = Pick<Sections, "github" | "repository" | "environments" | "ownEnvironment">;

/**
 * Users who are to own code or to approve, and whom GitHub would ignore or refuse: they have too little access, and this declaration does not
 * give it, or they have to accept an invitation first. Of whom GitHub does not tell this token nothing is said; teams get their roles from
 * the declaration.
 *
 * @throws CouldNotAsk
 */
export async function accessProblems(reader: Reader, named: Named, found: Found): Promise<Problem[]> {
  const { repository, environments } = named;
  const owners = (repository?.codeOwners ?? []).filter((owner) => !owner.includes("/")).map((owner) => owner.slice(1));
  const reviewers = environments.flatMap(({ name, reviewers: { users } }) =>
    users.map((login) => ({ login, path: `${environmentPath(named.ownEnvironment, name)}.reviewers.users` })),
  );
  const [owning, approving] = await Promise.all([
    tooLow(reader, named, found, owners, "write"),
    tooLow(reader, named, found, [...new Set(reviewers.map(({ login }) => login))], "read"),
  ]);
  return [
    ...owning.map((low) => ({
      path: "slipway:repository.codeOwners",
      problem: "can't write, and GitHub ignores an owner of code who can't",
      got: `@${low.login}, who ${low.is}`,
      allowed: "write, maintain or admin",
      fix: low.fix,
    })),
    ...approving.map((low) => ({
      path: reviewers.find(({ login }) => login === low.login)?.path ?? "",
      problem: "a reviewer can't read the repository, and GitHub takes nobody's approval who can't",
      got: `${low.login}, who ${low.is}`,
      allowed: "read or more",
      fix: low.fix,
    })),
  ];
}

interface Low {
  readonly login: string;
  readonly is: string;
  readonly fix: string;
}

async function tooLow(
  reader: Reader,
  named: Named,
  found: Found,
  logins: readonly string[],
  needed: "read" | "write",
): Promise<Low[]> {
  const isThere = (await reader.repository()).is === "there";
  const asked = logins.map(async (login): Promise<Low[]> => {
    const has = isThere ? await askPermission(reader, login) : undefined;
    if (has?.is === "there" && isEnough(has.value.permission, needed)) return [];
    if (has?.is === "hidden") return [];
    // Everybody can.
    if (!isThere && needed === "read" && named.repository?.visibility === "public") return [];
    const role = has?.is === "there" ? `has the role ${has.value.role}` : "has none";
    const isDeclared = roleIn(named, login) !== undefined;
    // Before there is a repository nobody tells who of the organisation will have a role in it.
    const isIn =
      (isDeclared && isThere && (await isCollaborator(reader, login))) || (await isMember(reader, named, found, login));
    if (isDeclared ? isIn !== false : !isThere && isIn !== false) return [];
    if (!isDeclared) return [{ login, is: role, fix: grantOf(named, login, needed) }];
    const fix = "take this name out until the invitation is accepted; `pulumi up` sends it";
    return [{ login, is: "has to accept an invitation first", fix }];
  });
  return (await Promise.all(asked)).flat();
}

/** Does what GitHub tells of somebody come to that? Pure. */
export const isEnough = (permission: string, needed: "read" | "write") =>
  // A role of the organisation's own has a name that says nothing; `permission` is what it is built on.
  needed === "read" ? permission !== "none" : writing.includes(permission);

const isSame = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

const roleIn = ({ repository }: Named, login: string) =>
  Object.entries(repository?.collaborators ?? {}).find(([name]) => isSame(name, login))?.[1];

function grantOf({ github, repository }: Named, login: string, needed: "read" | "write"): string {
  if (repository) {
    return `pulumi config set --path slipway:repository.collaborators.${login} ${needed}, or name a team`;
  }
  const permission = needed === "read" ? "pull" : "push";
  const path = `repos/${github.owner}/${github.repository}/collaborators/${login}`;
  return `gh api -X PUT ${path} -f permission=${permission}, or name a team`;
}

/** Has a role of some sort there: whoever has one gets another one in place. What is public everybody can read all the same. */
async function isCollaborator(reader: Reader, login: string): Promise<boolean> {
  const answer = await reader.ask(`whether ${login} is a collaborator`, async ({ rest }, at) => {
    return (await rest.repos.checkCollaborator({ ...at, username: login })).status;
  });
  return answer.is === "there";
}

/** Is in without an invitation; undefined where GitHub does not tell this token. */
async function isMember(reader: Reader, { github }: Named, found: Found, login: string): Promise<boolean | undefined> {
  if (isSame(login, github.owner)) return true;
  if (found.kind === "user") return false;
  const membership = await askMembership(reader, login);
  if (membership.is === "there") return membership.value.state === "active";
  // Only owners see their plan. To others a 404 says nothing.
  const seesMembers = found.plan !== undefined || github.app !== undefined;
  return seesMembers && membership.why.status === 404 ? false : undefined;
}

/**
 * Branches that nobody could merge into: of those who can write, one opens the pull request, and too few are left to review it. Said to people,
 * a sentence each without a full stop.
 *
 * @throws CouldNotAsk
 */
export async function tooFewReviewers(
  reader: Reader,
  repository: Pick<RepositorySettings, "branches" | "branchModel">,
): Promise<string[]> {
  const answer = await reader.ask("people who can write", async ({ paginate, rest }, at) => {
    const all = await paginate(rest.repos.listCollaborators, { ...at, permission: "push", per_page: 100 });
    return all.filter(({ permissions }) => permissions?.push === true).length;
  });
  if (answer.is !== "there") return [];
  const writers = answer.value;
  return branchesOf(repository).flatMap((branch) => {
    const { reviews } = repository.branches[branch];
    if (writers > reviews) return [];
    const needs = `${reviews} of them ${reviews === 1 ? "has" : "have"} to approve what another one wrote`;
    return [`${branch}: ${writers} ${writers === 1 ? "person" : "people"} can write, and ${needs}: nobody could merge`];
  });
}

/** What somebody may do in a repository that is there. @throws CouldNotAsk */
export const askPermission = (reader: Reader, login: string) =>
  reader.ask(`permission of ${login}`, async ({ rest }, at) => {
    const { data } = await rest.repos.getCollaboratorPermissionLevel({ ...at, username: login });
    return { permission: data.permission, role: data.role_name };
  });

/** Whether somebody belongs to the organisation. @throws CouldNotAsk */
export const askMembership = (
  reader: Reader,
  login: string,
): Promise<Answer<{ readonly role: string; readonly state: string }>> =>
  reader.ask(`membership of ${login}`, async ({ rest }, { owner }) => {
    const { data } = await rest.orgs.getMembershipForUser({ org: owner, username: login });
    return { role: data.role, state: data.state };
  });
