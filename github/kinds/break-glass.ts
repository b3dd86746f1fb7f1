import { there, type Answer, type Reader } from "../read/reader.ts";
import { readingOf, together, type Kind, type Reading } from "./kind.ts";

/** A merge or a push that GitHub let past a rule which was not met, by its record of them. */
interface Passed {
  readonly actor_name?: string;
  readonly after_sha?: string;
}

/** Where who merges says why: a line of the pull request's text. */
const reason = /^Break glass: *(\S.*)$/im;

/** GitHub's longest: a month. */
const askPassed = (reader: Reader): Promise<Answer<readonly Passed[]>> =>
  reader.ask("merges past the rules of main", ({ paginate, rest }, at) =>
    paginate(rest.repos.getRepoRuleSuites, {
      ...at,
      ref: "refs/heads/main",
      rule_suite_result: "bypass",
      time_period: "month",
      per_page: 100,
    }),
  );

async function readOne(reader: Reader, { actor_name: by = "somebody", after_sha: sha = "" }: Passed): Promise<Reading> {
  const pulls = await reader.ask(`pull requests of ${sha}`, async ({ rest }, at) => {
    const { data } = await rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: sha });
    return data.filter(({ merged_at: mergedAt, base }) => mergedAt !== null && base.ref === "main");
  });
  const [pull] = pulls.is === "there" ? pulls.value : [];
  if (pulls.is === "hidden" || pull === undefined) {
    return readingOf("merge past the rules", pulls.is === "hidden" ? pulls : there(by), () => [
      { kind: "merge past the rules", name: `push of ${sha.slice(0, 7)} to main`, fields: { by, isReviewed: false } },
    ]);
  }
  const { number, body, user } = pull;
  const reviews = await reader.ask(`reviews of ${number}`, ({ paginate, rest }, at) =>
    paginate(rest.pulls.listReviews, { ...at, pull_number: number, per_page: 100 }),
  );
  return readingOf("merge past the rules", reviews, (all) => {
    const last = new Map(
      all.filter(({ state }) => state !== "COMMENTED").map((review) => [review.user?.login ?? "", review.state]),
    );
    const isReviewed = [...last].some(([who, state]) => state === "APPROVED" && who !== user?.login && who !== by);
    const why = reason.exec(body ?? "")?.[1]?.trim() ?? "";
    return [{ kind: "merge past the rules", name: `pull request #${number} to main`, fields: { by, isReviewed, why } }];
  });
}

/**
 * What a team merged past the rules in an emergency. It is told until somebody else than its author and who merged it has approved it, and the
 * reason stands in its text; GitHub remembers it for a month.
 */
export const breakGlass: Kind = {
  title: ({ name }) => name,
  async read(reader, { isBreakGlassAsked = false }) {
    if (!isBreakGlassAsked) return together([]);
    const passed = await askPassed(reader);
    if (passed.is !== "there") return readingOf("merge past the rules", passed, () => []);
    return together(await Promise.all(passed.value.map((each) => readOne(reader, each))));
  },
  words: {},
  undeclared({ fields: { by, isReviewed, why } }) {
    const lacks = [
      ...(isReviewed === true ? [] : ["nobody else has approved it since"]),
      ...(why === "" ? ["its text gives no reason in a line “Break glass: …”"] : []),
    ];
    const said = typeof why === "string" && why !== "" ? ` (${why})` : "";
    return `went past the rules by ${typeof by === "string" ? by : "somebody"}${said}: ${lacks.join(", and ")}`;
  },
  isExpected: ({ fields: { isReviewed, why } }) => isReviewed === true && why !== "",
};
