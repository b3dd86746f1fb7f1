// Who works on a repository beside its owner and teams: collaborators, and those who are invited to be.
import { roleOf, type Account, type Role, type User } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { notFound, unprocessable } from "./errors.ts";
import { roleNamed, userOf } from "./people.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { permissionsOf, repositoryNode, shownMinimal, shownUser } from "./shown.ts";
import { now, type World } from "./world.ts";

/** Somebody who gets a role by accepting it. */
export interface Invitation {
  id: number;
  invitee: User;
  inviter: string;
  role: Role;
  createdAt: string;
  /** After seven days without an answer. */
  expired: boolean;
}

function shownCollaborator(world: World, repository: Repository, user: User): object {
  return {
    ...shownUser(world, user),
    permissions: permissionsOf(user, repository),
    role_name: roleOf(user, repository),
  };
}

function shownInvitation(
  world: World,
  repository: Repository,
  { id, invitee, inviter, role, createdAt, expired }: Invitation,
) {
  const sender = world.user(inviter);
  return {
    id,
    node_id: `RI_${id}`,
    repository: shownMinimal(world, repository),
    invitee: shownUser(world, invitee),
    inviter: sender === undefined ? null : shownUser(world, sender),
    permissions: role,
    created_at: createdAt,
    expired,
    url: `${world.url}/api/v3/user/repository_invitations/${id}`,
    html_url: `${world.url}/${fullName(repository)}/invitations`,
  };
}

/** Members of the organisation and those who are in already need no invitation. */
const isInvited = ({ owner, collaborators }: Repository, { login }: User): boolean =>
  !collaborators.has(login) && !(owner.kind === "organization" && owner.members.has(login));

const isDirect = ({ collaborators: all }: Repository, user: User): boolean => all.has(user.login);
const isMember = ({ owner }: Repository, user: User): boolean =>
  owner.kind === "organization" && owner.members.has(user.login);
const isCollaborator = (repository: Repository, user: User): boolean =>
  isDirect(repository, user) ||
  user === repository.owner ||
  (isMember(repository, user) && roleOf(user, repository) !== "none");

/** Takes an invitation out. @throws 404 where there is none */
function taken({ invitations }: Repository, found: (invitation: Invitation) => boolean): Invitation {
  const index = invitations.findIndex(found);
  const [invitation] = index < 0 ? [] : invitations.splice(index, 1);
  if (invitation === undefined) throw notFound();
  return invitation;
}

/** The invitation of the path that is the caller's own. */
function mine(call: Call<Record<string, never>>): { repository: Repository; invitation: Invitation } {
  const user = call.user();
  const isMine = ({ id, invitee }: Invitation) => String(id) === call.param("invitation_id") && invitee === user;
  const repository = call.world.repositories.find(({ invitations }) => invitations.some(isMine));
  if (repository === undefined) throw notFound();
  return { repository, invitation: taken(repository, isMine) };
}

/** Source: the descriptions of these operations, "Add a repository collaborator" before all. */
export const collaborators: Handlers = {
  "repos/list-collaborators"(call) {
    const repository = call.repository("write");
    const users = call.world.accounts.filter((account): account is User => account.kind === "user");
    const wanted = call.query.affiliation ?? "all";
    const listed = users.filter((user) => {
      if (wanted === "direct") return isDirect(repository, user);
      if (wanted === "outside") return isDirect(repository, user) && !isMember(repository, user);
      return isCollaborator(repository, user);
    });
    return call.list(listed.map((user) => shownCollaborator(call.world, repository, user)));
  },
  "repos/check-collaborator"(call) {
    const repository = call.repository("write");
    // Its description: outside collaborators, members by whatever right, and owners. What is public makes nobody one.
    if (!isCollaborator(repository, userOf(call))) throw notFound();
    return noContent;
  },
  "repos/get-collaborator-permission-level"(call) {
    const repository = call.repository("write");
    const user = userOf(call);
    const role = roleOf(user, repository);
    const permission = role === "maintain" ? "write" : role === "triage" ? "read" : role;
    return ok({ permission, role_name: role, user: shownCollaborator(call.world, repository, user) });
  },
  "repos/add-collaborator"(call) {
    const repository = call.repository("admin");
    const user = userOf(call);
    if (user === repository.owner) throw unprocessable("Repository owner cannot be a collaborator");
    const role = repository.owner.kind === "user" ? "write" : roleNamed(call.body.permission ?? "push");
    if (!isInvited(repository, user)) {
      repository.collaborators.set(user.login, role);
      return noContent;
    }
    repository.invitations = repository.invitations.filter(({ invitee }) => invitee !== user);
    const { actor } = call;
    const inviter = actor?.kind === "user" ? actor.login : "";
    const invitation = { id: call.world.nextId(), invitee: user, inviter, role, createdAt: now(), expired: false };
    repository.invitations.push(invitation);
    return created(shownInvitation(call.world, repository, invitation));
  },
  "repos/remove-collaborator"(call) {
    call.repository("admin").collaborators.delete(userOf(call).login);
    return noContent;
  },
  "repos/list-invitations"(call) {
    const repository = call.repository("admin");
    return call.list(repository.invitations.map((each) => shownInvitation(call.world, repository, each)));
  },
  "repos/delete-invitation"(call) {
    taken(call.repository("admin"), ({ id }) => String(id) === call.param("invitation_id"));
    return noContent;
  },
  "repos/list-invitations-for-authenticated-user"(call) {
    const user = call.user();
    return call.list(
      call.world.repositories.flatMap((repository) =>
        repository.invitations
          .filter(({ invitee }) => invitee === user)
          .map((each) => shownInvitation(call.world, repository, each)),
      ),
    );
  },
  "repos/accept-invitation-for-authenticated-user"(call) {
    const { repository, invitation } = mine(call);
    repository.collaborators.set(invitation.invitee.login, invitation.role);
    return noContent;
  },
  "repos/decline-invitation-for-authenticated-user"(call) {
    mine(call);
    return noContent;
  },
};

/** Those with a role of their own, for GraphQL. Which sources there are: "PermissionGranter" of the public schema. */
export function collaboratorsIn(
  world: World,
  repository: Repository,
  node: (account: Account) => object,
  login?: string,
): object {
  const { owner } = repository;
  const edges = [...repository.collaborators].flatMap(([name, role]) => {
    const user = world.user(name);
    if (user === undefined || (login !== undefined && name.toLowerCase() !== login.toLowerCase())) return [];
    const highest = roleOf(user, repository);
    const source = (roleName: string, from: object) => ({
      organization: node(owner),
      permission: roleName.replace("maintain", "write").replace("triage", "read").toUpperCase(),
      roleName,
      source: from,
    });
    const here = source(role, { __typename: "Repository", id: repositoryNode(repository) });
    const elsewhere = highest === role ? [] : [source(highest, node(owner))];
    return [
      {
        cursor: name,
        permission: highest.toUpperCase(),
        permissionSources: owner.kind === "organization" ? [...elsewhere, here] : null,
        node: node(user),
      },
    ];
  });
  return {
    totalCount: edges.length,
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  };
}
