import type { Octokit } from "@octokit/rest";
import type { At } from "../read/reader.ts";
import type { ApiSetting } from "../api-setting.ts";
import type { EnvironmentSettings, RepositorySettings } from "../schema.ts";
import { off } from "./directions.ts";
import { readingOf, type Expected, type Kind, type KindName, type Thing } from "./kind.ts";
import { plain } from "./words.ts";

/** A kind that no stack declares, unless `more` says so: only what is there counts, and administrators alone see it. */
function undeclared<T>(
  kind: KindName,
  ask: (octokit: Octokit, at: At) => Promise<T[]>,
  thing: (told: T) => Pick<Thing, "name" | "fields">,
  more: Partial<Kind> = {},
): Kind {
  return {
    title: ({ name }) => `${kind} ${name}`,
    async read(reader) {
      const answer = await reader.ask(`${kind}s`, ask);
      return readingOf(kind, answer, (all) => all.map((told) => ({ kind, ...thing(told) })));
    },
    words: {},
    ...more,
  };
}

const page = { per_page: 100 } as const;

/** Roles that people have though nobody declared them. */
export const nobodyDeclaredRole: Required<Pick<Kind, "undeclared" | "isExpected">> = {
  undeclared: ({ fields }) => `has the role ${fields.role as string}, which nobody declared`,
  isExpected: ({ name, fields }, { people }: Expected) =>
    people.includes(name) && ["read", "triage", "write"].includes(fields.role as string),
};

/** One more who administers the repository can take every rule away: that is a weakening. Other roles are everyday's. */
export const administrator = (sort: "user" | "team"): Required<Pick<Kind, "object" | "rules" | "guards">> => ({
  object: () => "repository",
  rules: {
    administrator: { words: "administrator", direction: { ...off, show: (value) => (value === true ? "yes" : "no") } },
  },
  guards: ({ role }, name) => (role === "admin" ? { [`administrator.${sort}:${name.toLowerCase()}`]: true } : {}),
});

/** Teams are told in the API's older words. */
const permissions: Readonly<Record<string, string>> = { pull: "read", push: "write" };
const apiPermissions: Readonly<Record<string, string>> = { read: "pull", write: "push" };

/** As the provider and the API take a role. */
export const permissionOf = (role: string): string => apiPermissions[role] ?? role;

/**
 * Roles of teams by short name. Owners of code can write even if nobody says so, because GitHub ignores an owner who can't; those who
 * approve what enters an environment can read.
 */
export function teamRoles({
  repository,
  environments = [],
}: {
  readonly repository?: Pick<RepositorySettings, "codeOwners" | "teams"> | undefined;
  readonly environments?: readonly Pick<EnvironmentSettings, "reviewers">[];
}): Record<string, string> {
  if (repository === undefined) return {};
  const owners = repository.codeOwners.flatMap((owner) => /^@[^/]+\/(.+)$/.exec(owner)?.[1] ?? []);
  const roles = (slugs: readonly string[], role: string) => Object.fromEntries(slugs.map((slug) => [slug, role]));
  const approving = environments.flatMap(({ reviewers }) => reviewers.teams);
  return { ...roles(approving, "read"), ...roles(owners, "write"), ...repository.teams };
}

/** A team's role as it has to be. */
export function teamSetting({ owner, repo }: At, slug: string, role: string): ApiSetting {
  const permission = permissionOf(role);
  return {
    what: `role of team ${slug}`,
    read: `/repos/${owner}/${repo}/teams?per_page=100`,
    lists: "contain",
    wanted: [{ slug, permission }],
    write: { method: "PUT", path: `/orgs/${owner}/teams/${slug}/repos/${owner}/${repo}`, body: { permission } },
  };
}

export const team = undeclared(
  "team",
  ({ paginate, rest }, at) => paginate(rest.repos.listTeams, { ...at, ...page }),
  ({ slug, permission }) => ({ name: slug, fields: { role: permissions[permission] ?? permission } }),
  {
    ...nobodyDeclaredRole,
    ...administrator("team"),
    declare: (declared) =>
      Object.entries(teamRoles(declared)).map(([name, role]): Thing => ({ kind: "team", name, fields: { role } })),
    words: { role: plain("it has the role") },
  },
);

export const deployKey = undeclared(
  "deploy key",
  ({ paginate, rest }, at) => paginate(rest.repos.listDeployKeys, { ...at, ...page }),
  ({ title, read_only }) => ({ name: title, fields: { readOnly: read_only } }),
  {
    title: ({ name }) => `deploy key "${name}"`,
    undeclared: ({ fields }) => `may ${fields.readOnly === true ? "read" : "write"}, and nobody declared it`,
  },
);

export const webhook = undeclared(
  "webhook",
  ({ paginate, rest }, at) => paginate(rest.repos.listWebhooks, { ...at, ...page }),
  // The address may hold a secret in its path.
  ({ config: { url = "" } }) => ({
    name: URL.canParse(url) ? new URL(url).host : "an address that is none",
    fields: {},
  }),
  {
    title: ({ name }) => `webhook to ${name}`,
    undeclared: () => "is told what happens here, and nobody declared it",
  },
);

export const autolink = undeclared(
  "autolink",
  async ({ rest }, at) => (await rest.repos.listAutolinks(at)).data,
  ({ key_prefix }) => ({ name: key_prefix, fields: {} }),
);
