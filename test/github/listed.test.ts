import { describe, expect, test } from "vitest";
import type { Problem } from "../../lib/problem.ts";
import { partIgnored, idleEntries } from "../../github/ignored-drift.ts";
import type { Finding } from "../../github/drift.ts";
import { linesOnce, listedOf, problemsOnce, withDefaults } from "../../github/listed.ts";
import { passGate } from "../../github/plan/gate.ts";
import { lastWaiting } from "../../github/plan/unreported-checks.ts";
import { requestsWarning } from "../../github/plan/requests-left.ts";
import { parseSettings } from "../../settings/settings.ts";
import { rawConfig } from "../support/raw-config.ts";
import { declare } from "./plan/mutants.ts";

function settingsOf(repositories: object, defaults: object = {}, github: object = { owner: "acme" }) {
  const own = { repository: {}, environments: {} };
  return parseSettings(rawConfig("governance", { ...own, github, repositoryDefaults: defaults, repositories }), {});
}

const problemsIn = (...args: Parameters<typeof settingsOf>) => {
  const read = settingsOf(...args);
  return "problems" in read ? read.problems : [];
};

const defaults = {
  visibility: "private",
  codeOwners: ["@acme/platform"],
  branches: { main: { reviews: 3 }, develop: { reviews: 2 } },
  environments: { staging: {}, production: { reviewers: { teams: ["platform"] } } },
};

describe("each has the defaults and its own differences", () => {
  test("objects part by part, lists whole, and ~ takes a default away", () => {
    const read = settingsOf(
      {
        payments: null,
        website: {
          visibility: "public",
          codeOwners: ["@acme/web"],
          branches: { main: { reviews: 4 } },
          environments: { staging: null },
        },
      },
      defaults,
    );
    if ("problems" in read) throw new Error(JSON.stringify(read.problems));
    const { payments, website } = read.settings.repositories;
    expect(payments).toMatchObject({ visibility: "private", codeOwners: ["@acme/platform"] });
    expect(payments?.environments.map(({ name }) => name)).toEqual(["staging", "production"]);
    expect(website).toMatchObject({ visibility: "public", codeOwners: ["@acme/web"] });
    expect(website?.branches).toMatchObject({ main: { reviews: 4 }, develop: { reviews: 2 } });
    expect(website?.environments.map(({ name }) => name)).toEqual(["production"]);
  });

  test("an empty one as `pulumi config set` writes it has them too", () => {
    expect(
      withDefaults({ repositories: { payments: "{}" }, repositoryDefaults: { visibility: "private" } }),
    ).toMatchObject({ repositories: { payments: { visibility: "private" } } });
  });

  test("a part that is called like what every object has is one like any other", () => {
    expect(
      withDefaults({ repositories: { payments: {} }, repositoryDefaults: { variables: { constructor: "x" } } }),
    ).toEqual({
      repositories: { payments: { variables: { constructor: "x" } } },
      repositoryDefaults: { variables: { constructor: "x" } },
    });
    const constructor = { constructor: "x" };
    expect(withDefaults({ repositories: { payments: {} }, repositoryDefaults: constructor }).repositories).toEqual({
      payments: constructor,
    });
  });
});

