import type { Octokit } from "@octokit/rest";
import type { ApiSetting } from "../api-setting.ts";
import type { Account } from "../plan/limits.ts";
import type { At, Reader } from "../read/reader.ts";
import { administrator, nobodyDeclaredRole } from "./access.ts";
import { readingOf, together, type Kind, type Reading } from "./kind.ts";
import { permissionOf } from "./permission.ts";
import { plain } from "./words.ts";

/** REST tells the highest of all the roles that somebody has, whoever gave it: the organisation, a team, or the repository itself. */
const query = `query ($owner: String!, $repo: String!, $login: String, $after: String) {
  repository(owner: $owner, name: $repo) {
    collaborators(affiliation: DIRECT, login: $login, first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      edges { permission permissionSources { roleName source { __typename } } node { login databaseId } }
    }
  }
}`;

interface Collaborators {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly edges: readonly Edge[] | null;
}

interface Edge {
  /** The highest. */
  readonly permission: string;
  /** Null where no organisation is behind it. */
  readonly permissionSources:
    readonly { readonly roleName: string | null; readonly source: { readonly __typename: string } }[] | null;
  readonly node: { readonly login: string };
}

/** Undefined where it comes from elsewhere only. */
const ownRole = ({ permission, permissionSources }: Edge): string | undefined =>
  permissionSources === null
    ? permission.toLowerCase()
    : permissionSources.find(({ source }) => source.__typename === "Repository")?.roleName?.toLowerCase();

/** Whom a role is given to. */
export interface Grantee {
  readonly login: string;
  /** GitHub's number, which is written in one way only. */
  readonly id: number;
}

/**
 * A user's role as it has to be. Somebody from outside the organisation is invited, and has it when the invitation is accepted.
 *
 * @param kind of account that the repository belongs to: a user's knows one role
 */
export function collaboratorSetting(
  { owner, repo }: At,
  { login, id }: Grantee,
  role: string,
  kind: Account["kind"],
): ApiSetting {
  const path = `/repos/${owner}/${repo}`;
  const own =
    kind === "user"
      ? { permission: role.toUpperCase() }
      : { permissionSources: [{ roleName: role, source: { __typename: "Repository" } }] };
  return {
    what: `role of collaborator ${login}`,
    read: { query, variables: { owner, repo, login } },
    lists: "contain",
    wanted: { repository: { collaborators: { edges: [{ ...own, node: { databaseId: id } }] } } },
    or: {
      read: `${path}/invitations?per_page=100`,
      wanted: [{ invitee: { id }, permissions: role, expired: false }],
    },
    write: {
      method: "PUT",
      path: `${path}/collaborators/${login}`,
      body: { permission: permissionOf(role) },
    },
  };
}

async function askEdges(octokit: Octokit, at: At, after?: string): Promise<readonly Edge[] | undefined> {
  const { repository } = await octokit.graphql<{ repository: { collaborators: Collaborators | null } }>(query, {
    ...at,
    ...(after === undefined ? {} : { after }),
  });
  if (repository.collaborators === null) return undefined;
  const { edges, pageInfo } = repository.collaborators;
  const rest = pageInfo.hasNextPage ? await askEdges(octokit, at, pageInfo.endCursor ?? "") : [];
  return [...(edges ?? []), ...(rest ?? [])];
}

/** Who has a role of their own. */
async function readCollaborators(reader: Reader): Promise<Reading> {
  const answer = await reader.ask("collaborators", (octokit, at) => askEdges(octokit, at));
  // To those who may not see them GitHub says that there is no list.
  if (answer.is === "there" && answer.value === undefined) return { things: [], hidden: [{ kind: "collaborator" }] };
  return readingOf("collaborator", answer, (edges = []) =>
    edges.flatMap((edge) => {
      const role = ownRole(edge);
      return role === undefined ? [] : [{ kind: "collaborator", name: edge.node.login, fields: { role } }];
    }),
  );
}

/** Who is to accept a role. An invitation that has expired is none. */
async function readInvitations(reader: Reader) {
  const answer = await reader.ask("invitations", ({ paginate, rest }, at) =>
    paginate(rest.repos.listInvitations, { ...at, per_page: 100 }),
  );
  return readingOf("collaborator", answer, (all) =>
    all.flatMap(({ invitee, permissions: role, expired = false }) =>
      invitee === null || expired
        ? []
        : [{ kind: "collaborator", name: invitee.login, fields: { role, isInvited: true } }],
    ),
  );
}

/** Users with a role of their own, beside the teams. */
export const collaborator: Kind = {
  title: ({ name }) => `collaborator ${name}`,
  declare: ({ repository }) =>
    Object.entries(repository?.collaborators ?? {}).map(([name, role]) => ({
      kind: "collaborator",
      name,
      fields: { role },
    })),
  read: async (reader) => together(await Promise.all([readCollaborators(reader), readInvitations(reader)])),
  words: { role: plain("the role is") },
  ...nobodyDeclaredRole,
  undeclared: (thing) =>
    thing.fields.isInvited === true
      ? `is invited with the role ${thing.fields.role as string}, and nobody declared it`
      : nobodyDeclaredRole.undeclared(thing),
  isCaseless: true,
  ...administrator("user"),
  imports: {
    RepositoryCollaborator: (input, find) => {
      const there = find(input("username"));
      return there?.fields.isInvited === true ? undefined : there?.name;
    },
  },
};
