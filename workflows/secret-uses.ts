import { cd } from "./cd.ts";
import { checklist, drill } from "./checklist.ts";
import { ci } from "./ci.ts";
import { drift } from "./drift.ts";
import { secretsIn } from "./model/secrets.ts";
import { eventsOf, type Workflow } from "./model/workflow.ts";
import { preview } from "./preview.ts";
import { release } from "./release.ts";

/** Where GitHub keeps a secret. Dependabot's pull requests see only their own store. */
export type SecretStore = "repository" | "dependabot" | `environment:${string}`;

/** One place in a workflow that reads a secret. */
export interface SecretUse {
  readonly secret: string;
  readonly store: SecretStore;
  /** For people: file and job. */
  readonly by: string;
}

/** Every secret that the jobs of a workflow read, and the store that it comes from. Pure. */
export function secretUsesOf(workflow: Workflow): SecretUse[] {
  return Object.values(workflow.jobs).flatMap((job) => {
    const by = `${workflow.file}, ${job.name}`;
    const events = eventsOf(workflow).filter((event) => job.when?.events?.includes(event) ?? true);
    const dependabotToo = events.includes("pull_request") && job.when?.trusted !== true;
    const stores: SecretStore[] =
      job.environment === undefined
        ? ["repository", ...(dependabotToo ? (["dependabot"] as const) : [])]
        : [`environment:${job.environment}`];
    return stores.flatMap((store) => secretsIn(job).map((secret) => ({ secret, store, by })));
  });
}

/** What the guide's workflows read. The images go to GitHub's own registry with the run's own token, so that needs none. */
export const secretUses: readonly SecretUse[] = [ci, cd, release, preview, drift, checklist, drill].flatMap(
  secretUsesOf,
);
