import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { describe, expect, test } from "vitest";
import {
  broken,
  evidenceOf,
  itemNames,
  proven,
  titles,
  unseen,
  worst,
  type Checklist,
  type Finding,
} from "../../checklist/model.ts";
import { redactor, secretsIn, withoutSecrets } from "../../checklist/redact.ts";
import { junitOf } from "../../checklist/render/junit.ts";
import { markdownOf } from "../../checklist/render/markdown.ts";
import { sarifOf, type StackFile } from "../../checklist/render/sarif.ts";
import { textOf } from "../../checklist/render/text.ts";

const at = new Date("2026-11-27T08:00:00Z");
const kinds: readonly [Finding, ...Finding[]] = [
  proven("it is there"),
  broken("it is <gone> & lost", "make `it`"),
  unseen("@everyone [x](http://evil)", "ask"),
];

const listOf = (findings: (index: number) => Finding): Checklist => ({
  stack: "staging",
  at: at.toISOString(),
  items: itemNames.map((name, index) => {
    const found = [findings(index)];
    const outcome = worst(found.map((each) => each.outcome));
    return {
      name,
      title: titles[name],
      setting: "slipway:notices.slack",
      outcome,
      evidence: [evidenceOf("probe", found, at)],
    };
  }),
});
const list = listOf((index) => kinds[index % 3] ?? kinds[0]);
const file: StackFile = {
  path: "stacks/Pulumi.staging.yaml",
  text: "config:\n  slipway:service: shop\n  slipway:notices:\n    slack: {}\n",
};

test("text says each item with what to do, and the count", () => {
  const text = textOf(list);
  expect(text).toContain(
    "✗ ssh-access: SSH access to servers verified — broken\n    it is <gone> & lost. Fix: make `it`\n",
  );
  expect(text).toMatch(/stack staging: 4 proven, 4 broken, 3 could not look\n$/);
});

