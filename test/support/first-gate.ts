// From `slipway workflows apply` to the first green gate, and what a red one stops: a writer proposes, others approve, and ci.yml runs as the
// pull request has it.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import type { GitHub } from "../emulators/github/github.ts";
import { client, Clone, refused } from "../emulators/github/support.ts";
import { EmulatedActions, type Ran } from "./emulated-actions.ts";
import { brokenChange, clearAway, equip, smallService, writeInto } from "./small-service.ts";

const run = promisify(execFile);

export interface Adopted {
  readonly github: GitHub;
  readonly owner: string;
  readonly repo: string;
  /** Logins of those whose approvals a merge needs. */
  readonly approvers: readonly string[];
  /** Lets the branches require the gate, once something has reported it. */
  readonly requireGate: () => Promise<void>;
}

/** The code that a repository had before. */
export async function giveService({ github, owner, repo }: Pick<Adopted, "github" | "owner" | "repo">): Promise<void> {
  const clone = await Clone.of(github, `${owner}/${repo}`, "admin");
  try {
    await writeInto(clone.directory, smallService);
    await clone.git("add", "--all");
    await clone.commit("feat: an answer");
    await clone.git("push", "--quiet", github.repository(`${owner}/${repo}`).git.directory, "HEAD:main");
  } finally {
    await clone.remove();
  }
}

/** Plays it. Everything that does not come out as it should is an assertion that fails. */
export async function playFirstGate(adopted: Adopted): Promise<void> {
  const actions = await EmulatedActions.of(adopted.github, `${adopted.owner}/${adopted.repo}`);
  try {
    await equip(actions);
    await firstGate(adopted, actions);
    await redGate(adopted, actions);
  } finally {
    await clearAway(actions);
    await actions.remove();
  }
}

async function firstGate(adopted: Adopted, actions: EmulatedActions): Promise<void> {
  const { github, owner, repo, requireGate } = adopted;
  const at = { owner, repo };
  const writer = client(github, "writer").rest;
  const there = ["--repository", `${owner}/${repo}`, "--server", `${github.url}/`];
  const env = { ...process.env, GITHUB_TOKEN: github.tokenOf("writer") };
  const slipway = join(import.meta.dirname, "../../bin/slipway");
  const { stdout } = await run(slipway, ["workflows", "apply", ...there], { env, timeout: 60_000 });
  const number = Number(/\nopened http.*\/pull\/(\d+)\n$/.exec(stdout)?.[1]);
  expect(number, stdout).toBeGreaterThan(0);

  const ran = await runCi(actions, number);
  expect(ran.results, ran.log).toEqual({
    lint: "success",
    unit: "success",
    integration: "success",
    security: "success",
    image: "success",
    scan: "success",
    quality: "success",
    coverage: "success",
    "code-scanning": "success",
    comment: "success",
    gate: "success",
  });
  expect(await gateOf(adopted, number)).toBe("success");
  const { data: comments } = await writer.issues.listComments({ ...at, issue_number: number });
  expect(comments.map(({ body = "" }) => body)).toEqual([expect.stringContaining("| unit | success |")]);

  await requireGate();
  expect(await refusal(adopted, number)).toMatch(/approving review/);
  await approve(adopted, number);
  expect((await writer.pulls.merge({ ...at, pull_number: number })).data.merged).toBe(true);
  expect((await run(slipway, ["workflows", "diff", ...there], { env })).stdout).not.toMatch(/ is (new|changed)/);
}

/** The next request, whose unit tests fail: its approvals do not help it. */
async function redGate(adopted: Adopted, actions: EmulatedActions): Promise<void> {
  const { github, owner, repo } = adopted;
  const clone = await Clone.of(github, `${owner}/${repo}`, "writer");
  try {
    const branch = "feature/another-answer";
    await clone.git("checkout", "--quiet", "-b", branch);
    await writeInto(clone.directory, brokenChange);
    await clone.git("add", "--all");
    await clone.commit("feat: another answer");
    expect(await clone.push(branch)).toBeUndefined();
    const asked = { owner, repo, head: branch, base: "main", title: "feat: another answer" };
    const { number } = (await client(github, "writer").rest.pulls.create(asked)).data;
    await approve(adopted, number);
    expect(await refusal(adopted, number)).toContain('Required status check "Gate" is expected');

    const { results, log } = await runCi(actions, number);
    expect({ results, log }).toMatchObject({ results: { unit: "failure", lint: "success", gate: "failure" } });
    expect(log).toContain("unit: failure");
    expect(await gateOf(adopted, number)).toBe("failure");
    expect(await refusal(adopted, number)).toContain('"Gate"');
  } finally {
    await clone.remove();
  }
}

const runCi = async (actions: EmulatedActions, number: number): Promise<Ran> =>
  (await actions.onPullRequest("ci.yml", number)).ran;

async function approve({ github, owner, repo, approvers }: Adopted, number: number): Promise<void> {
  for (const by of approvers)
    await client(github, by).rest.pulls.createReview({ owner, repo, pull_number: number, event: "APPROVE" });
}

/** Why the writer may not merge. */
const refusal = async ({ github, owner, repo }: Adopted, number: number): Promise<string> =>
  (await refused(client(github, "writer").rest.pulls.merge({ owner, repo, pull_number: number }))).message;

/** What GitHub Actions says of the newest commit of a pull request. */
async function gateOf({ github, owner, repo }: Adopted, number: number): Promise<string | null | undefined> {
  const { rest } = client(github, "reader");
  const ref = (await rest.pulls.get({ owner, repo, pull_number: number })).data.head.sha;
  const { data } = await rest.checks.listForRef({ owner, repo, ref, check_name: "Gate" });
  return data.check_runs.at(-1)?.conclusion;
}
