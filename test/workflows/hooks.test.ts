import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ci } from "../../workflows/ci.ts";
import { commitRule, commitTypes } from "../../workflows/commit-rule.ts";
import { hooksFile } from "../../workflows/hooks.ts";

interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly language: string;
}
const { repos } = parse(hooksFile()) as { repos: { repo: string; hooks: Hook[] }[] };
const hooks = repos.flatMap((each) => each.hooks);

test("hooks come from nowhere else, so a clone needs no other repository", () => {
  expect(repos.map(({ repo }) => repo)).toEqual(["local"]);
});

test("hooks judge the code by the commands of ci.yml", () => {
  const inCi = ci.jobs.lint?.steps.flatMap((step) => ("run" in step && step.name !== "Install" ? [step.run] : []));
  expect(hooks.slice(0, inCi?.length).map(({ entry }) => entry)).toEqual(inCi);
});

describe("the hook for messages", () => {
  const entry = hooks.find(({ language }) => language === "pygrep")?.entry ?? "";
  /** As pre-commit's pygrep does with --multiline. */
  const accepts = (message: string) =>
    spawnSync("python3", [
      "-c",
      "import re, sys; sys.exit(not re.search(sys.argv[1], sys.argv[2], re.M | re.S))",
      entry,
      message,
    ]).status === 0;

  test.each([
    ...commitTypes.map((type) => `${type}: add x`),
    "feat(api)!: x",
    'revert: revert "feat: x"',
    "fix: x\n\nwhy",
  ])("accepts %j, as ci.yml does", (message) => {
    expect(accepts(message)).toBe(true);
    expect(message.split("\n")[0]).toMatch(new RegExp(commitRule));
  });

  test.each(["wip", "fixed bug", "updated files\n\nfeat: in the body only", " feat: x", "feature: x", ""])(
    "refuses %j",
    (message) => {
      expect(accepts(message)).toBe(false);
      expect(message.split("\n")[0]).not.toMatch(new RegExp(commitRule));
    },
  );

  test.each(["Merge branch 'main'", "fixup! feat: x"])(
    "accepts %j, which never reaches a pull request's history",
    (message) => {
      expect(accepts(message)).toBe(true);
    },
  );
});