test("Markdown ticks what is proven only, and nothing that was found becomes markup", () => {
  const text = markdownOf(list);
  expect(text.match(/^- \[x\]/gm)).toHaveLength(4);
  expect(text.match(/^- \[ \]/gm)).toHaveLength(7);
  expect(text).not.toMatch(/@everyone|\[x\]\(http|[^\\]<gone/);
});

describe("SARIF", () => {
  const log = (given = list, from = file) =>
    JSON.parse(sarifOf(given, from, "1.2.3")) as {
      version: string;
      runs: { results: { ruleId: string; locations: object[]; partialFingerprints: Record<string, string> }[] }[];
    };

  test("every result has a place in the stack file, or GitHub refuses the whole", () => {
    const [run, ...others] = log().runs;
    expect(others).toEqual([]);
    expect(run?.results).toHaveLength(7);
    for (const { locations } of run?.results ?? []) {
      expect(locations).toMatchObject([
        { physicalLocation: { artifactLocation: { uri: file.path }, region: { startLine: 3 } } },
      ]);
    }
    const [unset] = log(list, { path: "a b.yaml", text: "config: {}\n" }).runs;
    expect(unset?.results[0]?.locations).toMatchObject([
      { physicalLocation: { artifactLocation: { uri: "a%20b.yaml" }, region: { startLine: 1 } } },
    ]);
  });

  test("is what the published schema says, and nothing that is not in it", () => {
    const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
    formats.default(ajv);
    const schema = readFileSync(new URL("../support/schemas/sarif-2.1.0-rtm.5.json", import.meta.url), "utf8");
    // Of draft 4, which this validator has not: what differs is how a schema names itself.
    const names = ["$schema", "id"];
    const rest = Object.entries(JSON.parse(schema) as object).filter(([key]) => !names.includes(key));
    const isSarif = ajv.compile(Object.fromEntries(rest));
    for (const [given, from] of [
      [list, file],
      [list, { path: "ordner/mit ä/Pulumi.staging.yaml", text: "" }],
      [listOf(() => proven("it is there")), file],
      [{ ...list, items: [] }, file],
    ] as const)
      expect(isSarif(log(given, from)), JSON.stringify(isSarif.errors)).toBe(true);
    // It bites.
    expect(isSarif({ ...log(), version: "2.0.0" })).toBe(false);
    expect(isSarif(JSON.parse(sarifOf(list, file, "1.2.3").replace('"startLine": 3', '"startLine": 0')))).toBe(false);
  });

  test("a result is known again by its item and stack, whatever it says", () => {
    const marks = (given: Checklist) =>
      log(given).runs[0]?.results.map(({ partialFingerprints }) => Object.values(partialFingerprints)[0]);
    const other = listOf((index) =>
      kinds[index % 3]?.outcome === "proven" ? proven("x") : broken("other words", "y"),
    );
    expect(marks(other)).toEqual(marks(list));
    expect(new Set(marks(list)).size).toBe(7);
    expect(marks({ ...list, stack: "production" })).not.toContain(marks(list)?.[0]);
  });
});

test("JUnit: broken fails, what nobody could look at is an error, and control characters do no harm", () => {
  const text = junitOf(listOf((index) => kinds[index % 4] ?? broken("a\u0007b", "c")));
  expect(text.match(/<failure /g)).toHaveLength(5);
  expect(text.match(/<error /g)).toHaveLength(3);
  expect(text).toContain('tests="11"');
  expect(text).toContain("it is &lt;gone> &amp; lost");
  expect(text).not.toContain("\u0007");
});

describe("no secret is ever printed", () => {
  const random = () => randomBytes(12).toString("hex");
  /** Each with what formats write in ways of their own, and with what base64 has two ways for. */
  const planted = Array.from({ length: 100 }, (_, index) => {
    const parts = [random(), random()];
    return {
      parts,
      value: `${['"', "&<", "\\", ""][index % 4] ?? ""}${parts.join(index % 7 === 0 ? "\n" : "~?>~??>~")}`,
    };
  });
  const clean = redactor(planted.map(({ value }) => value));
  /** As errors and headers have them. */
  const forms = (secret: string) => [
    secret,
    ...secret.split("\n"),
    ...["", "x:", "user:", "jane:"].flatMap((user) =>
      (["base64", "base64url"] as const).map((as) => Buffer.from(`${user}${secret}`).toString(as)),
    ),
    JSON.stringify({ secret }),
    `https://x.example/?key=${encodeURIComponent(secret)}`,
  ];
  /** What is left of a secret in base64, whatever stands around it. */
  const readable = (text: string) =>
    (text.match(/[\w+/-]{16,}/g) ?? []).map((word) => Buffer.from(word, "base64").toString("latin1")).join("\n");

  test.each([
    ["text", textOf],
    ["Markdown", markdownOf],
    ["JSON", (given: Checklist) => JSON.stringify(given)],
    ["JUnit", junitOf],
    ["SARIF", (given: Checklist) => sarifOf(given, file, "1.0.0")],
  ])("as %s", (_, render) => {
    for (let round = 0; round < 10; round++) {
      const given = listOf((index) => {
        const said = forms(planted[round * 10 + index]?.value ?? "").join(" and ");
        return index % 2 === 0 ? unseen(said, "x") : broken(`got ${said}`, `use ${said}`);
      });
      const printed = render(withoutSecrets(given, clean));
      for (const part of planted.slice(round * 10, round * 10 + 10).flatMap(({ parts }) => parts)) {
        expect(printed).not.toContain(part);
        expect(readable(printed)).not.toContain(part.slice(2, -2));
      }
    }
  });

  test("nor one that this process was never given, by its looks", () => {
    const unknown = [
      `ghp_${"a1B2".repeat(9)}`,
      `github_pat_${"a1B2".repeat(9)}`,
      "https://hooks.slack.com/services/T0/B0/abcdefgh",
      "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
      "https://jane:hunter22@example.org/x",
    ];
    const printed = redactor([])(unknown.join("\n"));
    for (const secret of ["a1B2a1B2", "abcdefgh", "AAAA", "hunter22"]) expect(printed).not.toContain(secret);
    expect(printed).toContain("example.org/x");
  });

  test("secrets of this process are what its variables are called", () => {
    expect(
      secretsIn({
        GITHUB_TOKEN: "one",
        PULUMI_CONFIG_PASSPHRASE: "two",
        AWS_SECRET_ACCESS_KEY: "three",
        HOME: "/root",
        X_TOKEN: undefined,
      }),
    ).toEqual(["one", "two", "three"]);
    // Words, which would be found everywhere.
    expect(redactor(["local"])("stack local")).toBe("stack local");
  });
});
