import type { ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { beforeAll, describe, expect, test } from "vitest";
import { inDays } from "../support/in-days.ts";
import { approvedEnvironment } from "../../policy/approved-environment.ts";
import { guideFloor } from "../../policy/guide-floor.ts";
import { reportedChecks } from "../../policy/reported-checks.ts";
import { recordGitHub } from "../support/github-program.ts";

interface Resource {
  readonly type: string;
  readonly urn?: string;
  readonly props: Record<string, unknown>;
}
type Policy = typeof guideFloor | typeof reportedChecks;

const planned = async (choice = {}): Promise<Resource[]> =>
  (await recordGitHub(choice)).map(({ type, urn, inputs }) => ({ type, urn, props: inputs }));

function violations({ validateResource }: Policy, resources: readonly Resource[]): string[] {
  const told: string[] = [];
  const checks = [validateResource ?? []].flat();
  for (const resource of resources) {
    for (const check of checks) void check(resource as unknown as ResourceValidationArgs, (text) => told.push(text));
  }
  return told;
}

function stackViolations(resources: readonly Resource[]): string[] {
  const told: string[] = [];
  void guideFloor.validateStack({ resources } as unknown as StackValidationArgs, (text) => told.push(text));
  return told;
}

/** The same resources, one of them changed by text. */
function changed(resources: readonly Resource[], from: string, to: string): Resource[] {
  const text = JSON.stringify(resources);
  if (!text.includes(from)) throw new Error(`${from} is not there`);
  return JSON.parse(text.replace(from, to)) as Resource[];
}

let rulesets: Resource[];
let classic: Resource[];
beforeAll(async () => {
  rulesets = await planned();
  classic = await planned({ repository: { rules: "classic" } });
});

test("what Slipway declares breaks none", () => {
  for (const resources of [rulesets, classic]) {
    for (const policy of [guideFloor, reportedChecks, approvedEnvironment]) {
      expect(violations(policy, resources)).toEqual([]);
    }
    expect(stackViolations(resources)).toEqual([]);
  }
});

describe("the guide's floor", () => {
  test.each([
    ['"requiredApprovingReviewCount":2', '"requiredApprovingReviewCount":1', "main: required reviews 2 → 1"],
    ['"enforcement":"active"', '"enforcement":"evaluate"', "enforcement active → evaluate"],
    [
      '"includes":["refs/heads/main"]',
      '"includes":["refs/heads/x"]',
      "main: references that it holds for refs/heads/main → refs/heads/x",
    ],
    ['"includes":["refs/tags/v*.*.*"]', '"includes":["refs/tags/v1.*.*"]', "refs/tags/v*.*.* → refs/tags/v1.*.*"],
    ['"nonFastForward":true', '"nonFastForward":false', "rule non_fast_forward on → off"],
    ['{"context":"Gate","integrationId":15368}', "", "required check Gate app 15368 → not required"],
  ])("%s as %s is a violation", (from, to, sentence) => {
    expect(violations(guideFloor, changed(rulesets, from, to)).join("\n")).toContain(sentence);
  });

  test("holds for classic protection as well", () => {
    const told = violations(guideFloor, changed(classic, '"allowsDeletions":false', '"allowsDeletions":true'));
    expect(told.join("\n")).toContain("rule deletion on → off");
  });

  test("gives way to an approval by name", () => {
    const approvals = [{ weakening: "main.reviews", by: "jane", reason: "why", until: inDays(30) }];
    const weak = changed(rulesets, '"requiredApprovingReviewCount":2', '"requiredApprovingReviewCount":1');
    const account = weak.find(({ type }) => type === "slipway:github:Account");
    Object.assign(account?.props ?? {}, { approvedWeakenings: approvals });
    expect(violations(guideFloor, weak)).toEqual([]);
  });

  test("finds rules that nothing declares, unless the plan is said to lack them", () => {
    const fewer = rulesets.filter(({ props }) => props.name !== "release tags stay");
    expect(stackViolations(fewer)).toEqual(["tagStay: nothing declares its rules, and the guide asks for them"]);
    expect(stackViolations(changed(fewer, '"planLimits":"stop"', '"planLimits":"fall-back"'))).toEqual([]);
  });
});

describe("a required check", () => {
  test.each(["rulesets", "classic"])("that no job reports is a violation: %s", (as) => {
    const told = violations(
      reportedChecks,
      as === "classic"
        ? changed(classic, '"contexts":["Gate"]', '"contexts":["Nobody Reports"]')
        : changed(rulesets, '"Gate","integrationId"', '"Nobody Reports","integrationId"'),
    );
    expect(told[0]).toContain(
      'no job reports the check "Nobody Reports", so no merge would ever pass; jobs report Gate',
    );
  });

  test("that anybody may report is a violation", () => {
    const told = violations(reportedChecks, changed(rulesets, ',"integrationId":15368', ""));
    expect(told).toEqual([
      'the check "Gate" could be reported by anybody who can write; pin it to GitHub Actions, app 15368',
    ]);
  });

  test("of classic protection is pinned by the step that reads it back", () => {
    const told = violations(reportedChecks, changed(classic, String.raw`\"app_id\":15368`, String.raw`\"app_id\":9`));
    expect(told[0]).toContain("could be reported by app 9");
  });
});

describe("checks of a repository's own", () => {
  const requiredChecks = [{ name: "test" }, { name: "ci/circle", app: 18_001 }];
  test.each([
    [
      "rulesets",
      '"integrationId":18001',
      '"integrationId":9',
      '"context":"test","integrationId"',
      '"context":"other","integrationId"',
    ],
    ["classic", String.raw`\"app_id\":18001`, String.raw`\"app_id\":9`, '"contexts":["test",', '"contexts":['],
  ])("are looked for, and no gate: %s", async (rules, mine, foreign, named, renamed) => {
    const own = await planned({ repository: { rules, requiredChecks } });
    for (const policy of [guideFloor, reportedChecks]) expect(violations(policy, own)).toEqual([]);
    const told = violations(reportedChecks, changed(own, mine, foreign));
    expect(told).toEqual(['the check "ci/circle" could be reported by app 9; pin it to app 18001']);
    const fewer = violations(guideFloor, changed(own, named, renamed));
    expect(fewer.join()).toContain("main: required check test app 15368 → not required");
  });
});

test("what a step on a host is told is none of its business: in a preview it may not be known yet", () => {
  const props = {
    get stdin(): string {
      throw new Error("string value at .stdin can't be known during preview");
    },
  };
  const urn =
    "urn:pulumi:local::shop::slipway:service:Service$slipway:service:Slot$command:local:Command::api-blue-limits";
  expect(violations(reportedChecks, [{ type: "command:local:Command", urn, props }])).toEqual([]);
});

test("an environment other than staging has somebody who approves", () => {
  const open = (environment: string, ...approvals: string[]): Resource[] => [
    { type: "slipway:github:Account", props: { approvedWeakenings: [], planLimits: "stop", approvals } },
    { type: "github:index/repositoryEnvironment:RepositoryEnvironment", props: { environment } },
  ];
  expect(violations(approvedEnvironment, open("production"))).toEqual([
    "environment production: nobody has to approve what enters; name its reviewers",
  ]);
  for (const name of ["staging", "observe"]) expect(violations(approvedEnvironment, open(name))).toEqual([]);
  // One approval is enough, and it is the one that needs somebody.
  expect(violations(approvedEnvironment, open("production", "production-approval"))).toEqual([]);
  expect(violations(approvedEnvironment, open("production-approval", "production-approval"))).toHaveLength(1);
  expect(violations(approvedEnvironment, open("release", "release"))).toHaveLength(1);
});

test("each listed repository is held to its own approvals and approvers", () => {
  const listed = { payments: { approvals: ["production-approval"] }, website: { approvals: [] } };
  const approval = { weakening: "payments/main.reviews", to: 1, by: "ann", reason: "two of us", until: inDays(30) };
  const props = { approvedWeakenings: [approval], planLimits: "stop", approvals: [], listed };
  const login: Resource = {
    type: "slipway:github:Account",
    urn: "urn:pulumi:s::p::slipway:github:Account::github",
    props,
  };
  const of = (name: string, { urn = "", ...resource }: Resource): Resource => {
    return { ...resource, urn: urn.replace(/::([^:]+)$/, `::${name}/$1`) };
  };
  const weaker = changed(rulesets, '"requiredApprovingReviewCount":2', '"requiredApprovingReviewCount":1');
  const mine = (name: string) => weaker.filter(({ type }) => !type.includes("Account")).map((each) => of(name, each));
  expect(violations(guideFloor, [login, ...mine("payments")])).toEqual([]);
  expect(violations(guideFloor, [login, ...mine("website")])).toEqual([
    expect.stringContaining("website/main.reviews: is weakened"),
  ]);
  expect(stackViolations([login, ...mine("payments")])).toEqual([]);
  const open = mine("website").filter(({ props: { name } }) => name !== "main branch");
  expect(stackViolations([login, ...mine("payments"), ...open])).toEqual([
    "website/main: nothing declares its rules, and the guide asks for them",
  ]);
  const environment = {
    type: "github:index/repositoryEnvironment:RepositoryEnvironment",
    props: { environment: "production" },
  };
  const told = ["payments", "website"].map((name) =>
    violations(approvedEnvironment, [login, { ...environment, urn: `urn:pulumi:s::p::t::${name}/environment` }]),
  );
  expect(told.map(({ length }) => length)).toEqual([0, 1]);
});
