import { describe, expect, test } from "vitest";
import { ensure, type ApiSetting, type Send } from "../../github/api-setting.ts";
import type { Json } from "../../github/compare.ts";
import { branchRules } from "../../github/kinds/branch-rules.ts";
import { branchRuleset, rulesetJson } from "../../github/kinds/ruleset.ts";
import { repositorySchema } from "../../github/schema.ts";

/** A GitHub that holds one answer. */
class OneAnswer {
  readonly sent: string[] = [];
  answer: Json | undefined;
  private readonly onWrite: (body: Json | undefined) => Json | undefined;

  constructor(answer: Json | undefined, onWrite: (body: Json | undefined) => Json | undefined) {
    this.answer = answer;
    this.onWrite = onWrite;
  }

  readonly send: Send = (method, path, body) => {
    this.sent.push(`${method} ${path}`);
    if (method !== "GET") this.answer = this.onWrite(body);
    return Promise.resolve(
      this.answer === undefined ? { status: 404, data: null } : { status: 200, data: this.answer },
    );
  };
}

const setting: ApiSetting = {
  what: "private reports",
  read: "/reports",
  wanted: { enabled: true },
  write: { method: "PUT", path: "/reports" },
};
const readOnly: ApiSetting = { what: "protection of main", read: "/protection", wanted: {} };

describe("a setting", () => {
  test("that is as wanted is not written again", async () => {
    const github = new OneAnswer({ enabled: true, more: 1 }, () => undefined);
    expect(await ensure(github.send, setting)).toBe("private reports: as wanted");
    expect(github.sent).toEqual(["GET /reports"]);
  });

  test("that is not there is written and read back", async () => {
    const github = new OneAnswer(undefined, () => ({ enabled: true }));
    expect(await ensure(github.send, setting)).toBe("private reports: set");
    expect(github.sent).toEqual(["GET /reports", "PUT /reports", "GET /reports"]);
  });

  test("that takes its time is waited for", async () => {
    const github = new OneAnswer({ enabled: false }, () => ({ enabled: false }));
    setTimeout(() => (github.answer = { enabled: true }), 150);
    expect(await ensure(github.send, setting, 5_000)).toBe("private reports: set");
  });
});

test("what has to be gone is removed, and left alone when it is", async () => {
  const github = new OneAnswer({ name: "old" }, () => undefined);
  const gone: ApiSetting = { ...setting, wanted: {}, isGone: true, write: { method: "DELETE", path: "/reports" } };
  expect(await ensure(github.send, gone)).toBe("private reports: set");
  expect(await ensure(github.send, gone)).toBe("private reports: as wanted");
  expect(github.sent).toEqual(["GET /reports", "DELETE /reports", "GET /reports", "GET /reports"]);
});

describe("one entry of a list", () => {
  const body = { key: "a", config: { url: "https://x" }, value: 1 };
  const entry = { path: "/list", by: "key", body };
  const wanted: ApiSetting = { what: "a", read: "/list?per_page=100", lists: "contain", wanted: [body], entry };
  const there = (value: number, ...more: Json[]): Json => [{ ...body, id: 7, value }, { key: "b", id: 8 }, ...more];

  test("is made beside the others, and left alone when it is as wanted", async () => {
    const github = new OneAnswer([{ key: "b", id: 8 }], () => there(1));
    expect(await ensure(github.send, wanted)).toBe("a: set");
    expect(await ensure(github.send, wanted)).toBe("a: as wanted");
    expect(github.sent.filter((line) => !line.startsWith("GET"))).toEqual(["POST /list"]);
  });

  test("that GitHub can't change is removed and made again, and so is each of the same name", async () => {
    const github = new OneAnswer(there(2, { ...body, id: 9, value: 3 }), () => there(1));
    await ensure(github.send, wanted);
    expect(github.sent.slice(1, -1)).toEqual(["DELETE /list/7", "DELETE /list/9", "POST /list"]);
  });

  test("that GitHub can change is changed, and told from others by what is inside", async () => {
    const github = new OneAnswer(there(2), () => there(1));
    await ensure(github.send, { ...wanted, entry: { ...entry, by: "config.url", isPatched: true } });
    expect(github.sent.slice(1, -1)).toEqual(["PATCH /list/7"]);
  });

  test("with a secret is written in each run, because GitHub shows none", async () => {
    const github = new OneAnswer(there(1), () => there(1));
    await ensure(github.send, { ...wanted, entry: { ...entry, isPatched: true, secret: "SECRET" } });
    expect(github.sent).toEqual(["GET /list?per_page=100", "PATCH /list/7", "GET /list?per_page=100"]);
  });
});

