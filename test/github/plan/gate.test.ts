import { describe, expect, test } from "vitest";
import type { ApprovedWeakening } from "../../../github/schema.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../../github/schema.ts";
import { wantedGuards } from "../../../github/plan/guards.ts";
import { isAboutRefs, unfinishedEnvironments, type Unfinished } from "../../../github/plan/unfinished.ts";
import type { Mend } from "../../../github/plan/mends.ts";
import { passGate, type Baselines } from "../../../github/plan/gate.ts";
import { rules, type Guards } from "../../../github/kinds/index.ts";
import { declare, mutants, without } from "./mutants.ts";

const today = new Date("2026-11-24T12:00:00Z");
const jane: ApprovedWeakening = {
  weakening: "main.reviews",
  to: 1,
  by: "jane",
  reason: "two of us",
  until: "2026-12-31",
};

function judged(declared: Guards, baselines: Partial<Baselines>, approvals: readonly ApprovedWeakening[] = []) {
  return passGate({ declared, wanted: {} }, { last: {}, present: {}, ...baselines }, approvals, today);
}

describe(`${mutants.length} weakenings`, () => {
  test("are at least 100, each different", () => {
    const changes = mutants.map(({ strict, weak }) => JSON.stringify([strict, weak]));
    const identified = mutants.map(({ weakening }, index) => `${changes[index] ?? ""} ${weakening}`);
    expect(new Set(identified).size).toBe(mutants.length);
    expect(new Set(changes).size).toBeGreaterThanOrEqual(100);
  });

  test("are of every rule that there is", () => {
    const concerned = new Set(
      mutants.map(({ weakening }) => weakening.replace(/^(environments\.\w+|\w+)\.?/, "").split(".")[0]),
    );
    expect([...concerned].filter((rule) => rule !== "").sort()).toEqual(Object.keys(rules).sort());
  });

  test.each(mutants.map((each) => [each.title, each] as const))("%s", (_, { strict, weak, weakening, sentence }) => {
    const { problems } = judged(weak, { last: strict });
    const mine = problems.filter(({ path }) => path === weakening);
    expect(mine.map(({ problem }) => problem)).toEqual([
      `is weakened (${sentence}), and the last update declared more`,
    ]);
  });
});

describe("no false alarm", () => {
  test.each(mutants.map((each) => [each.title, each] as const))("the other way round: %s", (_, { strict, weak }) => {
    expect(judged(strict, { last: weak }).problems).toEqual([]);
    expect(judged(strict, { last: strict, present: strict }).problems).toEqual([]);
  });

  test("classic protection of the same rules is as strict as rulesets, and the other way round", () => {
    const [classic, rulesets] = ["classic", "rulesets"].map((as) => declare({ repository: { rules: as } }));
    expect(judged(classic ?? {}, { last: rulesets ?? {} }).problems).toEqual([]);
    expect(judged(rulesets ?? {}, { last: classic ?? {} }).problems).toEqual([]);
  });

  test("so does what it has of Actions", () => {
    const has = declare({
      repository: { visibility: "public", forkApproval: "all_external_contributors", oidcSubject: [] },
    });
    const { problems } = judged(declare({ repository: { visibility: "public" } }), { present: has });
    expect(problems).toEqual([]);
  });

  test("a subject that somebody changed by hand comes back, and one that nobody declared before is asked for", () => {
    const [mine, theirs] = [["repo", "context"], ["repo"]].map((oidcSubject) =>
      declare({ repository: { oidcSubject } }),
    );
    if (mine === undefined || theirs === undefined) throw new Error("no subject");
    expect(judged(mine, { last: mine, present: theirs }).problems).toEqual([]);
    const asked = judged(mine, { present: theirs }).problems;
    expect(asked.map(({ path }) => path)).toEqual(["actions.oidcSubject"]);
    expect(judged(theirs, { last: mine, present: mine }).problems).toHaveLength(1);
  });

  test("what GitHub has and the stack does not declare stays as it is", () => {
    const declared = declare({ repository: { codeScanning: false } });
    const present: Guards = {
      ...declared,
      repository: { ...declared.repository, codeScanning: "extended" },
      "environments.other": { waitMinutes: 9 },
    };
    expect(judged(declared, { present }).problems).toEqual([]);
  });
});

