import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ci } from "../../workflows/ci.ts";

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

let clone: string;
const git = (...args: string[]): string => execFileSync("git", args, { cwd: clone, encoding: "utf8" });

/** Runs a step of ci.yml as the runner does: its own text, its own values, and what GitHub would add. */
function runStep(job: string, name: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const step = ci.jobs[job]?.steps.find((each) => each.name === name);
  if (step === undefined || !("run" in step)) throw new Error(`${job} runs no step ${name}`);
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
    cwd: clone,
    env: { PATH: process.env.PATH, GITHUB_STEP_SUMMARY: join(clone, ".git", "summary"), ...step.env, ...env },
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  return new Promise((resolve) =>
    child.once("close", (code) => {
      resolve({ code, output });
    }),
  );
}

function commit(message: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(clone, name)), { recursive: true });
    writeFileSync(join(clone, name), text);
  }
  git("add", "--all");
  git("commit", "--quiet", "--allow-empty", "--message", message);
}

/** What actions/checkout leaves: the merge of the branch into its target. */
function checkOutMerge(): void {
  git("checkout", "--quiet", "main");
  git("merge", "--quiet", "--no-ff", "--message", "Merge", "branch");
}

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "slipway-pull-request-"));
  git("init", "--quiet", "--initial-branch", "main");
  git("config", "user.name", "Jane");
  git("config", "user.email", "jane@example.com");
  commit("wip before anybody judged", { "README.md": "first\n" });
  git("checkout", "--quiet", "-b", "branch");
});
afterEach(() => {
  rmSync(clone, { recursive: true });
});

describe("commits", () => {
  test("of the branch are judged, older ones and merges are not", async () => {
    commit("feat(api)!: add login", { a: "1" });
    git("checkout", "--quiet", "main");
    commit("not ours", { b: "1" });
    git("checkout", "--quiet", "branch");
    git("merge", "--quiet", "--no-ff", "--message", "Merge branch main", "main");
    checkOutMerge();
    expect(await runStep("quality", "Commits")).toEqual({ code: 0, output: "" });
  });

  test.each(["updated files", "fixed bug", "changes", "wip", "Feat: add", "feat:add", "feat(): add", "style(api) add"])(
    "%s is refused, and every bad one is named",
    async (message) => {
      commit(message, { a: "1" });
      commit("fixed %0A another", { a: "2" });
      commit("fix: good", { a: "3" });
      checkOutMerge();
      const { code, output } = await runStep("quality", "Commits");
      expect(code).toBe(1);
      expect(output.match(/^::error title=Commit /gm)).toHaveLength(2);
      expect(output).toContain(`"${message}" is not`);
      // An escaped line break in a message would begin a command of its own.
      expect(output).toContain("fixed %250A another");
    },
  );
});

describe("the branch's name", () => {
  test.each([
    "feature/add-login",
    "bugfix/fix-crash",
    "hotfix/security-patch",
    "release/v1.2.3",
    "develop",
    "dependabot/pip/x-1",
  ])("%s is good", async (BRANCH) => {
    expect(await runStep("quality", "Branch name", { BRANCH })).toMatchObject({ code: 0 });
  });

  test.each(["my-branch", "feature/", "Feature/x", "release/1.2", "feature/a b", "x/feature/y", "$(touch pwned)"])(
    "%s is refused",
    async (BRANCH) => {
      const { code, output } = await runStep("quality", "Branch name", { BRANCH });
      expect(code).toBe(1);
      expect(output).toContain(`'${BRANCH}' is none of feature/…`);
    },
  );
});

describe("large files", () => {
  test("are refused at one byte too many, even with a line break in the name", async () => {
    commit("feat: add", { fits: "x".repeat(1024 * 1024), "two\n::error::lines": "x".repeat(1024 * 1024 + 1) });
    checkOutMerge();
    const { code, output } = await runStep("quality", "Large files");
    expect(code).toBe(1);
    expect(output.trim().split("\n")).toEqual([
      String.raw`::error title=Large file::$'two\n::error::lines' has 1048577 bytes; allowed are 1048576. Fix: keep it out of Git, in its history too`,
    ]);
  });

  test("that the branch removes do not matter", async () => {
    git("rm", "--quiet", "README.md");
    commit("feat: remove", {});
    checkOutMerge();
    expect(await runStep("quality", "Large files", { MAX_FILE_BYTES: "1" })).toMatchObject({ code: 0 });
  });
});

