import { describe, expect, test } from "vitest";
import { loosenings } from "../../../github/plan/loosenings.ts";
import { declare } from "./mutants.ts";
import { actionsApp, gatedChecks, requiredChecks } from "../../../workflows/ci.ts";

const reporter = `app ${actionsApp}`;
const requiring = (checks: readonly string[], by = reporter) => ({
  main: Object.fromEntries(checks.map((check) => [`checks.${check}`, by])),
});
const sentences = (before: readonly string[], after: ReturnType<typeof requiring>) =>
  loosenings(requiring(before), after).map(({ sentence }) => sentence);

describe("checks that the gate reports for", () => {
  test("may go when the gate is required instead", () => {
    expect(sentences(gatedChecks(), requiring(requiredChecks()))).toEqual([]);
  });

  test("may not go without it, nor for a gate that anybody may report", () => {
    expect(sentences(gatedChecks(), requiring([]))).toHaveLength(gatedChecks().length);
    expect(sentences(gatedChecks(), requiring(requiredChecks(), "any app"))).toHaveLength(gatedChecks().length);
  });

  test("are the only ones: another check is missed, and so is the gate itself", () => {
    expect(sentences(["Licences"], requiring(requiredChecks()))).toHaveLength(1);
    expect(sentences(requiredChecks(), requiring(gatedChecks()))).toHaveLength(1);
  });
});

test("any other OIDC subject lets other jobs in, or keeps these out", () => {
  const subject = (...oidcSubject: string[]) => declare({ repository: { oidcSubject } });
  const weaker = (one: readonly string[], other: readonly string[]) =>
    loosenings(subject(...one), subject(...other)).map(({ sentence }) => sentence);
  const [before, after] = [
    ["repo", "environment"],
    ["environment", "repo"],
  ] as const;
  expect(weaker(before, after)).toEqual(["Actions: OIDC subject repo:environment → environment:repo"]);
  expect(weaker(after, [])).toEqual(["Actions: OIDC subject environment:repo → GitHub's default"]);
  expect(weaker([], before)).toEqual(["Actions: OIDC subject GitHub's default → repo:environment"]);
  expect(weaker(before, before)).toEqual([]);
  expect(loosenings(declare({ repository: {} }), subject(...before))).toEqual([]);
});
