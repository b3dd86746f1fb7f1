import type { At, Reader } from "../read/reader.ts";
import type { ApiSetting } from "../api-setting.ts";
import type { EnvironmentSettings, RepositorySettings } from "../schema.ts";
import { off } from "./directions.ts";
import { readingOf, type Expected, type Kind, type Thing } from "./kind.ts";
import { page } from "./listed.ts";
import { permissionOf, roleNamed } from "./permission.ts";
import { plain } from "./words.ts";

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

/**
 * Roles of teams by short name. Owners of code, and those who approve changes of some files, can write even if nobody says so: GitHub counts no
 * other's approval. Those who approve what enters an environment can read.
 */
export function teamRoles({
  repository,
  environments = [],
}: {
  readonly repository?:
    | (Pick<RepositorySettings, "codeOwners" | "teams"> & Partial<Pick<RepositorySettings, "branches" | "breakGlass">>)
    | undefined;
  readonly environments?: readonly Pick<EnvironmentSettings, "reviewers">[];
}): Record<string, string> {
  if (repository === undefined) return {};
  const owners = repository.codeOwners.flatMap((owner) => /^@[^/]+\/(.+)$/.exec(owner)?.[1] ?? []);
  const roles = (slugs: readonly string[], role: string) => Object.fromEntries(slugs.map((slug) => [slug, role]));
  const approving = environments.flatMap(({ reviewers }) => reviewers.teams);
  const reviewing = Object.values(repository.branches ?? {}).flatMap(({ requiredReviewers }) =>
    requiredReviewers.map(({ team: slug }) => slug),
  );
  return {
    ...roles(approving, "read"),
    ...roles([...owners, ...reviewing, ...[repository.breakGlass ?? []].flat()], "write"),
    ...repository.teams,
  };
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

/** Teams that have a role in the repository. */
export const askTeams = (reader: Reader) =>
  reader.ask("teams", ({ paginate, rest }, at) => paginate(rest.repos.listTeams, { ...at, ...page }));

/** Teams of the organisation, each with a role. */
export const team: Kind = {
  title: ({ name }) => `team ${name}`,
  async read(reader, { roles: wanted }) {
    const { roles = {} } = await reader.told();
    if (wanted?.every((name) => name in roles) === true) {
      return {
        things: wanted.map((name) => ({ kind: "team", name, fields: { role: roles[name] ?? "" } })),
        hidden: [],
      };
    }
    return readingOf("team", await askTeams(reader), (all) =>
      all.map(({ slug, permission }) => {
        return { kind: "team", name: slug, fields: { role: roleNamed(permission) } };
      }),
    );
  },
  ...nobodyDeclaredRole,
  ...administrator("team"),
  declare: (declared) =>
    Object.entries(teamRoles(declared)).map(([name, role]): Thing => ({ kind: "team", name, fields: { role } })),
  words: { role: plain("it has the role") },
};