describe("wrong settings", () => {
  test("of the defaults are told once, at the path of the first", () => {
    const [problem, ...more] = problemsIn({ payments: {}, website: {}, infra: {} }, { ...defaults, rulse: "classic" });
    expect(more).toEqual([]);
    expect(problem).toMatchObject({
      path: "slipway:repositories.payments.rulse",
      problem: "is not a setting (and so for website, infra)",
      meant: "rules",
    });
    expect(problem?.fix).toContain("slipway:repositoryDefaults");
  });

  test("of one are told of that one, in a form that `pulumi config set --path` takes", () => {
    const told = problemsIn({ "my.api": { branches: { main: { reviews: 9 } } }, website: {} }, defaults);
    expect(told).toMatchObject([{ path: 'slipway:repositories["my.api"].branches.main.reviews', got: "9" }]);
  });

  test("that meet in one repository are told like those of a single one", () => {
    const told = problemsIn(
      { website: { branches: { main: { signedCommits: true } }, mergeKinds: ["rebase"] } },
      defaults,
    );
    expect(told).toMatchObject([
      {
        path: "slipway:repositories.website.mergeKinds",
        problem: expect.stringContaining("slipway:repositories.website.branches.main.signedCommits is on") as string,
      },
    ]);
  });

  test.each([
    ["twice, whatever the letters", { API: {} }, { owner: "acme", repository: "api" }, "slipway:repositories.API"],
    ["none at all", {}, { owner: "acme" }, "slipway:github.repository"],
  ])("%s", (_, repositories, github, path) => {
    const own = "repository" in github ? defaults : {};
    expect(problemsIn(repositories, own, github).map((each) => each.path)).toContain(path);
  });

  test("defaults without a repository that has them", () => {
    expect(problemsIn({}, defaults, { owner: "acme", repository: "ape" }).map(({ path }) => path)).toEqual([
      "slipway:repositoryDefaults",
    ]);
  });
});

describe("what is said of several", () => {
  const wrong: Problem = {
    path: "slipway:repository.codeOwners",
    problem: "is wrong",
    fix: "set slipway:repository.x",
  };
  const told = (...listed: (string | undefined)[]) =>
    problemsOnce(listed.map((each) => ({ listed: each, said: wrong })));

  test("is one problem, with its own words for a listed one and the old ones for the stack's own", () => {
    expect(told(undefined)).toEqual([wrong]);
    expect(told("a", "b", "c", "d", "e")).toEqual([
      {
        path: "slipway:repositories.a.codeOwners",
        problem: "is wrong (and so for b, c, d and 1 more)",
        fix: "set slipway:repositories.a.x; in slipway:repositoryDefaults it is for all",
      },
    ]);
    expect(told(undefined, "a")).toHaveLength(2);
  });

  test("is one line with their names", () => {
    const lines = ["a", "b"].map((listed) => ({ listed, said: "slipway:environments.staging: no reviewers." }));
    expect(linesOnce(lines)).toEqual(["a, b: slipway:repositories.a.environments.staging: no reviewers."]);
  });
});

test("a resource belongs to the repository in its name, and to the stack's own where there is none", () => {
  const names = ["api", "api-docs"];
  const urn = (name: string) => `urn:pulumi:governance::slipway::slipway:github:Repository::${name}`;
  expect(listedOf(urn("api/repository"), names)).toBe("api");
  expect(listedOf(urn("api-docs/repository-main"), names)).toBe("api-docs");
  expect(listedOf(urn("environment-preview-branch-refs/pull/*/merge"), names)).toBeUndefined();
});