describe("size", () => {
  const lines = (count: number) => "line\n".repeat(count);

  test("counts added and removed lines, and neither generated nor binary files", async () => {
    commit("feat: add", {
      "README.md": lines(10),
      ".gitattributes": "*.lock linguist-generated\n",
      "a.lock": lines(5_000),
      "a.bin": "\0".repeat(5_000),
    });
    checkOutMerge();
    expect(await runStep("quality", "Size")).toEqual({
      code: 0,
      output: "12 changed lines; pull requests are best below 300.\n",
    });
    expect(readFileSync(join(clone, ".git", "summary"), "utf8")).toContain("12 changed lines");
  });

  test.each([
    [299, "warning", 0, 0],
    [300, "warning", 0, 1],
    [299, "error", 0, 0],
    [300, "error", 1, 1],
  ])("%i lines as %s end with %i", async (count, LARGE_IS, code, told) => {
    commit("feat: add", { "a.txt": lines(count) });
    checkOutMerge();
    const outcome = await runStep("quality", "Size", { LARGE_IS });
    expect(outcome.code).toBe(code);
    expect(outcome.output.match(/^::(warning|error) title=Large/gm) ?? []).toHaveLength(told);
  });
});

describe("with GitHub", () => {
  interface Comment {
    id: number;
    user: { login: string };
    body: string;
  }
  let server: Server;
  let comments: Comment[];
  let title: string;
  let refuse: boolean;
  const seen: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
      seen.push(`${request.method ?? ""} ${pathname} ${request.headers.authorization ?? ""}`);
      let text = "";
      request.on("data", (data: Buffer) => (text += data.toString()));
      request.on("end", () => {
        const answer = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
        if (refuse && request.method !== "GET")
          return answer(403, { message: "Resource not accessible by integration" });
        const numbers = { changed_files: 3, additions: 40, deletions: 2, commits: 2 };
        if (pathname === "/repos/acme/api/pulls/7") return answer(200, { title, ...numbers });
        const body = () => (JSON.parse(text) as { body: string }).body;
        if (pathname === "/repos/acme/api/issues/7/comments" && request.method === "POST") {
          comments.push({ id: 9_000, user: { login: "github-actions[bot]" }, body: body() });
          return answer(201, {});
        }
        if (pathname === "/repos/acme/api/issues/7/comments") {
          const page = Number(searchParams.get("page"));
          return answer(200, comments.slice((page - 1) * 100, page * 100));
        }
        const comment = comments.find(({ id }) => pathname === `/repos/acme/api/issues/comments/${id}`);
        if (comment === undefined) return answer(404, {});
        comment.body = body();
        return answer(200, {});
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  beforeEach(() => {
    comments = [];
    title = "feat: add login";
    refuse = false;
    seen.length = 0;
  });

  const env = () => ({
    GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    GITHUB_REPOSITORY: "acme/api",
    GITHUB_TOKEN: "the-token",
    PULL_REQUEST: "7",
    RESULTS: JSON.stringify({ lint: { result: "success" }, unit: { result: "failure" } }),
    RUN_URL: "https://github.com/acme/api/actions/runs/1",
  });
  const writeComment = () => runStep("comment", "Write or renew the one comment", env());

  test("the title is judged as it is now", async () => {
    expect(await runStep("quality", "Title", env())).toEqual({ code: 0, output: "" });
    title = 'Add $(login) "now"';
    const { code, output } = await runStep("quality", "Title", env());
    expect(code).toBe(1);
    expect(output).toContain('::error title=Title::"Add $(login) "now"" is not <type>(<scope>): <subject>');
    expect(seen[0]).toBe("GET /repos/acme/api/pulls/7 Bearer the-token");
  });

  test("the comment is written once and then renewed", async () => {
    expect(await writeComment()).toEqual({ code: 0, output: "" });
    await writeComment();
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toBe(
      [
        "<!-- slipway: statistics -->",
        "**3 files**, +40 −2 lines in 2 commits. [Run](https://github.com/acme/api/actions/runs/1)",
        "",
        "| job | result |",
        "| --- | --- |",
        "| lint | success |",
        "| unit | failure |",
      ].join("\n"),
    );
  });

  test("pulumi/actions#633: it is found behind 500 others, and one that quotes its marker is not it", async () => {
    const others = Array.from({ length: 500 }, (_, id) => ({ id, user: { login: "jane" }, body: "nice" }));
    comments = [{ id: 8_000, user: { login: "jane" }, body: "<!-- slipway: statistics --> mine" }, ...others];
    await writeComment();
    await writeComment();
    expect(comments).toHaveLength(502);
    expect(comments[0]?.body).toBe("<!-- slipway: statistics --> mine");
  });

  test("pulumi/actions#291: a comment that GitHub refuses is a failure", async () => {
    refuse = true;
    const { code, output } = await writeComment();
    expect(code).not.toBe(0);
    expect(output).toContain("403");
  });
});
