import type { Job, Scope, TokenNeeds } from "./workflow.ts";

type Permissions = Partial<Record<Scope, { readonly level: "read" | "write"; readonly reasons: readonly string[] }>>;

/** The least that a job's token must be able to do: what its steps say they need, and nothing else. Sorted by scope. Pure. */
export function permissionsOf({ steps }: Job): Permissions {
  const needs = steps.flatMap(({ token = {} }) => Object.entries(token) as [Scope, NonNullable<TokenNeeds[Scope]>][]);
  const scopes = [...new Set(needs.map(([scope]) => scope))].sort();
  return Object.fromEntries(
    scopes.map((scope) => {
      const of = needs.filter(([each]) => each === scope).map(([, need]) => need);
      const level = of.some(([each]) => each === "write") ? "write" : "read";
      return [scope, { level, reasons: [...new Set(of.map(([, reason]) => reason))] }];
    }),
  );
}
