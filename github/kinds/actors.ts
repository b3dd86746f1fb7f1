/**
 * Who may do what a rule forbids: `role:admin`, `role:maintain`, `role:write`, `team:<slug>`, `app:<id>` or `organization-admin`.
 *
 * The Actions app itself can't be one (HAMi-WebUI#138): a release bot needs an app of its own.
 */
export type Actor = string;

export const actorPattern =
  /^(role:(admin|maintain|write)|team:[a-z0-9][a-z0-9_-]*|app:(?!15368$)[1-9]\d*|organization-admin)$/;

/** GitHub's ids of its own roles. */
const roles: Readonly<Record<number, string>> = { 1: "read", 2: "maintain", 3: "triage", 4: "write", 5: "admin" };

/** An actor as GitHub's API takes it. */
export interface BypassActor {
  readonly actorId: number;
  readonly actorType: "RepositoryRole" | "Team" | "Integration" | "OrganizationAdmin";
  readonly bypassMode: BypassMode;
}

/** GitHub's, from the one that lets pass the most; an unknown one lets pass more. */
export const bypassModes: readonly string[] = ["exempt", "always", "pull_request"];

/** Always, or by merging a pull request only. */
export type BypassMode = "always" | "pull_request";

/** Team slugs that actors name. */
export function teamsOf(actors: readonly Actor[]): string[] {
  return actors.filter((actor) => actor.startsWith("team:")).map((actor) => actor.slice("team:".length));
}

/** @param teams ids by slug */
export function bypassActors(
  actors: readonly Actor[],
  teams: Readonly<Record<string, number>>,
  bypassMode: BypassMode = "always",
): BypassActor[] {
  return actors.map((actor) => {
    const [kind = "", name = ""] = actor.split(":");
    switch (kind) {
      case "role": {
        const id = Object.keys(roles).find((number) => roles[Number(number)] === name);
        return { actorId: Number(id ?? 0), actorType: "RepositoryRole", bypassMode };
      }
      case "team":
        return { actorId: teams[name] ?? 0, actorType: "Team", bypassMode };
      case "app":
        return { actorId: Number(name), actorType: "Integration", bypassMode };
      default:
        return { actorId: 1, actorType: "OrganizationAdmin", bypassMode };
    }
  });
}

/**
 * An actor as the configuration names it, where it can; others by GitHub's type and id.
 *
 * @param teams names by id
 */
export function actorName(type: string, id: number | null | undefined, teams: Readonly<Record<number, string>>): Actor {
  const number = id ?? 0;
  switch (type) {
    case "RepositoryRole":
      return `role:${roles[number] ?? number}`;
    case "Team":
      return `team:${teams[number] ?? number}`;
    case "Integration":
      return `app:${number}`;
    case "OrganizationAdmin":
      return "organization-admin";
    default:
      return id == null ? type : `${type}:${number}`;
  }
}
