// Users, organisations and teams.
import type { Account, Organization, Role, Team, User } from "./accounts.ts";
import { atLeast } from "./accounts.ts";
import type { Call, Handlers } from "./call.ts";
import { created, noContent, ok } from "./call.ts";
import { invalid, notFound, Refusal } from "./errors.ts";
import { shownApp, shownListed, shownRepository, shownTeam, shownUser } from "./shown.ts";
import type { World } from "./world.ts";

/** REST's word for a role, in both directions. */
const rolesByPermission: Record<string, Role> = {
  pull: "read",
  triage: "triage",
  push: "write",
  maintain: "maintain",
  admin: "admin",
};

export function roleNamed(permission: string): Role {
  const role = rolesByPermission[permission];
  if (role === undefined)
    throw invalid({
      resource: "Repository",
      code: "custom",
      field: "permission",
      message: `${permission} is not a permission`,
    });
  return role;
}

export function permissionNamed(role: Role): string {
  return Object.keys(rolesByPermission).find((name) => rolesByPermission[name] === role) ?? "none";
}

/** Everything that a role may, by the words of permissions. */
function flagsOf(role: Role): Record<string, boolean> {
  return Object.fromEntries(Object.entries(rolesByPermission).map(([name, needed]) => [name, atLeast(role, needed)]));
}

const beginning = "2020-01-01T00:00:00Z";

function shownFullUser(world: World, user: Account): object {
  return {
    ...shownUser(world, user),
    user_view_type: "public",
    name: user.login,
    company: null,
    blog: "",
    location: null,
    email: null,
    notification_email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: beginning,
    updated_at: beginning,
  };
}

function shownPlan(name: string): object {
  return { name, space: 0, private_repos: 999_999, collaborators: 0 };
}

function shownOrganization(world: World, organization: Organization): object {
  const url = `${world.url}/api/v3/orgs/${organization.login}`;
  const { node_id, avatar_url } = shownUser(world, organization) as { node_id: string; avatar_url: string };
  const owned = world.repositories.filter(({ owner }) => owner === organization);
  return {
    login: organization.login,
    id: organization.id,
    node_id,
    avatar_url,
    url,
    html_url: `${world.url}/${organization.login}`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    description: "",
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: owned.filter(({ visibility }) => visibility === "public").length,
    public_gists: 0,
    followers: 0,
    following: 0,
    type: "Organization",
    created_at: beginning,
    updated_at: beginning,
    archived_at: null,
    two_factor_requirement_enabled: true,
  };
}

function shownFullTeam(world: World, organization: Organization, team: Team): object {
  const repositories = world.repositories.filter(
    (repository) => repository.owner === organization && repository.teams.has(team.slug),
  );
  return {
    ...shownTeam(world, organization, team),
    members_count: team.members.size,
    repos_count: repositories.length,
    created_at: beginning,
    updated_at: beginning,
    organization: shownOrganization(world, organization),
  };
}

function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

function teamOf(call: Call, organization: Organization): Team {
  const team = organization.teams.find(({ slug }) => slug === call.param("team_slug"));
  if (team === undefined) throw notFound();
  return team;
}

function shownMembership(call: Call, organization: Organization, team: Team): object {
  const { login } = userOf(call);
  const role = team.members.get(login);
  if (role === undefined) throw notFound();
  const url = `${call.world.url}/api/v3/organizations/${organization.id}/team/${team.id}/memberships/${login}`;
  return { url, role, state: "active" };
}

/** The user of the path. */
export function userOf(call: Call): User {
  const user = call.world.user(call.param("username"));
  if (user === undefined) throw notFound();
  return user;
}

