import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ciWorkflow } from "../../workflows/ci/workflow.ts";
import { renderWorkflow } from "../../workflows/model/render.ts";
import { runLocally } from "../../workflows/run/local.ts";
import { parseWorkflowFile } from "../../workflows/run/parser.ts";
import { runWorkflow } from "../../workflows/run/workflow.ts";

let temp: string;
let clone: string;
let lines: string[] = [];
const git = (...args: string[]) => execFileSync("git", args, { cwd: clone, encoding: "utf8" });
const run = async (jobs: readonly string[], fix = false) => {
  lines = [];
  const tell = (line: string) => lines.push(line);
  return runLocally({ folder: clone, jobs, fix, tell, signal: new AbortController().signal });
};

beforeAll(() => {
  temp = mkdtempSync(join(tmpdir(), "slipway-ci-test-"));
  clone = join(temp, "ape-2026");
  cpSync(join(import.meta.dirname, "..", "..", "examples", "ape-2026"), clone, { recursive: true });
  git("init", "--quiet", "--initial-branch", "main");
  git("add", "--all");
  git("-c", "user.name=Jane", "-c", "user.email=jane@example.com", "commit", "--quiet", "--message", "chore: begin");
});
afterAll(() => {
  rmSync(temp, { recursive: true });
});

describe("the sample service's ci.yml on a developer's machine", () => {
  const file = () => join(clone, "src", "api", "cache.py");

  test("is red for what is not committed yet; --fix mends it in the clone, and then it is green", async () => {
    const before = readFileSync(file(), "utf8");
    writeFileSync(file(), before.replace("\n\n\n", "\n\n\n\n\n\n"));
    expect(await run(["lint"])).toMatchObject([{ id: "lint", result: "failure" }]);
    expect(lines.join("\n")).toContain("would be reformatted");
    expect(await run(["lint"], true)).toMatchObject([{ id: "lint", result: "success" }]);
    expect(readFileSync(file(), "utf8")).toBe(before);
    expect(git("status", "--short")).toBe("");
  });

  test("runs the unit tests, and says which Python is not here", async () => {
    const workflow = renderWorkflow(ciWorkflow({ pythons: ["3.11", "3.99"] }));
    writeFileSync(join(clone, ".github", "workflows", "ci.yml"), workflow);
    copyFileSync(join(clone, "requirements-dev-3.11.txt"), join(clone, "requirements-dev-3.99.txt"));
    const results = await run(["Unit Tests"]);
    expect(results, lines.join("\n")).toMatchObject([
      { name: "Unit Tests (3.11)", result: "success" },
      {
        name: "Unit Tests (3.99)",
        notHere: expect.stringMatching(/^Python 3\.99 is not on this machine\. Fix: /) as string,
      },
    ]);
    expect(git("status", "--short", "--", "src", "tests", "reports")).toBe("");
  });
});

test("services run on ports that Docker chooses, are ready for the first step, and are gone after the last", async () => {
  const workflow = await parseWorkflowFile(
    "x.yml",
    `on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    services:
      redis:
        image: slipway/redis:local
        ports: ["6379"]
        options: --health-cmd "redis-cli ping" --health-interval 1s --label slipway.test=ci
    steps:
      - env: { PORT: "\${{ job.services.redis.ports['6379'] }}" }
        run: exec 3<>/dev/tcp/127.0.0.1/$PORT; printf 'PING\\r\\n' >&3; head -n 1 <&3
`,
  );
  const told: string[] = [];
  const { ended } = await runWorkflow(
    workflow,
    {},
    {
      env: { PATH: process.env.PATH ?? "" },
      temp,
      standIn: () => undefined,
      tell: (line) => told.push(line.trim()),
      signal: new AbortController().signal,
    },
  );
  expect(told).toContain("+PONG");
  expect(ended.map(({ result }) => result)).toEqual(["success"]);
  const left = execFileSync("docker", ["ps", "--all", "--quiet", "--filter", "label=slipway.test=ci"], {
    encoding: "utf8",
  });
  expect(left).toBe("");
});
