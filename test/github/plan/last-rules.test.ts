import { expect, test } from "vitest";
import { lostRepository, otherRepository } from "../../../github/plan/last-rules.ts";
import { githubSchema } from "../../../github/schema.ts";

const problems = (of: string | undefined, owner: string, repository: string) =>
  otherRepository(githubSchema.parse({ owner, repository }), { of, guards: {}, mended: [] });

test("a stack stays with its repository", () => {
  expect(problems("acme/api", "acme", "api")).toEqual([]);
  expect(problems(undefined, "acme", "api")).toEqual([]);
});

test("another name, another owner or other letters are refused, with the one that it has", () => {
  expect(problems("acme/api", "acme", "web")).toMatchObject([
    { path: "slipway:github.repository", got: "acme/web", allowed: "acme/api" },
  ]);
  expect(problems("acme/api", "acme", "API")).toHaveLength(1);
  expect(problems("acme/api", "acm", "api")).toMatchObject([
    { path: "slipway:github.owner", got: "acm/api", allowed: "acme/api" },
  ]);
});

test("a repository that the state has and GitHub does not is said; one that a refresh has forgotten is made anew", () => {
  const github = githubSchema.parse({ owner: "acme", repository: "api" });
  const state = (...ends: string[]) => new Map(ends.map((end) => [`urn:pulumi:x::slipway::${end}`, {}]));
  const component = "slipway:github:Repository::repository";
  const own = "slipway:github:Repository$github:index/repository:Repository::repository";
  const listed = "slipway:github:Repository$github:index/repository:Repository::api/repository";
  expect(lostRepository(github, undefined, state(component, own))).toMatchObject([{ got: "acme/api" }]);
  expect(lostRepository(github, undefined, state(component, listed))).toEqual([]);
  expect(lostRepository(github, "api", state(component, listed))).toHaveLength(1);
  expect(lostRepository(github, "api", state(component, own))).toEqual([]);
});
