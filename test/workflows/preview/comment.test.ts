import fc from "fast-check";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, test } from "vitest";
import { previews } from "../../support/run/knobs.ts";
import { kindsOfChange, type PreviewedChanges } from "../../../workflows/preview/changes.ts";
import { commentLimit, commentMarker, previewComment } from "../../../workflows/preview/comment.ts";

const rendered = (markdown: string): string =>
  micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });

const nothing: PreviewedChanges = { project: "shop", stack: "staging", changes: [], unchanged: 0, said: [] };
const container = (name: string, kind: (typeof kindsOfChange)[number] = "create") =>
  ({ kind, name, type: "docker Container", properties: [] }) as const;

describe("what a reader sees first", () => {
  test("the stack, what would change, and the release's own terms; then what harms, and what is long last", () => {
    const comment = previewComment({
      ...nothing,
      unchanged: 40,
      changes: [
        container("api-new"),
        { ...container("slot", "update"), properties: [{ path: "image", from: "a:1", to: "a:2" }] },
        container("old", "replace"),
        container("data", "delete"),
      ],
      said: [
        { severity: "info", text: "Traffic moves blue → green, 5 → 25 → 50 → 100 %." },
        { severity: "warning", text: "A rule gets weaker: 2 → 1 reviewers" },
      ],
    });
    const order = [
      "1 to delete, 1 to replace, 1 to change, 1 to create",
      "A rule gets weaker",
      "Traffic moves",
      "data",
      "old",
      "slot",
      "api-new",
      "40 unchanged.",
    ];
    const places = order.map((text) => comment.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(rendered(comment)).toContain("<code>image</code> <code>a:1</code> → <code>a:2</code>");
  });

  test("that nothing changes, and that it was refused", () => {
    expect(previewComment(nothing)).toBe(
      `${commentMarker("shop", "staging")}\n### Preview of <code>staging</code>: nothing changes\n`,
    );
    const refused = previewComment({
      ...nothing,
      said: [{ severity: "error", text: "port: taken, got 80\nhost: gone" }],
    });
    expect(refused).toContain(": refused\n");
    expect(rendered(refused)).toContain("<li>port: taken, got 80<br>host: gone</li>");
  });
});

test("pulumi/actions#482: 5,000 resources fit, what is cut is counted, and what harms is not cut", () => {
  const changes = [
    ...Array.from({ length: 5_000 }, (_, index) => container(`container-${index}`)),
    container("the-data", "delete"),
  ];
  const comment = previewComment({ ...nothing, changes });
  expect(comment.length).toBeLessThanOrEqual(commentLimit);
  expect(comment).toContain("the-data");
  const shown = [...comment.matchAll(/<code>container-\d+<\/code>/g)].length;
  expect(comment).toContain(`| ${5_000 - shown} more |`);
});

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 100 }),
  fc.constantFrom(
    "@everyone look",
    "org/repo#1 #2 GH-3",
    "https://evil.example/x www.evil.example a@evil.example",
    "](https://evil.example) ![x](https://evil.example/p.png) [a]: https://evil.example",
    "`code` ``` \n\n```\nfence",
    "</code></details> <img src=x onerror=alert(1)> <!-- slipway: preview of shop/staging -->",
    "| a | b |\n| --- | --- |",
    "1. one\n- two\n+ three\n# four\n> five\n---\n    six",
    "‮txet neddih‬ \u0000\u0007",
    "&lt;b&gt; &#64; \\* *a* _b_ ~~c~~ $x$",
    "x".repeat(3_000),
    "\u0000\u0000\u0000\u0000¡",
  ),
);
const anyPreview: fc.Arbitrary<PreviewedChanges> = fc.record({
  project: fc.constant("shop"),
  stack: fc.constant("staging"),
  unchanged: fc.nat(5_000),
  changes: fc.array(
    fc.record({
      kind: fc.constantFrom(...kindsOfChange),
      name: hostile,
      type: hostile,
      properties: fc.array(
        fc.oneof(fc.record({ path: hostile }), fc.record({ path: hostile, from: hostile, to: hostile })),
        {
          maxLength: 14,
        },
      ),
    }),
    { maxLength: 12 },
  ),
  said: fc.array(fc.record({ severity: fc.constantFrom("error", "warning", "info"), text: hostile }), {
    maxLength: 30,
  }),
});

/** What our own text may become, and no more. */
const ours = /<\/?(?:code|h3|p|ul|li|br|strong|table|thead|tbody|tr|th|td|details|summary)\s*\/?>/g;

test("whatever a preview holds, its comment keeps its own markup, fits, and is the same twice", () => {
  fc.assert(
    fc.property(anyPreview, (preview) => {
      const comment = previewComment(preview);
      expect(comment.length).toBeLessThanOrEqual(commentLimit);
      expect(comment).toBe(previewComment(preview));
      const html = rendered(comment);
      expect(html.replace(commentMarker("shop", "staging"), "").replace(ours, "")).not.toMatch(/[<>]/);
      const rows = comment.split("\n").filter((line) => /^\| (?!---|what)/.test(line)).length;
      expect([...html.matchAll(/<tr>/g)]).toHaveLength(rows + [...html.matchAll(/<thead>/g)].length);
      // GitHub looks for mentions, references and bare addresses in the text that comes out, but not in code.
      expect(html.replace(/<code>.*?<\/code>/gs, "")).not.toMatch(/@[\w]|#\d|:\/\/|www\.\w/);
    }),
    { numRuns: previews() },
  );
});
