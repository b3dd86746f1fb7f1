// What a moved reference changes beside git, whichever way it moved: push, API or merge.
import type { Actor } from "./accounts.ts";
import { commitFile, personOf } from "./commits.ts";
import { zero } from "./git.ts";
import type { Repository } from "./repository.ts";
import type { RefChange } from "./rules.ts";
import { holding } from "./rules.ts";
import { now } from "./world.ts";

export function afterPush(repository: Repository, actor: Actor | undefined, change: RefChange): void {
  repository.pushers.set(change.ref, personOf(actor).name);
  repository.pushedAt = now();
  dismissStaleReviews(repository, change);
}

/** New commits on a head take approvals away where a rule of the base says so. */
function dismissStaleReviews(repository: Repository, { ref, to }: RefChange): void {
  for (const pull of repository.pulls) {
    if (pull.state !== "open" || `refs/heads/${pull.head}` !== ref) continue;
    const dismisses = holding(repository, `refs/heads/${pull.base}`).some(
      ({ rule }) => rule.type === "pull_request" && rule.parameters?.dismiss_stale_reviews_on_push === true,
    );
    if (!dismisses) continue;
    for (const review of pull.reviews) {
      if (review.state === "APPROVED" && review.commit !== to) review.state = "DISMISSED";
    }
  }
}

export async function moveRef(repository: Repository, actor: Actor | undefined, change: RefChange): Promise<void> {
  if (change.to === zero) await repository.git.deleteRef(change.ref);
  else await repository.git.updateRef(change.ref, change.to, change.from);
  afterPush(repository, actor, change);
}

/** The commit that a new repository may begin with. */
export async function commitFirst(repository: Repository, actor: Actor | undefined): Promise<void> {
  const sha = await commitFile(repository, undefined, "README.md", `# ${repository.name}\n`, {
    message: "Initial commit",
    author: personOf(actor),
  });
  repository.signedByGitHub.add(sha);
  await moveRef(repository, actor, { ref: `refs/heads/${repository.defaultBranch}`, from: zero, to: sha });
}
