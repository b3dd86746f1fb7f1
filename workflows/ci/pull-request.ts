import { branchKinds, branchRule, commitRule, commitTypes } from "../commit-rule.ts";
import type { CiSettings } from "./settings.ts";
import type { Job } from "../model/workflow.ts";
import { checkout, script } from "./steps.ts";

/** What is looked at in a pull request besides its code. */
export function quality({ maxFileBytes, maxLines, largePullRequest }: CiSettings): Job {
  const rule = { COMMIT_RULE: commitRule, COMMIT_TYPES: commitTypes.join(", ") };
  return {
    name: "PR Quality Check",
    when: { events: ["pull_request"] },
    minutes: 5,
    steps: [
      checkout("to read the commits", "all"),
      script("title", {
        name: "Title",
        when: "end",
        token: { "pull-requests": ["read", "to read the title as it is now"] },
        env: {
          ...rule,
          GITHUB_TOKEN: "${{ github.token }}",
          PULL_REQUEST: "${{ github.event.pull_request.number }}",
        },
      }),
      script("commits", { name: "Commits", when: "end", env: rule }),
      script("branch", {
        name: "Branch name",
        when: "end",
        env: { BRANCH: "${{ github.head_ref }}", BRANCH_RULE: branchRule, BRANCH_KINDS: branchKinds },
      }),
      script("large-files", { name: "Large files", when: "end", env: { MAX_FILE_BYTES: String(maxFileBytes) } }),
      script("size", {
        name: "Size",
        when: "end",
        env: { MAX_LINES: String(maxLines), LARGE_IS: largePullRequest },
      }),
    ],
  };
}
