import { isRefusal, type Reader } from "../../github/read/reader.ts";
import { broken, proven, unseen, type Finding } from "../model.ts";

const message = "chore: slipway checklist tries whether this push is refused";
/** Words of the rules; whatever else refuses says nothing of them. */
const ruleWords = /rule violations|pull request|protected branch|status check|approving review/i;

/**
 * Pushes an empty commit to main, which the branch's rules have to refuse. The commit's tree is main's own, so that nothing changes even where
 * nobody refuses it.
 *
 * @throws where GitHub can't be asked
 */
export async function tryPush({ octokit: { rest }, at }: Pick<Reader, "octokit" | "at">): Promise<Finding> {
  const { data: ref } = await rest.git.getRef({ ...at, ref: "heads/main" });
  const { data: head } = await rest.git.getCommit({ ...at, commit_sha: ref.object.sha });
  try {
    const { data: made } = await rest.git.createCommit({ ...at, message, tree: head.tree.sha, parents: [head.sha] });
    await rest.git.updateRef({ ...at, ref: "heads/main", sha: made.sha, force: false });
    return broken(
      `main took the empty commit ${made.sha.slice(0, 12)} without a pull request`,
      "take this token's owner out of who may bypass the rules, or try with another's",
    );
  } catch (error) {
    if (!isRefusal(error) || ![403, 404, 409, 422].includes(error.status)) throw error;
    const said = error.message.split("\n").find((line) => line.trim() !== "") ?? "";
    if (error.status !== 422 || !ruleWords.test(error.message))
      return unseen(
        `the push was refused, and not by the rules: ${said}`,
        "export GITHUB_TOKEN=<one that may write contents>",
      );
    return proven("a push to main without a pull request was refused by its rules");
  }
}