describe("what GitHub took and did not do is an error", () => {
  test("terraform-provider-github#2784: 200, and not applied", async () => {
    const github = new OneAnswer({ enabled: false }, () => ({ enabled: false }));
    await expect(ensure(github.send, setting, 0)).rejects.toThrow(
      "private reports is not as declared, though GitHub took PUT /reports: enabled: wanted true, found false",
    );
  });

  test("secure-proxy-manager#264: force pushes switched off, and still on", async () => {
    const github = new OneAnswer({ allow_force_pushes: { enabled: true } }, () => undefined);
    const wanted = { allow_force_pushes: { enabled: false } };
    await expect(ensure(github.send, { ...readOnly, wanted })).rejects.toThrow(
      "allow_force_pushes.enabled: wanted false, found true",
    );
  });

  test("terraform-provider-github#1083: the last required check removed, and still required", async () => {
    const github = new OneAnswer({ contexts: ["old"] }, () => undefined);
    await expect(ensure(github.send, { ...readOnly, wanted: { contexts: [] } })).rejects.toThrow(
      'contexts["old"]: wanted null, found "old"',
    );
  });

  const { branches } = repositorySchema.parse({ visibility: "public", codeOwners: ["@acme/platform"] });
  const ruleset = rulesetJson(branchRuleset(branchRules("main", { branches }), {})) as Record<string, Json>;
  const change = (part: string, value: Json) => ({ ...ruleset, [part]: value });
  const rules = ruleset.rules as Record<string, Json>[];

  test.each<[string, Json, string]>([
    [
      "terraform-provider-github#2179: a bypass actor removed, and still there",
      change("bypass_actors", [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }]),
      "bypass_actors[5]: wanted null, found",
    ],
    [
      "terraform-provider-github#1952: an actor that nobody declared",
      change("bypass_actors", [{ actor_id: 1, actor_type: "OrganizationAdmin", bypass_mode: "pull_request" }]),
      "bypass_actors[1]: wanted null, found",
    ],
    [
      "a ruleset that only evaluates",
      change("enforcement", "evaluate"),
      'enforcement: wanted "active", found "evaluate"',
    ],
    [
      "a rule that is missing",
      change(
        "rules",
        rules.filter(({ type }) => type !== "non_fast_forward"),
      ),
      'rules[non_fast_forward]: wanted {"type":"non_fast_forward"}, found nothing',
    ],
    [
      "a rule with fewer reviews",
      change(
        "rules",
        rules.map((rule) =>
          rule.type === "pull_request"
            ? { ...rule, parameters: { ...(rule.parameters as object), required_approving_review_count: 1 } }
            : rule,
        ),
      ),
      "rules[pull_request].parameters.required_approving_review_count: wanted 2, found 1",
    ],
  ])("%s", async (_, answer, problem) => {
    const github = new OneAnswer(answer, () => undefined);
    await expect(ensure(github.send, { ...readOnly, wanted: ruleset })).rejects.toThrow(problem);
  });

  test("rules in another order are the same rules", async () => {
    const github = new OneAnswer(change("rules", rules.toReversed()), () => undefined);
    expect(await ensure(github.send, { ...readOnly, wanted: ruleset })).toBe("protection of main: as wanted");
  });
});