describe("what is held against", () => {
  const [two, one] = [2, 1].map((reviews) => declare({ repository: { branches: { main: { reviews } } } }));

  test("GitHub's present", () => {
    expect(judged(one ?? {}, { present: two ?? {} }).problems.map(({ problem }) => problem)).toEqual([
      "is weakened (main: required reviews 2 → 1), and GitHub has more",
    ]);
  });

  test("the guide, for a repository that is new", () => {
    const repository = repositorySchema.parse({
      visibility: "public",
      codeOwners: ["@a"],
      branches: { main: { reviews: 1 }, develop: { reviews: 0 } },
    });
    const wanted = wantedGuards({ repository });
    const { problems } = passGate({ declared: wanted, wanted }, { last: {}, present: {} }, [], today);
    expect(problems.map(({ path, problem }) => `${path} ${problem}`)).toEqual([
      "main.reviews is weakened (main: required reviews 2 → 1), and the guide asks for more",
      "develop.reviews is weakened (develop: required reviews 1 → 0), and the guide asks for more",
    ]);
  });

  test("an update that was stopped goes on with an environment that nothing may enter yet", () => {
    const declared: Guards = { "environments.packages": { refs: ["refs/heads/main", "refs/tags/v*.*.*"] } };
    const present = (...refs: string[]): Guards => ({ "environments.packages": { refs } });
    expect(judged(declared, { present: present() }).problems).toEqual([]);
    // Somebody locked it by hand, or had his reasons before there was a stack.
    expect(judged(declared, { present: present(), last: declared }).problems).toHaveLength(1);
    expect(judged(declared, { present: present("refs/heads/main") }).problems).toHaveLength(1);
  });

  test("and with one that it let only some of what shall enter into, whatever the outputs say", () => {
    const object = "environments.packages";
    const declared: Guards = { [object]: { refs: ["refs/heads/main", "refs/tags/v*.*.*"] } };
    const problems = (refs: string[], unfinished: Unfinished, last = declared) =>
      passGate({ declared, wanted: {} }, { last, present: { [object]: { refs } }, unfinished }, [], today).problems;
    expect(problems(["refs/heads/main"], { [object]: true })).toEqual([]);
    expect(problems(["refs/tags/v*.*.*"], { [object]: true }, {})).toEqual([]);
    expect(problems([], { [object]: false })).toEqual([]);
    // No update made it, or none let that in.
    expect(problems(["refs/heads/main"], { [object]: false })).toHaveLength(1);
    expect(problems(["refs/heads/theirs"], { [object]: true })).toHaveLength(1);
    expect(problems(["refs/heads/main"], { "environments.other": true })).toHaveLength(1);
    expect(problems(["refs/heads/main"], { [object]: true }).every(isAboutRefs)).toBe(true);
    expect(problems(["refs/heads/main"], {}).every(isAboutRefs)).toBe(true);
  });

  test("the state tells which those are: their last step is not there, or is older than what it has to mend", () => {
    const sections = (listed: string | undefined, ownEnvironment?: string) => ({
      github: githubSchema.parse({ owner: "acme", repository: "api" }),
      ...{ listed, ownEnvironment },
      environments: [environmentSchema.parse({ name: "staging" })],
    });
    const urn = (name: string) => `urn:pulumi:x::slipway::a$command:local:Command::${name}`;
    const unfinished = (of: ReturnType<typeof sections>, state: Record<string, object>, mended: readonly Mend[] = []) =>
      unfinishedEnvironments(of, new Map(Object.entries(state).map(([name, all]) => [urn(name), all])), mended);
    const object = "environments.staging";
    const [settled, admitted] = ["read-back", "refs"].map((part) => `environment-staging-${part}`);
    expect(unfinished(sections(undefined), {})).toEqual({ [object]: false });
    expect(unfinished(sections(undefined), { [settled ?? ""]: {} })).toEqual({ [object]: true });
    expect(unfinished(sections("api"), { [`api/${settled ?? ""}`]: {} })).toEqual({ [object]: true });
    expect(unfinished(sections("api"), { [settled ?? ""]: {} })).toEqual({ [object]: false });
    expect(unfinished(sections(undefined, "staging"), { "environment-read-back": {} })).toEqual({ [object]: true });
    const step = (mended?: string) => ({
      [settled ?? ""]: {},
      [admitted ?? ""]: { stdin: JSON.stringify({ mended }) },
    });
    const mends = [{ kind: "environment", name: "staging", is: "missing", at: "2026-11-24" }] as const;
    expect(unfinished(sections(undefined), step())).toEqual({});
    expect(unfinished(sections(undefined), step(), mends)).toEqual({ [object]: true });
    expect(unfinished(sections(undefined), step("2026-11-24"), mends)).toEqual({});
  });

  test("each weakening is told once, however many say so", () => {
    expect(judged(one ?? {}, { present: two ?? {}, last: two ?? {} }).problems).toHaveLength(1);
  });
});

