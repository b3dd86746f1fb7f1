import type { Change } from "./deliver.ts";
import { gateName } from "./check-names.ts";
import { secretUses } from "./secret-uses.ts";
import { cd } from "./cd.ts";
import { checklist, drill } from "./checklist.ts";
import { drift } from "./drift.ts";
import { preview } from "./preview.ts";

/** Title of the pull request, and subject of its commits. The commit rule of ci.yml judges it too. */
export const deliveryTitle = "ci: take over the workflows as rendered";

const purposes: Readonly<Record<string, string>> = {
  ".github/workflows/ci.yml": `checks pull requests, and ends in the one check \`${gateName}\``,
  ".github/workflows/cd.yml": "takes what is on main to staging, and a release tag to production after an approval",
  ".github/workflows/release.yml": "proposes a version when it is asked to; its merge releases it",
  ".github/workflows/preview.yml": "comments on pull requests what an update would change",
  ".github/workflows/drift.yml": "looks for changes made by hand, and keeps one issue about them",
  ".github/workflows/checklist.yml":
    "looks every week whether the bootstrap checklist still holds, and keeps one issue about it",
  ".github/workflows/drill.yml": "practises a rollback on staging every month",
  ".pre-commit-config.yaml": "the checks of ci.yml as hooks of a clone; nothing runs them before `pre-commit install`",
};

/** What a pull request with rendered files says: why each is there, what they need, and what its merge starts. Pure. */
export function deliveryText(changes: readonly Change[]): string {
  const differing = changes.filter(({ is }) => is !== "same");
  const edited = differing.filter(({ is }) => is === "changed");
  const environments = [cd, preview, drift, checklist, drill].flatMap(({ jobs }) =>
    Object.values(jobs).flatMap(({ environment }) => (environment === undefined ? [] : [environment])),
  );
  const secrets = new Map<string, Set<string>>();
  for (const { secret, store } of secretUses) secrets.set(store, (secrets.get(store) ?? new Set()).add(secret));
  return [
    "Slipway renders these files from its model. Nothing else of the repository is touched.",
    "",
    "| file | is | does |",
    "| --- | --- | --- |",
    ...differing.map(({ path, is }) => `| \`${path}\` | ${is} | ${purposes[path] ?? ""} |`),
    "",
    ...(edited.length === 0
      ? []
      : [
          `**Is overwritten:** ${edited.map(({ path }) => `\`${path}\``).join(", ")} differ from what is rendered. _Files changed_ shows what would be lost.`,
          "",
        ]),
    "### What they need",
    "",
    `- Environments, which the governance stack declares: ${listed(environments)}.`,
    ...[...secrets].map(([store, names]) => `- Secrets of ${store.replace(":", " ")}: ${listed(names)}.`),
    "",
    "### What the merge does",
    "",
    `- From now on pull requests run ci.yml, this one as well. Require \`${gateName}\` after the merge, so that no older request waits for a check that it cannot report.`,
    "- The push to the default branch starts ci.yml and cd.yml. cd.yml deploys nothing before the gate of that commit is green.",
    "- Later versions come as a pull request on this same branch. Change the model, not the YAML.",
    "",
  ].join("\n");
}

const listed = (names: Iterable<string>): string => [...new Set(names)].map((name) => `\`${name}\``).join(", ");
