import { ownersOf, ownersPlaces } from "../code-owners.ts";
import type { Reader } from "../read/reader.ts";
import { askMembership, askPermission, isEnough } from "./people-access.ts";
import type { MayApprove } from "./approvals.ts";

/**
 * Who of those that answer for a weakening may: administrators of the repository, and owners of its rules for owners, as GitHub has them today,
 * so that nobody becomes one by the change that he approves. Whoever owns CODEOWNERS decides who owns everything; who owns another path does not.
 * Before there is a repository: those who administer its owner, and the declared owners.
 *
 * What this token may not see stands against nobody.
 *
 * @param codeOwners `@user` or `@organisation/team`, as declared
 * @throws CouldNotAsk
 */
export async function askApprovers(
  reader: Reader,
  logins: readonly string[],
  codeOwners: readonly string[],
): Promise<MayApprove> {
  if (logins.length === 0) return () => true;
  const isThere = (await reader.repository()).is === "there";
  const owners = isThere ? await ownersOnMain(reader) : codeOwners;
  if (owners === undefined) return () => true;
  const refused = await Promise.all(
    [...new Set(logins)].map(async (login) => {
      const may = (await administers(reader, login)) || (await owns(reader, login, owners));
      return may ? [] : [login];
    }),
  );
  return (login) => !refused.flat().includes(login);
}

/** Owners of the file that names them; undefined where this token may not see it. */
async function ownersOnMain(reader: Reader): Promise<readonly string[] | undefined> {
  for (const path of ownersPlaces) {
    const answer = await reader.ask(`${path} on main`, async ({ rest }, at) => {
      const { data } = await rest.repos.getContent({ ...at, path, ref: "main" });
      return "content" in data ? Buffer.from(data.content, "base64").toString() : "";
    });
    if (answer.is === "hidden") return undefined;
    if (answer.is === "there") return ownersOf(answer.value, path);
  }
  return [];
}

async function administers(reader: Reader, login: string): Promise<boolean> {
  if ((await reader.repository()).is !== "there") return administersOwner(reader, login);
  const answer = await askPermission(reader, login);
  return answer.is === "hidden" || (answer.is === "there" && answer.value.permission === "admin");
}

async function administersOwner(reader: Reader, login: string): Promise<boolean> {
  const { owner } = reader.at;
  if (login.toLowerCase() === owner.toLowerCase()) return true;
  const answer = await askMembership(reader, login);
  return answer.is === "there" && answer.value.role === "admin";
}

async function owns(reader: Reader, login: string, owners: readonly string[]): Promise<boolean> {
  if (!(await mayWrite(reader, login))) return false;
  const isMember = owners.map(async (name) => {
    const [, org = "", slug] = /^@([^/]+)(?:\/(.+))?$/.exec(name) ?? [];
    if (slug === undefined) return org.toLowerCase() === login.toLowerCase();
    const answer = await reader.ask(`membership of ${login} in ${name}`, async ({ rest }) => {
      return (await rest.teams.getMembershipForUserInOrg({ org, team_slug: slug, username: login })).data.state;
    });
    return answer.is === "there" && answer.value === "active";
  });
  return (await Promise.all(isMember)).includes(true);
}

/** GitHub ignores an owner who can't. Nobody can before there is a repository. */
async function mayWrite(reader: Reader, login: string): Promise<boolean> {
  if ((await reader.repository()).is !== "there") return true;
  const answer = await askPermission(reader, login);
  return answer.is === "hidden" || (answer.is === "there" && isEnough(answer.value.permission, "write"));
}
