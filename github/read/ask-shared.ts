import type { Octokit } from "@octokit/rest";
import { roleTold } from "../kinds/permission.ts";
import type { ListedRepository } from "./told.ts";

/** What lists of an organisation tell of several of its repositories, by their names in small letters. Each may lack any of them. */
export interface Shared {
  readonly repositories: ReadonlyMap<string, ListedRepository>;
  /** Roles of teams by short name. */
  readonly roles: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Whose lists, and which of them. */
export interface SharedLists {
  readonly owner: string;
  /** Of the repositories. */
  readonly names: readonly string[];
  /** Teams whose roles are asked for. */
  readonly teams: readonly string[];
  /** The plan lets the organisation define roles of its own, which lists of a team do not tell apart from those that they are built on. */
  readonly mayHaveRoles: boolean;
}

/** A page has to save more requests than it is: so many repositories may be found on it. */
const worthAPage = 3;
/** The largest page that GitHub gives. */
const perPage = 100;

/** It only saves requests: where it fails, each repository is asked by itself. */
const once = { request: { retries: 0 } };

/**
 * Asks for an organisation's repositories and its teams' roles in them by the hundred, as far as that takes fewer requests than asking each
 * repository. What it does not tell may be there all the same.
 */
export async function askShared(octokit: Octokit, lists: SharedLists): Promise<Shared> {
  const { owner: org, names, teams } = lists;
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const mostPages = Math.floor(wanted.size / worthAPage);
  if (mostPages === 0) return { repositories: new Map(), roles: new Map() };
  const [repositories, all] = await Promise.all([
    listed(wanted, mostPages, async (page) => {
      const { data } = await octokit.rest.repos.listForOrg({ org, ...page, ...once });
      return data as unknown as ListedRepository[];
    }),
    (async () => {
      if (teams.length === 0 || (await hasOwnRoles(octokit, lists))) return [];
      return Promise.all(
        teams.map(async (team_slug) => {
          const has = await listed(wanted, mostPages, async (page) => {
            return (await octokit.rest.teams.listReposInOrg({ org, team_slug, ...page, ...once })).data;
          });
          return [...has].flatMap(([name, { permissions }]) => {
            const role = roleTold(permissions);
            return role === undefined ? [] : [{ name, team: team_slug, role }];
          });
        }),
      );
    })(),
  ]);
  const roles = new Map<string, Record<string, string>>();
  for (const { name, team, role } of all.flat()) roles.set(name, { ...roles.get(name), [team]: role });
  return { repositories, roles };
}

/** Those of a list that are wanted, from as many of its pages as are worth asking for. */
async function listed<T extends { readonly name: string }>(
  wanted: ReadonlySet<string>,
  mostPages: number,
  ask: (page: { per_page: number; page: number }) => Promise<readonly T[]>,
): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  for (let page = 1; page <= mostPages && found.size < wanted.size; page += 1) {
    const some = await ask({ per_page: perPage, page }).catch((): T[] => []);
    for (const one of some) if (wanted.has(one.name.toLowerCase())) found.set(one.name.toLowerCase(), one);
    if (some.length < perPage) break;
  }
  return found;
}

/** Or may have: where this token may not see that either. */
async function hasOwnRoles(octokit: Octokit, { owner: org, mayHaveRoles }: SharedLists): Promise<boolean> {
  if (!mayHaveRoles) return false;
  try {
    const answer = await octokit.request("GET /orgs/{org}/custom-repository-roles", { org, ...once });
    return (answer.data as { readonly total_count?: number }).total_count !== 0;
  } catch {
    return true;
  }
}