describe("an approval", () => {
  const strict = declare({ repository: { branches: { main: { reviews: 2 } } } });
  const weak = (reviews: number) => declare({ repository: { branches: { main: { reviews } } } });

  test("by name lets that weakening through and is kept", () => {
    const { problems, approved, notices } = judged(weak(1), { last: strict }, [jane]);
    expect(problems).toEqual([]);
    expect(notices).toEqual([]);
    expect(approved).toEqual([{ ...jane, sentence: "main: required reviews 2 → 1" }]);
  });

  test("goes as far as the value that it names", () => {
    const { problems } = judged(weak(0), { last: strict }, [jane]);
    expect(problems.map(({ problem }) => problem)).toEqual([
      "is weakened (main: required reviews 2 → 0), and the last update declared more; jane approved 1 and no less",
    ]);
    expect(judged(weak(0), { last: strict }, [{ ...jane, to: undefined }]).problems).toEqual([]);
  });

  test("covers nothing else", () => {
    const other = declare({
      repository: { branches: { main: { reviews: 1, codeOwners: false }, develop: { reviews: 0 } } },
    });
    expect(judged(other, { last: strict }, [jane]).problems.map(({ path }) => path)).toEqual([
      "main.codeOwners",
      "develop.reviews",
    ]);
  });

  test("holds until the end of its day, in UTC", () => {
    expect(judged(weak(1), { last: strict }, [{ ...jane, until: "2026-11-24" }]).problems).toEqual([]);
    const { problems, notices } = judged(weak(1), { last: strict }, [{ ...jane, until: "2026-11-23" }]);
    expect(problems.map(({ problem }) => problem)).toEqual([
      "is weakened (main: required reviews 2 → 1), and the last update declared more; jane's approval ended on 2026-11-23",
    ]);
    expect(notices).toEqual([
      "slipway:github.approvedWeakenings[0]: ended on 2026-11-23; pulumi config rm --path 'slipway:github.approvedWeakenings[0]'",
    ]);
  });

  test("reaches 90 days ahead at most", () => {
    expect(judged(weak(1), { last: strict }, [{ ...jane, until: "2027-02-22" }]).problems).toEqual([]);
    const { problems } = judged(weak(1), { last: strict }, [{ ...jane, until: "2027-02-23" }]);
    expect(problems.map(({ problem }) => problem)).toEqual([
      "is weakened (main: required reviews 2 → 1), and the last update declared more; jane's approval may reach to 2027-02-22 at most, 90 days ahead, and not 2027-02-23",
    ]);
  });

  test("comes from a code owner or an administrator", () => {
    const baselines = { last: strict, present: {} };
    const { problems } = passGate({ declared: weak(1), wanted: {} }, baselines, [jane], today, () => false);
    expect(problems.map(({ problem }) => problem)).toEqual([
      "is weakened (main: required reviews 2 → 1), and the last update declared more; jane neither owns code of the repository nor administers it",
    ]);
  });

  test("of nothing is reported", () => {
    expect(judged(strict, { last: strict }, [jane]).notices).toEqual([
      "slipway:github.approvedWeakenings[0]: nothing here is main.reviews; pulumi config rm --path 'slipway:github.approvedWeakenings[0]'",
    ]);
  });

  test("of a whole object covers its removal, and no value says how much of it", () => {
    const approval = { ...jane, weakening: "main", to: undefined };
    expect(judged(without(strict, "main"), { last: strict }, [approval]).problems).toEqual([]);
    expect(judged(without(strict, "main"), { last: strict }, [{ ...approval, to: 1 }]).problems).toHaveLength(1);
  });

  test.each([
    [{ weakening: "" }, "weakening"],
    [{ by: "" }, "by"],
    [{ by: "Jane Doe" }, "by"],
    [{ reason: "" }, "reason"],
    [{ reason: "two\nlines" }, "reason"],
    [{ until: "soon" }, "until"],
    [{ until: undefined }, "until"],
    [{ until: "2026-02-30" }, "until"],
    [{ to: null }, "to"],
    [{ extra: 1 }, ""],
  ])("is refused with %j", (change, path) => {
    const parsed = githubSchema.safeParse({
      owner: "a",
      repository: "b",
      approvedWeakenings: [{ ...jane, ...change }],
    });
    expect(parsed.error?.issues.map((issue) => issue.path.join("."))).toEqual([
      ["approvedWeakenings", "0", ...(path === "" ? [] : [path])].join("."),
    ]);
  });
});
