import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownCi, ownRelease } from "../../packaging/workflows.ts";
import { cd } from "../../workflows/cd.ts";
import { ci } from "../../workflows/ci.ts";
import { ciWorkflow } from "../../workflows/ci/workflow.ts";
import { checklist, drill } from "../../workflows/checklist.ts";
import { drift } from "../../workflows/drift.ts";
import { renderWorkflow } from "../../workflows/model/render.ts";
import { preview } from "../../workflows/preview.ts";
import { release } from "../../workflows/release.ts";
import { anyCd, anyCiSettings, anyOther } from "../support/any-workflow.ts";
import { configurations } from "../support/run/knobs.ts";
import {
  actionlint,
  jsonSchema,
  judgesFolder,
  languageService,
  recordedDisagreements,
  zizmor,
  type Judge,
} from "../support/workflow-judges.ts";

const all: Readonly<Record<string, Judge>> = { actionlint, jsonSchema, languageService, zizmor };
const folder = join(mkdtempSync(join(tmpdir(), "slipway-judges-")), ".github", "workflows");
mkdirSync(folder, { recursive: true });

function put(name: string, text: string): string {
  const file = join(folder, `${name}.yml`);
  writeFileSync(file, text);
  return file;
}

beforeAll(judgesFolder, 300_000);
afterAll(() => {
  rmSync(join(folder, "..", ".."), { recursive: true });
});

/** Always the same ones, so that a failure can be looked at. */
const sample = <T>(any: fc.Arbitrary<T>): T[] => fc.sample(any, { numRuns: configurations(), seed: 14 });
const minutes = 30;

test.each(Object.keys(all))(
  "%s finds nothing in ci.yml, as shipped and in 20 other configurations",
  async (judge) => {
    const shipped = put("shipped", renderWorkflow(ci));
    const others = sample(anyCiSettings).map((each, index) =>
      put(`configuration-${index}`, renderWorkflow(ciWorkflow(each))),
    );
    expect(await all[judge]?.([shipped, ...others])).toEqual([]);
  },
  minutes * 60_000,
);

test.each(Object.keys(all))(
  "%s finds nothing in the others, in 20 configurations each, but what it is known to be wrong about",
  async (judge) => {
    const known = recordedDisagreements.filter((each) => each.judge === judge);
    const shipped = [cd, release, preview, drift, checklist, drill, ownCi, ownRelease];
    const files = [...shipped, ...sample(anyCd), ...sample(anyOther)].map((each, index) =>
      put(`${each.file.replace(".yml", "")}-${index}`, renderWorkflow(each)),
    );
    const found = (await all[judge]?.(files)) ?? [];
    const told = found.map((line) => line.replace(/^.*?:\d+: /, ""));
    expect(told.filter((line) => !known.some(({ words }) => words.test(line)))).toEqual([]);
  },
  minutes * 60_000,
);

/** A mistake in the text of ci.yml, and the words by which each judge that should find it does. */
const planted: readonly [mistake: string, from: string, to: string, found: Readonly<Record<string, RegExp>>][] = [
  [
    "an unknown need",
    "needs:\n      - image\n",
    "needs:\n      - picture\n",
    { actionlint: /picture/, languageService: /picture/ },
  ],
  [
    "an unknown event",
    "merge_group:",
    "merge_groups:",
    { actionlint: /merge_groups/, jsonSchema: /additional/, languageService: /merge_groups/ },
  ],
  [
    "an unknown permission",
    "packages: read",
    "packets: read",
    { actionlint: /packets/, jsonSchema: /additional/, languageService: /packets/ },
  ],
  [
    "an unknown level",
    "packages: read",
    "packages: look",
    { actionlint: /look/, jsonSchema: /allowed values/, languageService: /look/ },
  ],
  [
    "an unknown axis",
    "${{ matrix.python }}",
    "${{ matrix.pythons }}",
    { actionlint: /pythons/, languageService: /pythons/ },
  ],
  [
    "a shell mistake",
    "gunzip image/image.tar.gz",
    "gunzip image/$FILE\n          [ $x = 1 ] && cd",
    { actionlint: /SC2086/ },
  ],
  ["an unknown runner", "runs-on: ubuntu-24.04", "runs-on: ubuntu-42.04", { actionlint: /ubuntu-42/ }],
  [
    "an action by tag",
    "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
    "actions/checkout@v7",
    { zizmor: /unpinned-uses/ },
  ],
  ["a token in the clone", "persist-credentials: false", "clean: true", { zizmor: /artipacked/ }],
  ["no top permissions", "permissions: {}\nconcurrency", "concurrency", { zizmor: /excessive-permissions/ }],
  ["a token without a reason", " # to pull the cached layers", "", { zizmor: /undocumented-permissions/ }],
  [
    "an image by tag",
    "@sha256:595cc6f2bb3af6e03347b90deb6123c6aa2c81dea05ce08128de8a174b6ac67b",
    "",
    { zizmor: /unpinned-images/ },
  ],
  [
    "a secret without an environment",
    "BRANCH: ${{ github.head_ref }}",
    "BRANCH: ${{ secrets.TOKEN }}",
    { zizmor: /secrets-outside-env/ },
  ],
  [
    "an expression in shell text",
    '[ -z "${failed-}" ]',
    "echo ${{ github.head_ref }}",
    { actionlint: /untrusted/, zizmor: /template-injection/ },
  ],
  ["pull_request_target", "pull_request:\n", "pull_request_target:\n", { zizmor: /dangerous-triggers/ }],
  [
    "a misspelt input",
    "persist-credentials: false",
    "persist-credential: false",
    { languageService: /persist-credential/, zizmor: /artipacked/ },
  ],
];

describe("judges bite", () => {
  test.each(Object.keys(all))("%s", async (judge) => {
    const text = renderWorkflow(ci);
    const mine = planted.filter(([, , , found]) => judge in found);
    expect(mine.length).toBeGreaterThan(2);
    const files = mine.map(([mistake, from, to]) => {
      expect(text, mistake).toContain(from);
      return put(`${judge}-${mistake.replaceAll(" ", "-")}`, text.replace(from, to));
    });
    const told = (await all[judge]?.(files)) ?? [];
    for (const [index, [mistake, , , found]] of mine.entries()) {
      const about = told.filter((line) => line.includes(files[index] ?? "?")).join("\n");
      expect(about, mistake).toMatch(found[judge] ?? /^$/);
    }
  });
});

test.each(recordedDisagreements)("$judge is still wrong: $because", async ({ judge, words }) => {
  const lane =
    "timeout-minutes: 5\n    concurrency:\n      group: lane\n      queue: max\n      cancel-in-progress: false\n";
  const file = put("queue", renderWorkflow(ci).replace("timeout-minutes: 5\n", lane));
  const told = ((await all[judge]?.([file])) ?? []).map((line) => line.replace(/^.*?:\d+: /, ""));
  expect(told.filter((line) => words.test(line))).toHaveLength(1);
  expect(told.filter((line) => !words.test(line))).toEqual([]);
  for (const other of Object.keys(all).filter((each) => each !== judge)) expect(await all[other]?.([file])).toEqual([]);
});
