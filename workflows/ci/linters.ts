import type { CiSettings } from "./settings.ts";

/** A tool that judges the code, by the same command in ci.yml and in the hooks of a developer's clone. */
export interface Linter {
  readonly name: string;
  readonly check: string;
}

export function linters({ source, tests }: Pick<CiSettings, "source" | "tests">): Linter[] {
  const code = `${source} ${tests}`;
  return [
    { name: "Black", check: `black --check --diff ${code}` },
    { name: "isort", check: `isort --check --diff ${code}` },
    { name: "Flake8", check: `flake8 ${code}` },
    { name: "mypy", check: `mypy ${code}` },
    { name: "Pylint", check: `pylint --score=n ${code}` },
  ];
}

/** The command that mends what a linter's command only shows; undefined if the tool only judges. */
export const fixOf = (check: string): string | undefined =>
  check.includes(" --check --diff ") ? check.replace(" --check --diff ", " ") : undefined;
