import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";

let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "team" }] });
  await client(github, "admin").rest.repos.createInOrg({ org: "acme", name: "api", auto_init: true });
});
afterAll(async () => {
  await github.stop();
});

const slipway = (args: readonly string[], token = github.tokenOf("admin")) =>
  new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, GITHUB_TOKEN: token };
    execFile(
      join(import.meta.dirname, "../../bin/slipway"),
      ["workflows", ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, stdout, stderr });
      },
    );
  });

test("a repository is compared, gets its pull request, and is told which one waits", async () => {
  const there = ["--repository", "acme/api", "--server", `${github.url}/`];
  expect(await slipway(["diff", ...there])).toMatchObject({
    code: 5,
    stdout: expect.stringContaining("+ .github/workflows/ci.yml is new\n") as string,
  });
  expect(await slipway(["apply", ...there])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\nopened http.*\/acme\/api\/pull\/1\n$/) as string,
  });
  const { code, stdout } = await slipway(["apply", ...there, "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ done: expect.stringMatching(/\/pull\/1 waits for its merge$/) as string });
});

test.each([
  [["apply", "--again"], "--again needs --repository"],
  [["diff", "--server", "https://ghe/"], "--server needs --repository"],
  [["diff", ".", "--repository", "acme/api"], "a folder and --repository are named"],
  [["diff", "--repository", "api"], "--repository"],
  [["diff", "--repository", "acme/api"], "GITHUB_TOKEN is not set", ""],
])("%j is refused: %s", async (args, said, token = "x") => {
  const { code, stderr } = await slipway(args, token);
  expect(stderr).toContain(said);
  expect(code).toBe(2);
});
