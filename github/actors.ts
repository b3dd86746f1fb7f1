/**
 * Who may do what a rule forbids: `role:admin`, `role:maintain`, `role:write`, `team:<slug>`, `app:<id>` or `organization-admin`.
 *
 * The Actions app itself can't be one (HAMi-WebUI#138): a release bot needs an app of its own.
 */
export type Actor = string;

export const actorPattern =
  /^(role:(admin|maintain|write)|team:[a-z0-9][a-z0-9_-]*|app:(?!15368$)[1-9]\d*|organization-admin)$/;

const roles: Readonly<Record<string, number>> = { maintain: 2, write: 4, admin: 5 };

/** An actor as GitHub's API takes it. */
export interface BypassActor {
  readonly actorId: number;
  readonly actorType: "RepositoryRole" | "Team" | "Integration" | "OrganizationAdmin";
  readonly bypassMode: "always";
}

/** Team slugs that actors name. */
export function teamsOf(actors: readonly Actor[]): string[] {
  return actors.filter((actor) => actor.startsWith("team:")).map((actor) => actor.slice("team:".length));
}

/** @param teams ids by slug */
export function bypassActors(actors: readonly Actor[], teams: Readonly<Record<string, number>>): BypassActor[] {
  return actors.map((actor) => {
    const [kind = "", name = ""] = actor.split(":");
    switch (kind) {
      case "role":
        return { actorId: roles[name] ?? 0, actorType: "RepositoryRole", bypassMode: "always" };
      case "team":
        return { actorId: teams[name] ?? 0, actorType: "Team", bypassMode: "always" };
      case "app":
        return { actorId: Number(name), actorType: "Integration", bypassMode: "always" };
      default:
        return { actorId: 1, actorType: "OrganizationAdmin", bypassMode: "always" };
    }
  });
}
