/** One thing that is wrong with what a person wrote, in the form of invariant I9. */
export interface Problem {
  /** Where it is, as the person writes it: `slipway:profile.steps[1]`. */
  readonly path: string;
  /** What is wrong, without a full stop: `must rise from step to step`. */
  readonly problem: string;
  /** The value found; left out where it could be a secret. */
  readonly got?: string;
  /** What would be right. */
  readonly allowed?: string;
  /** What a mistyped name probably meant. */
  readonly meant?: string;
  /** What to do now, preferably a command to run. */
  readonly fix: string;
}

/** `path: problem, got X; did you mean Z; allowed Y. Fix: …` on one line. */
export function formatProblem({ path, problem, got, meant, allowed, fix }: Problem): string {
  const found = got === undefined ? "" : `, got ${got}`;
  const near = meant === undefined ? "" : `; did you mean ${meant}`;
  const right = allowed === undefined ? "" : `; allowed ${allowed}`;
  return `${path}: ${problem}${found}${near}${right}. Fix: ${fix}`;
}

/** All problems, one a line, so that a person mends them in one go. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join("\n");
}
