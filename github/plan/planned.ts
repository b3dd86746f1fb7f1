import { type RequiredCheck } from "../../workflows/ci.ts";
import { guardsOf, kinds, type Guards } from "../kinds/index.ts";
import type { Thing } from "../kinds/kind.ts";

/** A resource as the engine is given it. */
export interface Planned {
  /** Type token: `github:index/repositoryRuleset:RepositoryRuleset`. */
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** What a resource declares of a kind whose inputs policies look at. */
function plannedThings({ type, props }: Planned): Thing[] {
  if (!type.startsWith("github:")) return [];
  const noun = type.split(":").at(-1) ?? "";
  return Object.values(kinds).flatMap(({ planned }) => planned?.[noun]?.(props) ?? []);
}

/** How strict a resource is with the branch or tags that it is about; nothing of other resources. Pure. */
export const plannedGuards = (resource: Planned): Guards => guardsOf(plannedThings(resource));

/**
 * What a resource makes GitHub wait for before a merge. Pure.
 *
 * @param known who reports checks: the provider can't say it of classic protection, and the step that reads it back does
 */
export function requiredChecksOf(resource: Planned, known: readonly RequiredCheck[]): RequiredCheck[] {
  if (resource.type === "command:local:Command") return checksOfStep(resource.props.stdin);
  return plannedThings(resource).flatMap(({ kind, fields: { checks = {} } }) =>
    Object.entries(checks).map(([context, by]) => {
      if (kind === "protection") return { context, app: known.find((each) => each.context === context)?.app };
      const [app] = /\d+$/.exec(String(by)) ?? [];
      return { context, app: app === undefined ? undefined : Number(app) };
    }),
  );
}

/** What a step says to GitHub about branch protection. */
function checksOfStep(stdin: unknown): RequiredCheck[] {
  if (typeof stdin !== "string" || !stdin.includes("/protection")) return [];
  const { all = [] } = JSON.parse(stdin) as { all?: { wanted?: Protection }[] };
  return all
    .flatMap(({ wanted }) => wanted?.required_status_checks?.checks ?? [])
    .map(({ context, app_id: app }) => ({ context, app: app ?? undefined }));
}

interface Protection {
  readonly required_status_checks?: { readonly checks?: readonly { context: string; app_id?: number | null }[] };
}
