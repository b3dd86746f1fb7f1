// Two commits side by side. Source: docs.github.com, "Compare two commits": from the merge base, as pull requests are shown.
import type { AnyHandlers } from "./call.ts";
import { shownCommit } from "./commits.ts";
import { notFound } from "./errors.ts";
import { fullName } from "./repository.ts";
import { unsigned } from "./signatures.ts";

export const compare: AnyHandlers = {
  async "repos/compare-commits"(call) {
    const repository = call.repository("read");
    const { git } = repository;
    const [base, head] = await Promise.all(
      ["base", "head"].map(async (part) => {
        const name = call.param(part);
        return (await git.commitOf(`refs/heads/${name}`)) ?? git.commitOf(name);
      }),
    );
    if (base === undefined || head === undefined) throw notFound();
    const [ahead, behind] = await Promise.all([git.commitsBetween(base, head), git.commitsBetween(head, base)]);
    const mergeBase = (await git.run(["merge-base", base, head])).trim();
    const bad = await unsigned(repository, ahead);
    const shown = async (sha: string) => {
      const commit = (await shownCommit(call.world, repository, sha)) as { commit: { verification: object } };
      const verified = !bad.includes(sha);
      return { ...commit, commit: { ...commit.commit, verification: { ...commit.commit.verification, verified } } };
    };
    const status = { "0 0": "identical", "1 0": "ahead", "0 1": "behind", "1 1": "diverged" };
    const html = `${call.world.url}/${fullName(repository)}/compare/${base}...${head}`;
    return {
      status: 200,
      body: {
        url: call.url,
        html_url: html,
        permalink_url: html,
        diff_url: `${html}.diff`,
        patch_url: `${html}.patch`,
        base_commit: await shown(base),
        merge_base_commit: await shown(mergeBase),
        status: status[`${ahead.length > 0 ? 1 : 0} ${behind.length > 0 ? 1 : 0}`],
        ahead_by: ahead.length,
        behind_by: behind.length,
        total_commits: ahead.length,
        commits: await Promise.all(ahead.map(shown)),
      },
    };
  },
};