describe("the gate", () => {
  const [two, one] = [2, 1].map((reviews) => declare({ repository: { branches: { main: { reviews } } } }));
  const today = new Date("2026-11-24T12:00:00Z");
  const judged = (weakening: string, prefix: string, others: readonly string[]) => {
    const approval = { weakening, to: 1, by: "jane", reason: "two of us", until: "2026-12-31" };
    const declared = { declared: one ?? {}, wanted: {} };
    return passGate(declared, { last: two ?? {}, present: {} }, [approval], today, () => true, { prefix, others });
  };

  test("takes an approval for the repository that it names, and for no other", () => {
    expect(judged("payments/main.reviews", "payments/", [""]).problems).toEqual([]);
    expect(judged("main.reviews", "", ["payments/"]).problems).toEqual([]);
    for (const [weakening, prefix] of [
      ["payments/main.reviews", "website/"],
      ["payments/main.reviews", ""],
      ["main.reviews", "payments/"],
    ] as const) {
      expect(judged(weakening, prefix, []).problems.map(({ path }) => path)).toEqual([`${prefix}main.reviews`]);
    }
  });

  test("no further than the approval says, whatever the repository is called", () => {
    const none = declare({ repository: { branches: { main: { reviews: 0 } } } });
    const approval = { weakening: "my.api/main.reviews", to: 1, by: "j", reason: "r", until: "2026-12-31" };
    const baselines = { last: two ?? {}, present: {} };
    const among = { prefix: "my.api/", others: [] };
    const { problems } = passGate({ declared: none, wanted: {} }, baselines, [approval], today, () => true, among);
    expect(problems.map(({ problem }) => problem)).toEqual([expect.stringContaining("j approved 1 and no less")]);
  });

  test("says of an approval that nothing needs it where its repository is looked at", () => {
    const notices = (prefix: string, others: readonly string[]) =>
      passGate(
        { declared: two ?? {}, wanted: {} },
        { last: two ?? {}, present: {} },
        [{ weakening: "payments/main.reviews", by: "jane", reason: "r", until: "2026-12-31" }],
        today,
        undefined,
        { prefix, others },
      ).notices;
    expect(notices("payments/", ["website/"])).toHaveLength(1);
    expect(notices("", ["payments/"])).toEqual([]);
    expect(notices("website/", ["payments/"])).toEqual([]);
  });
});

test("what nothing had reported at the last update is known of each", () => {
  const rules = { unreported: { main: ["Gate"] }, repositories: { payments: { unreported: {} } } };
  const state = JSON.stringify({ deployment: { resources: [{ type: "pulumi:pulumi:Stack", outputs: { rules } }] } });
  expect(lastWaiting(state).unreported).toEqual({ main: ["Gate"] });
  expect(lastWaiting(state, {}, "payments").unreported).toEqual({});
  expect(Object.keys(lastWaiting(state, {}, "new").unreported)).toEqual(["main", "develop"]);
});

describe("what may stay beside the declaration", () => {
  const finding = (is: Finding["is"], kind: Finding["kind"] = "webhook"): Finding => ({
    kind,
    object: "webhook to ci.acme",
    is,
    sentence: "s",
  });
  const entry = { object: "webhook to *", reason: "the build farm" };
  const parted = (is: Finding["is"], more: object = {}) =>
    partIgnored([finding(is)], { repository: "api", ignoredDrift: [{ ...entry, ...more }] });

  test("is no finding, and has its reason", () => {
    expect(parted("undeclared")).toEqual({
      findings: [],
      ignored: [{ sentence: "s", reason: entry.reason, entry: 0 }],
    });
    expect(parted("undeclared", { repository: "other" }).ignored).toEqual([]);
    expect(parted("undeclared", { object: "webhook" }).ignored).toEqual([]);
  });

  test("is never something that is declared", () => {
    for (const is of ["changed", "missing"] as const) expect(parted(is).findings).toHaveLength(1);
  });

  test("but for files, which are the team's from the first commit on", () => {
    for (const is of ["changed", "missing"] as const) {
      const { ignored } = partIgnored([finding(is, "file")], { repository: "api", ignoredDrift: [entry] });
      expect(ignored).toHaveLength(1);
    }
  });

  test("an entry that nothing needs any more is told with what removes it", () => {
    expect(idleEntries([entry], parted("undeclared").ignored)).toEqual([]);
    expect(idleEntries([entry], [])).toEqual([
      expect.stringContaining("pulumi config rm --path 'slipway:github.ignored"),
    ]);
  });
});

test("an update that may end half-way says so, with the time of the next requests", () => {
  const left = { count: 4000, until: "2026-11-24T13:00:00.000Z" };
  expect(requestsWarning(left, 2)).toEqual([]);
  expect(requestsWarning(left, 40)).toEqual([expect.stringContaining("until 2026-11-24T13:00:00.000Z")]);
});
