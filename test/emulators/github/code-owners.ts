// CODEOWNERS: who owns a changed file. The last line that matches decides.
import { atLeast, roleOf } from "./accounts.ts";
import type { User } from "./accounts.ts";
import type { Handlers } from "./call.ts";
import { ok } from "./call.ts";
import { notFound } from "./errors.ts";
import type { Repository } from "./repository.ts";
import { lines } from "./git.ts";

const places = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/** For each owned file among those given: the logins of its owners, teams opened up. The base branch's file counts. */
export async function ownersOf(repository: Repository, base: string, files: string[]): Promise<Set<string>[]> {
  const texts = await Promise.all(places.map((place) => repository.git.read(base, place)));
  const text = texts.find((one) => one !== undefined) ?? "";
  const rules = lines(text)
    .map((line) =>
      line
        .replace(/(^|\s)#.*$/, "")
        .trim()
        .split(/\s+/),
    )
    .filter(([pattern]) => pattern !== undefined && pattern !== "")
    .map(([pattern = "", ...owners]) => ({ matches: matcher(pattern), owners }));
  return files.flatMap((file) => {
    const owners = rules.findLast(({ matches }) => matches.test(file))?.owners ?? [];
    return owners.length === 0 ? [] : [new Set(owners.flatMap((owner) => logins(repository, owner)))];
  });
}

/** Source: the description of `repos/codeowners-errors`, and "About code owners" on docs.github.com for who may own. */
export const codeOwners: Handlers = {
  async "repos/codeowners-errors"(call) {
    const repository = call.repository();
    const ref = call.query.ref ?? repository.defaultBranch;
    const texts = await Promise.all(places.map(async (path) => ({ path, text: await repository.git.read(ref, path) })));
    const { path, text } = texts.find((one) => one.text !== undefined) ?? {};
    if (path === undefined || text === undefined) throw notFound();
    const errors = lines(text).flatMap((source, index) =>
      (source.replace(/(^|\s)#.*$/, "").match(/\S+/g) ?? []).slice(1).flatMap((owner) => {
        if (logins(repository, owner).length > 0) return [];
        const message = `Unknown owner on line ${index + 1}: make sure ${owner} exists and has write access to the repository`;
        return [
          {
            line: index + 1,
            column: source.indexOf(owner) + 1,
            source,
            kind: "Unknown owner",
            suggestion: null,
            message,
            path,
          },
        ];
      }),
    );
    return ok({ errors });
  },
};

function logins(repository: Repository, owner: string): string[] {
  const [, organization, team] = /^@([^/]+)(?:\/(.+))?$/.exec(owner) ?? [];
  if (organization === undefined) return [];
  if (team === undefined) {
    const somebody: User = { kind: "user", login: organization, id: 0, plan: "free", token: "", signingKeys: [] };
    return atLeast(roleOf(somebody, repository), "write") ? [organization] : [];
  }
  // A team that has no right of its own to write owns nothing, whoever its members are (GitHub's "About code owners").
  if (!atLeast(repository.teams.get(team) ?? "none", "write")) return [];
  const teams =
    repository.owner.kind === "organization" && repository.owner.login === organization ? repository.owner.teams : [];
  return [...(teams.find(({ slug }) => slug === team)?.members.keys() ?? [])];
}

/** A pattern as in .gitignore, without negation and sets. */
function matcher(pattern: string): RegExp {
  const rooted = pattern.slice(0, -1).includes("/");
  const source = pattern
    .replace(/^\//, "")
    .replace(/\/$/, "/**")
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*\/|\*\*|\*/g, (star) => ({ "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*" })[star] ?? star);
  // A name means the file, or everything in the folder.
  return new RegExp(`^${rooted ? "" : "(?:.*/)?"}${source}(?:/.*)?$`);
}
