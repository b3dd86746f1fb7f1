import type { Problem } from "../../lib/problem.ts";
import type { Reader } from "../read/reader.ts";
import type { Sections } from "../sections.ts";

/** Permissions that may write: GitHub tells maintainers as writers here, and those who triage as readers. */
const writing = ["write", "admin"];

/**
 * Users who are to own code or to approve, and whom GitHub would ignore or refuse, because they have too little access to a repository that is
 * there. Of whom GitHub does not tell this token nothing is said; teams get their roles from the declaration.
 *
 * @throws CouldNotAsk
 */
export async function accessProblems(reader: Reader, { repository, environments }: Sections): Promise<Problem[]> {
  if ((await reader.repository()).is !== "there") return [];
  const owners = (repository?.codeOwners ?? []).filter((owner) => !owner.includes("/")).map((owner) => owner.slice(1));
  const reviewers = [...new Set(environments.flatMap((each) => each.reviewers.users))];
  const [owning, approving] = await Promise.all([tooLow(reader, owners, "write"), tooLow(reader, reviewers, "read")]);
  const fix = ({ login }: Low, permission: string) =>
    `gh api -X PUT repos/${reader.at.owner}/${reader.at.repo}/collaborators/${login} -f permission=${permission}, or name a team`;
  return [
    ...owning.map((low) => ({
      path: "slipway:repository.codeOwners",
      problem: "can't write, and GitHub ignores an owner of code who can't",
      got: `@${low.login}, who has the role ${low.role}`,
      allowed: "write, maintain or admin",
      fix: fix(low, "push"),
    })),
    ...approving.map((low) => ({
      path: "slipway:environments",
      problem: "a reviewer can't read the repository, and GitHub takes nobody's approval who can't",
      got: `${low.login}, who has the role ${low.role}`,
      allowed: "read or more",
      fix: fix(low, "pull"),
    })),
  ];
}

interface Low {
  readonly login: string;
  readonly role: string;
}

async function tooLow(reader: Reader, logins: readonly string[], needed: "read" | "write"): Promise<Low[]> {
  const asked = logins.map(async (login): Promise<Low[]> => {
    const answer = await askPermission(reader, login);
    if (answer.is !== "there") return [];
    const { permission, role } = answer.value;
    // A role of the organisation's own has a name that says nothing; `permission` is what it is built on.
    const isEnough = needed === "read" ? permission !== "none" : writing.includes(permission);
    return isEnough ? [] : [{ login, role }];
  });
  return (await Promise.all(asked)).flat();
}

/** What somebody may do in a repository that is there. @throws CouldNotAsk */
export const askPermission = (reader: Reader, login: string) =>
  reader.ask(`permission of ${login}`, async ({ rest }, at) => {
    const { data } = await rest.repos.getCollaboratorPermissionLevel({ ...at, username: login });
    return { permission: data.permission, role: data.role_name };
  });
