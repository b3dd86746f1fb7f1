// Roles in a repository, which the API calls by older words in some places.
const names: Readonly<Record<string, string>> = { pull: "read", push: "write" };
const permissions: Readonly<Record<string, string>> = { read: "pull", write: "push" };

/** What people call a permission of the API. */
export const roleNamed = (permission: string): string => names[permission] ?? permission;

/** As the provider and the API take a role. */
export const permissionOf = (role: string): string => permissions[role] ?? role;

/** The highest that a list's flags say; undefined where there is none. Source: how kubernetes-sigs/prow reads roles of teams. */
export function roleTold(flags: Readonly<Partial<Record<string, boolean>>> = {}): string | undefined {
  const highest = ["admin", "maintain", "push", "triage", "pull"].find((name) => flags[name] === true);
  return highest && roleNamed(highest);
}