export const people: Handlers = {
  "users/get-authenticated"(call) {
    const user = call.user();
    return ok({ ...shownFullUser(call.world, user), plan: shownPlan(user.plan) });
  },
  "users/get-by-username"(call) {
    return ok(shownFullUser(call.world, call.account(call.param("username"))));
  },
  "orgs/get"(call) {
    const organization = call.organization();
    const shown = shownOrganization(call.world, organization);
    // Only owners see what they pay for.
    const isOwner = call.actor?.kind === "user" && organization.members.get(call.actor.login) === "admin";
    const plan = { ...shownPlan(organization.plan), filled_seats: organization.members.size, seats: 100 };
    return ok(isOwner ? { ...shown, plan } : shown);
  },
  "orgs/get-membership-for-user"(call) {
    const organization = call.organization("member");
    const user = userOf(call);
    const role = organization.members.get(user.login);
    if (role === undefined) throw notFound();
    const api = `${call.world.url}/api/v3/orgs/${organization.login}`;
    return ok({
      url: `${api}/memberships/${user.login}`,
      state: "active",
      role,
      organization_url: api,
      organization: shownOrganization(call.world, organization),
      user: shownUser(call.world, user),
    });
  },
  "apps/create-installation-access-token"(call) {
    const { actor } = call;
    if (actor?.kind !== "app") throw new Refusal(401, "A JSON web token could not be decoded");
    if (String(actor.installation) !== call.param("installation_id")) throw notFound();
    const expires_at = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, "");
    const { permissions } = call.body;
    const scopes = Object.entries(permissions ?? {}).map(
      ([name, level]) => [name.replaceAll("_", "-"), level] as const,
    );
    return created({
      token:
        permissions === undefined
          ? actor.token
          : call.world.scopedTokens.add(actor, Object.fromEntries(scopes) as Record<string, "read" | "write">),
      expires_at,
      permissions: permissions ?? { administration: "write" },
      repository_selection: "all",
    });
  },
  "apps/get-by-slug"(call) {
    const app = call.world.apps.find(({ slug }) => slug === call.param("app_slug"));
    if (app === undefined) throw notFound();
    return ok(shownApp(call.world, app));
  },
  "teams/list"(call) {
    const organization = call.organization("member");
    return call.list(organization.teams.map((team) => shownTeam(call.world, organization, team)));
  },
  "teams/create"(call) {
    const organization = call.organization("member");
    const { name, description = "", privacy = "secret" } = call.body;
    if (organization.teams.some(({ slug }) => slug === slugOf(name)))
      throw invalid({ resource: "Team", code: "already_exists", field: "name" });
    // Whoever makes a team is its first maintainer.
    const members = new Map([[call.user().login, "maintainer" as const]]);
    const team: Team = { id: call.world.nextId(), slug: slugOf(name), name, description, privacy, members };
    organization.teams.push(team);
    return created(shownFullTeam(call.world, organization, team));
  },
  "teams/get-by-name"(call) {
    const organization = call.organization("member");
    return ok(shownFullTeam(call.world, organization, teamOf(call, organization)));
  },
  "teams/update-in-org"(call) {
    const organization = call.organization("admin");
    const team = teamOf(call, organization);
    const { name = team.name, description = team.description, privacy = team.privacy } = call.body;
    Object.assign(team, { name, slug: slugOf(name), description: description, privacy });
    return ok(shownFullTeam(call.world, organization, team));
  },
  "teams/get-membership-for-user-in-org"(call) {
    const organization = call.organization("member");
    return ok(shownMembership(call, organization, teamOf(call, organization)));
  },
  "teams/add-or-update-membership-for-user-in-org"(call) {
    const organization = call.organization("admin");
    const team = teamOf(call, organization);
    const { login } = userOf(call);
    team.members.set(login, call.body.role ?? "member");
    if (!organization.members.has(login)) organization.members.set(login, "member");
    return ok(shownMembership(call, organization, team));
  },
  "teams/remove-membership-for-user-in-org"(call) {
    teamOf(call, call.organization("admin")).members.delete(userOf(call).login);
    return noContent;
  },
  "teams/delete-in-org"(call) {
    const organization = call.organization("admin");
    const team = teamOf(call, organization);
    organization.teams.splice(organization.teams.indexOf(team), 1);
    for (const repository of call.world.repositories)
      if (repository.owner === organization) repository.teams.delete(team.slug);
    return noContent;
  },
  "teams/list-members-in-org"(call) {
    const organization = call.organization("member");
    const members = [...teamOf(call, organization).members.keys()].flatMap((login) => call.world.user(login) ?? []);
    return call.list(members.map((member) => shownUser(call.world, member)));
  },
  "teams/check-permissions-for-repo-in-org"(call) {
    const team = teamOf(call, call.organization("member"));
    const repository = call.repository();
    const role = repository.teams.get(team.slug);
    if (role === undefined) throw notFound();
    if (call.accept?.includes("application/vnd.github.v3.repository+json") !== true) return noContent;
    const permissions = flagsOf(role);
    return ok({ ...shownRepository(call.world, repository, call.actor), permissions, role_name: role });
  },
  "teams/add-or-update-repo-permissions-in-org"(call) {
    const team = teamOf(call, call.organization("member"));
    const repository = call.repository("admin");
    repository.teams.set(team.slug, roleNamed(call.body.permission ?? "push"));
    return noContent;
  },
  "teams/remove-repo-in-org"(call) {
    const team = teamOf(call, call.organization("member"));
    call.repository("admin").teams.delete(team.slug);
    return noContent;
  },
  "teams/list-repos-in-org"(call) {
    const organization = call.organization("member");
    const team = teamOf(call, organization);
    const repositories = call.world.repositories.filter(
      (repository) => repository.owner === organization && repository.teams.has(team.slug) && call.mayRead(repository),
    );
    // The flags are the team's, as kubernetes-sigs/prow reads them (`ListTeamReposBySlug`); a role of the organisation's own shows in its base.
    return call.list(
      repositories.map((repository) => ({
        ...shownListed(call.world, repository, call.actor),
        permissions: flagsOf(repository.teams.get(team.slug) ?? "none"),
      })),
    );
  },
  "repos/list-teams"(call) {
    const repository = call.repository();
    const { owner } = repository;
    if (owner.kind !== "organization") return call.list([]);
    const teams = owner.teams.flatMap((team) => {
      const role = repository.teams.get(team.slug);
      return role === undefined ? [] : [{ ...shownTeam(call.world, owner, team), permission: permissionNamed(role) }];
    });
    return call.list(teams);
  },
};
