// How people, teams, apps and repositories look in REST replies.
import type { Account, App, Organization, Team, User } from "./accounts.ts";
import { atLeast, nodeId, roleOf } from "./accounts.ts";
import type { Actor } from "./accounts.ts";
import type { Repository } from "./repository.ts";
import { fullName } from "./repository.ts";
import { shownAnalysis } from "./security.ts";
import type { World } from "./world.ts";

export function shownUser(world: World, account: User | Organization): object {
  const url = `${world.url}/api/v3/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.id,
    node_id: accountNode(account),
    avatar_url: `${world.url}/avatars/u/${account.id}`,
    gravatar_id: "",
    url,
    html_url: `${world.url}/${encodeURIComponent(account.login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.kind === "user" ? "User" : "Organization",
    site_admin: false,
  };
}

/** Apps as the bot users that they appear as. */
export function shownActor(world: World, actor: Actor): object {
  if (actor.kind === "user") return shownUser(world, actor);
  return {
    ...shownUser(world, {
      kind: "user",
      id: actor.id,
      login: `${actor.slug}[bot]`,
      plan: "free",
      token: "",
      signingKeys: [],
    }),
    type: "Bot",
  };
}

export function accountNode(account: Account): string {
  return nodeId(account.kind === "user" ? "U" : "O", account.id);
}

export function teamNode(team: Team): string {
  return nodeId("T", team.id);
}

export function appNode(app: App): string {
  return nodeId("A", app.id);
}

export function repositoryNode(repository: Repository): string {
  return nodeId("R", repository.id);
}

export function shownTeam(world: World, owner: Account, team: Team): object {
  const url = `${world.url}/api/v3/organizations/${owner.id}/team/${team.id}`;
  return {
    id: team.id,
    node_id: teamNode(team),
    name: team.name,
    slug: team.slug,
    description: team.description,
    privacy: team.privacy,
    notification_setting: "notifications_enabled",
    permission: "pull",
    url,
    html_url: `${world.url}/orgs/${owner.login}/teams/${team.slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: "organization",
    organization_id: owner.id,
    parent: null,
  };
}

/** Whom every app belongs to; no account of the emulator. */
const maker: Organization = {
  kind: "organization",
  id: 9919,
  login: "github",
  plan: "enterprise",
  members: new Map(),
  teams: [],
  roles: new Map(),
  properties: [],
  customRoles: [],
  rulesets: [],
};

export function shownApp(world: World, app: App): object {
  return {
    id: app.id,
    slug: app.slug,
    node_id: appNode(app),
    name: app.name,
    client_id: `Iv1.${app.id}`,
    owner: shownUser(world, maker),
    description: "",
    external_url: `${world.url}/apps/${app.slug}`,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: "2018-07-30T09:30:17Z",
    updated_at: "2018-07-30T09:30:17Z",
    permissions: { checks: "write", contents: "write", metadata: "read" },
    events: [],
  };
}

/** GitHub's roles in the words of the permissions block. */
export function permissionsOf(actor: Actor | undefined, repository: Repository): object {
  const role = roleOf(actor, repository);
  return {
    admin: atLeast(role, "admin"),
    maintain: atLeast(role, "maintain"),
    push: atLeast(role, "write"),
    triage: atLeast(role, "triage"),
    pull: atLeast(role, "read"),
  };
}

/** Addresses that every repository has, by the field's name. */
const addresses = {
  archive_url: "/{archive_format}{/ref}",
  assignees_url: "/assignees{/user}",
  blobs_url: "/git/blobs{/sha}",
  branches_url: "/branches{/branch}",
  collaborators_url: "/collaborators{/collaborator}",
  comments_url: "/comments{/number}",
  commits_url: "/commits{/sha}",
  compare_url: "/compare/{base}...{head}",
  contents_url: "/contents/{+path}",
  contributors_url: "/contributors",
  deployments_url: "/deployments",
  downloads_url: "/downloads",
  events_url: "/events",
  forks_url: "/forks",
  git_commits_url: "/git/commits{/sha}",
  git_refs_url: "/git/refs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  hooks_url: "/hooks",
  issue_comment_url: "/issues/comments{/number}",
  issue_events_url: "/issues/events{/number}",
  issues_url: "/issues{/number}",
  keys_url: "/keys{/key_id}",
  labels_url: "/labels{/name}",
  languages_url: "/languages",
  merges_url: "/merges",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  pulls_url: "/pulls{/number}",
  releases_url: "/releases{/id}",
  stargazers_url: "/stargazers",
  statuses_url: "/statuses/{sha}",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  tags_url: "/tags",
  teams_url: "/teams",
  trees_url: "/git/trees{/sha}",
  url: "",
} as const;

/** The short form: in lists and inside other things. */
export function shownMinimal(world: World, repository: Repository): Record<string, unknown> {
  const full = fullName(repository);
  const api = `${world.url}/api/v3/repos/${full}`;
  return {
    id: repository.id,
    node_id: repositoryNode(repository),
    name: repository.name,
    full_name: full,
    private: repository.visibility !== "public",
    visibility: repository.visibility,
    owner: shownUser(world, repository.owner),
    html_url: `${world.url}/${full}`,
    description: repository.settings.description,
    fork: false,
    ...Object.fromEntries(Object.entries(addresses).map(([name, path]) => [name, `${api}${path}`])),
  };
}

/**
 * As in lists of an organisation's or a team's repositories. Source: the fields of the examples in GitHub's description of both operations; who
 * sees the security block is said there too.
 */
export function shownListed(world: World, repository: Repository, actor: Actor | undefined): Record<string, unknown> {
  const { settings } = repository;
  return {
    ...shownMinimal(world, repository),
    homepage: settings.homepage,
    size: 0,
    default_branch: repository.defaultBranch,
    is_template: settings.is_template,
    topics: repository.topics,
    has_issues: settings.has_issues,
    has_projects: settings.has_projects,
    has_wiki: settings.has_wiki,
    has_pages: false,
    has_downloads: settings.has_downloads,
    has_discussions: settings.has_discussions,
    archived: repository.archived,
    disabled: false,
    pushed_at: repository.pushedAt,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    permissions: permissionsOf(actor, repository),
    ...(atLeast(roleOf(actor, repository), "admin") && { security_and_analysis: shownAnalysis(repository) }),
  };
}

/** The long form. Merge settings are for those who may push, the security block for admins, as on GitHub. */
export function shownRepository(world: World, repository: Repository, actor: Actor | undefined): object {
  const full = fullName(repository);
  const role = roleOf(actor, repository);
  const { settings } = repository;
  const open = repository.pulls.filter(({ state }) => state === "open").length;
  return {
    ...shownListed(world, repository, actor),
    ...(repository.owner.kind === "organization" && { organization: shownUser(world, repository.owner) }),
    clone_url: `${world.url}/${full}.git`,
    git_url: `git://${new URL(world.url).host}/${full}.git`,
    ssh_url: `git@${new URL(world.url).hostname}:${full}.git`,
    svn_url: `${world.url}/${full}`,
    mirror_url: null,
    language: null,
    license: null,
    forks: 0,
    forks_count: 0,
    network_count: 0,
    stargazers_count: 0,
    subscribers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: open,
    open_issues_count: open,
    allow_forking: settings.allow_forking,
    web_commit_signoff_required: settings.web_commit_signoff_required,
    ...(atLeast(role, "write") && {
      allow_squash_merge: settings.allow_squash_merge,
      allow_merge_commit: settings.allow_merge_commit,
      allow_rebase_merge: settings.allow_rebase_merge,
      allow_auto_merge: settings.allow_auto_merge,
      allow_update_branch: settings.allow_update_branch,
      delete_branch_on_merge: settings.delete_branch_on_merge,
      squash_merge_commit_title: settings.squash_merge_commit_title,
      squash_merge_commit_message: settings.squash_merge_commit_message,
      merge_commit_title: settings.merge_commit_title,
      merge_commit_message: settings.merge_commit_message,
    }),
  };
}
