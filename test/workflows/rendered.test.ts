import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check, resolveConfig } from "prettier";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ownCi, ownRelease, renderedFiles } from "../../packaging/workflows.ts";
import { actionReference, actions } from "../../workflows/actions.ts";
import { cd } from "../../workflows/cd.ts";
import { ci } from "../../workflows/ci.ts";
import { ciWorkflow } from "../../workflows/ci/workflow.ts";
import { checklist, drill } from "../../workflows/checklist.ts";
import { drift } from "../../workflows/drift.ts";
import { renderWorkflow } from "../../workflows/model/render.ts";
import { uses } from "../../workflows/model/uses.ts";
import { preview } from "../../workflows/preview.ts";
import { release } from "../../workflows/release.ts";

const root = join(import.meta.dirname, "..", "..");
const files = Object.entries(renderedFiles());

describe.each(files)("%s", (path, text) => {
  test("is committed as the model renders it. Fix: npm run workflows", () => {
    expect(readFileSync(join(root, path), "utf8")).toBe(text);
  });

  test("is formatted", async () => {
    const options = await resolveConfig(join(root, path), { editorconfig: true });
    expect(await check(text, { ...options, filepath: path })).toBe(true);
  });
});

// Each service's own baseline would have to allow it, or its first pull request would be red.
test("no comment looks like a secret to detect-secrets", () => {
  const comments = files.flatMap(([, text]) => text.match(/^\s*#.*$/gm) ?? []);
  expect(comments.length).toBeGreaterThan(10);
  expect(
    comments.filter((line) => /(secret|passw\w*|passphrase|(private|api).?key)"?\s*[:=]+\s*\S/i.test(line)),
  ).toEqual([]);
});

describe("the lock of actions", () => {
  test("has what the model uses and nothing else, at most 12", () => {
    const used = [ci, cd, release, preview, drift, checklist, drill, ownCi, ownRelease].flatMap(({ jobs }) =>
      Object.values(jobs).flatMap(({ steps }) => steps.flatMap((step) => ("uses" in step ? [step.uses] : []))),
    );
    expect(new Set(used)).toEqual(new Set(Object.keys(actions)));
    expect(Object.keys(actions).length).toBeLessThanOrEqual(12);
  });

  test("says a whole commit, a release and a day of each", () => {
    for (const { commit, tag, date } of Object.values(actions)) {
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
      expect(tag).toMatch(/^v\d+\.\d+\.\d+$/);
      expect(new Date(date).toISOString().slice(0, 10)).toBe(date);
    }
  });

  // No linter compares the comment with the commit.
  test("stands beside every use, release and all", () => {
    for (const [, text] of files) {
      for (const [, reference = "", comment] of text.matchAll(/uses: (\S+)(?: # (\S+))?$/gm)) {
        const [name] =
          Object.entries(actions).find(([each]) => actionReference(each as keyof typeof actions) === reference) ?? [];
        expect(comment).toBe(actions[name as keyof typeof actions].tag);
      }
    }
  });

  test("knows inputs: a misspelt one does not compile", () => {
    // @ts-expect-error persist-credential is no input
    expect(uses("actions/checkout", { name: "Check out", with: { "persist-credential": false } })).toBeDefined();
  });
});

describe("rendering", () => {
  const text = renderWorkflow(ci);

  test("says why beside everything that a token may do", () => {
    const lines = text.split("\n").filter((line) => /^ {6}[a-z-]+: (read|write)/.test(line));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => !/ # \w/.test(line))).toEqual([]);
  });

  test("gives a job the least that its steps need", () => {
    const { jobs } = parse(text) as { jobs: Record<string, { permissions: object }> };
    expect(jobs.image?.permissions).toEqual({ contents: "read", packages: "read" });
    expect(jobs.comment?.permissions).toEqual({ "pull-requests": "write" });
    expect(jobs.gate?.permissions).toEqual({});
  });

  test("refuses a job that could never enter its environment, or that nobody declares", () => {
    expect(() => renderWorkflow({ ...cd, environments: cd.environments?.slice(0, 2) ?? [] })).toThrow(
      "cd.yml: production asks for production, which is not declared: GitHub would make it, open to all",
    );
    expect(() => renderWorkflow(ciWorkflow({ safety: "scan" }))).not.toThrow();
  });

  test("refuses a workflow with a problem, and names all of them", () => {
    const lint = {
      name: "Unit Tests (3.10)",
      minutes: 1,
      steps: [{ name: "Say", run: "echo ${{ github.head_ref }}" }],
    };
    expect(() => renderWorkflow({ ...ci, jobs: { ...ci.jobs, lint } })).toThrow(
      [
        'ci.yml: two jobs report the check "Unit Tests (3.10)"',
        'ci.yml, two jobs report the check "Unit Tests (3.10)". Fix: give each its own name',
        'ci.yml, lint: step "Say" pastes an expression into shell text. Fix: env: on the step, and "$NAME" in the text',
      ].join("\n"),
    );
  });
});
