import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { previewedChanges } from "../../../workflows/preview/changes.ts";
import { previewComment } from "../../../workflows/preview/comment.ts";
import { previews } from "../../support/run/knobs.ts";

const here = { project: "shop", stack: "staging" };
const urn = (name: string, type = "docker:index/container:Container") =>
  `urn:pulumi:staging::shop::slipway:service:Service$${type}::${name}`;
const printed = (steps: readonly object[], diagnostics: readonly object[] = []) =>
  JSON.stringify({ config: { "shop:token": "planted" }, steps, diagnostics });
const inputs = (values: object) => ({ custom: true, inputs: values });

describe("what a preview says", () => {
  test("a replacement is one change, a component none, and what stays is counted", () => {
    const changes = previewedChanges(
      printed([
        { op: "create-replacement", urn: urn("slot"), newState: inputs({}) },
        {
          op: "replace",
          urn: urn("slot"),
          oldState: inputs({ image: "a" }),
          newState: inputs({ image: "b" }),
          detailedDiff: { image: {} },
        },
        { op: "delete-replaced", urn: urn("slot"), oldState: inputs({}) },
        { op: "create", urn: urn("api", "slipway:service:Slot"), newState: { custom: false } },
        { op: "same", urn: urn("network"), newState: inputs({}) },
        { op: "refresh", urn: urn("volume"), newState: inputs({}) },
      ]),
      here,
    );
    expect(changes.changes).toEqual([
      { kind: "replace", name: "slot", type: "docker Container", properties: [{ path: "image", from: "a", to: "b" }] },
    ]);
    expect(changes.unchanged).toBe(1);
  });

  test("values only where they can be no secret", () => {
    const oldState = inputs({
      memory: 256,
      image: "a:1",
      command: ["--key", "planted"],
      name: "[secret]",
      envs: ["KEY=planted"],
    });
    const newState = inputs({ memory: 512, image: "a:2", command: ["--key", "planted2"], name: "[secret]", envs: [] });
    const detailedDiff = { memory: {}, image: {}, "command[1]": {}, "envs[0]": {}, name: {} };
    const [change] = previewedChanges(
      printed([{ op: "update", urn: urn("x"), oldState, newState, detailedDiff }]),
      here,
    ).changes;
    expect(change?.properties).toEqual([
      { path: "command[1]" },
      { path: "envs[0]" },
      { path: "image", from: "a:1", to: "a:2" },
      { path: "memory", from: "256", to: "512" },
      { path: "name", from: "[secret]", to: "[secret]" },
    ]);
  });

  test("what was said, by how much it matters", () => {
    const said = previewedChanges(
      printed(
        [],
        [
          { severity: "info#err", message: "  Traffic moves \n" },
          { severity: "debug", message: "planted" },
          { severity: "error", message: "port: taken" },
        ],
      ),
      here,
    ).said;
    expect(said).toEqual([
      { severity: "info", text: "Traffic moves" },
      { severity: "error", text: "port: taken" },
    ]);
  });

  test.each([
    ["no JSON", "error: no such stack", /is not what pulumi preview --json prints/],
    ["another document", "[1]", /is not what pulumi preview --json prints/],
    [
      "another stack's",
      printed([{ op: "create", urn: urn("x").replace("staging", "production") }]),
      /of shop\/production, not of shop\/staging/,
    ],
    ["a step without a name", printed([{ op: "create", urn: 7 }]), /names no resource/],
  ])("not %s", (_what, text, message) => {
    expect(() => previewedChanges(text, here)).toThrow(message);
  });
});

/** Where providers keep what must not be seen: any text but the few that name something. */
const planted = "p1anted-5ecret";
const anywhere = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(planted, `--token=${planted}`, 7, true, null, "text"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("key", "image", "triggers", "a.b", "0"), tie("value"), { maxKeys: 3 }),
  ),
})).value;
const state = fc.record({
  custom: fc.constant(true),
  inputs: fc.dictionary(fc.constantFrom("environment", "create", "stdin", "triggers", "envs", "content"), anywhere),
  outputs: fc.dictionary(fc.constantFrom("result", "stdout", "password"), anywhere),
});
const paths = [
  "environment.key",
  "create",
  "stdin",
  'triggers["a.b"]',
  "envs[0]",
  "content.image",
  "result",
  "stdout",
  "password",
  "image",
];

test("of 200 planted secrets in states and configuration none gets into a comment", () => {
  const step = fc.record({
    op: fc.constantFrom("create", "update", "replace", "delete"),
    urn: fc.constant(urn("x")),
    oldState: state,
    newState: state,
    detailedDiff: fc.dictionary(fc.constantFrom(...paths), fc.record({ kind: fc.constant("update") })),
    diffReasons: fc.subarray(paths),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), (steps) => {
      const document = JSON.stringify({ config: { "shop:token": planted }, steps });
      expect(previewComment(previewedChanges(document, here))).not.toContain("p1anted");
    }),
    { numRuns: previews() },
  );
});

test("5,000 resources are read and told at once", () => {
  const steps = Array.from({ length: 5_000 }, (_, index) => ({
    op: "update",
    urn: urn(`container-${index}`),
    oldState: inputs({ image: "a" }),
    newState: inputs({ image: "b" }),
    detailedDiff: { image: {} },
  }));
  expect(previewComment(previewedChanges(printed(steps), here))).toContain("5000 to change");
});
