import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { actionReference } from "../../../workflows/actions.ts";
import type { Machine } from "../../../workflows/run/job.ts";
import { parseWorkflowFile, type Contexts } from "../../../workflows/run/parser.ts";
import { NotHere } from "../../../workflows/run/stand-ins.ts";
import { runWorkflow } from "../../../workflows/run/workflow.ts";

let temp: string;
let lines: string[];
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), "slipway-run-"));
  lines = [];
});
afterEach(() => {
  rmSync(temp, { recursive: true });
});

async function execute(jobs: string, contexts: Contexts = {}, changes: Partial<Machine> = {}, wanted?: string[]) {
  const workflow = await parseWorkflowFile("x.yml", `on: push\nenv: { LEVEL: workflow }\njobs:\n${jobs}`);
  const machine: Machine = {
    env: { PATH: process.env.PATH ?? "" },
    temp,
    standIn: () => undefined,
    tell: (line) => lines.push(line.trim()),
    signal: new AbortController().signal,
    ...changes,
  };
  const { ended, notRun } = await runWorkflow(workflow, contexts, machine, wanted === undefined ? {} : { wanted });
  return { ended, notRun, results: Object.fromEntries(ended.map(({ name, result }) => [name, result])) };
}

const job = (id: string, steps: string, rest = "") =>
  `  ${id}:\n    runs-on: ubuntu-24.04\n${rest}    steps:\n${steps}`;
const say = (run: string, rest = "") => `      - run: ${JSON.stringify(run)}\n${rest}`;

describe("steps", () => {
  test("hand on variables, paths and outputs, and see what is nearest", async () => {
    await execute(
      job(
        "a",
        say(
          "echo MADE=here >> $GITHUB_ENV; mkdir bin; printf '#!/bin/sh\\necho found' > bin/tool; chmod +x bin/tool; echo $PWD/bin >> $GITHUB_PATH",
        ) +
          say("printf 'one=1\\ntwo<<E\\na\\nb\\nE\\n' >> $GITHUB_OUTPUT", "        id: made\n") +
          say(
            'echo $MADE $LEVEL $NEAR; tool; echo "$TWO"',
            "        env: { TWO: '${{ steps.made.outputs.two }}', NEAR: '${{ env.LEVEL }}-${{ github.sha }}' }\n",
          ),
        "    env: { LEVEL: job }\n",
      ),
      { github: { sha: "abc" } },
    );
    expect(lines).toEqual(expect.arrayContaining(["here job job-abc", "found", "a", "b"]));
  });

  test("a failure inside a pipe is a failure, and ends the job but for those that want to run", async () => {
    const { results, ended } = await execute(
      job(
        "a",
        say("false | true") +
          say("echo never") +
          say("echo mourns", "        if: failure()\n") +
          say("echo tidies", "        if: ${{ !cancelled() }}\n"),
      ),
    );
    expect(results).toEqual({ a: "failure" });
    expect(ended[0]?.steps.map(({ outcome }) => outcome)).toEqual(["failure", "skipped", "success", "success"]);
  });

  test("one that may fail does not fail its job, and says what it came to", async () => {
    const { results } = await execute(
      job(
        "a",
        say("exit 3", "        id: x\n        continue-on-error: true\n") +
          say("echo $GOT", "        env: { GOT: '${{ steps.x.outcome }} ${{ steps.x.conclusion }}' }\n"),
      ),
    );
    expect(results).toEqual({ a: "success" });
    expect(lines).toContain("failure success");
  });

  test("write no secret into the log, nor what they ask to have hidden", async () => {
    await execute(
      job("a", say("echo $S; echo ::add-mask::other; echo other", "        env: { S: '${{ secrets.KEY }}' }\n")),
      { secrets: { KEY: "first\nsecond" } },
    );
    expect(lines.join("\n")).not.toMatch(/first|second|other/);
  });

  test("see nothing of this process's environment, and the token only where the file hands it on", async () => {
    process.env.PLANTED_IN_PROCESS = "leaked";
    await execute(job("a", say("env")), { github: { token: "ghs_planted", sha: "abc" } });
    delete process.env.PLANTED_IN_PROCESS;
    expect(lines.join("\n")).not.toMatch(/leaked|ghs_planted/);
    expect(lines.filter((line) => line.startsWith("GITHUB_TOKEN"))).toEqual([]);
    expect(lines).toContain("GITHUB_SHA=abc");
  });

  test("that use an action get what stands in for it, and another commit of it nothing", async () => {
    const uses = actionReference("actions/checkout");
    const standIn: Machine["standIn"] = (asked) =>
      asked === uses ? (use) => Promise.resolve({ outputs: { ref: use.inputs["fetch-depth"] ?? "" } }) : undefined;
    const use = (reference: string) => `      - uses: ${reference}\n        id: c\n        with: { fetch-depth: 0 }\n`;
    const show = say("echo got $R", "        env: { R: '${{ steps.c.outputs.ref }}' }\n");
    expect((await execute(job("a", use(uses) + show), {}, { standIn })).results).toEqual({ a: "success" });
    expect(lines).toContain("got 0");
    const { ended } = await execute(job("a", use("actions/checkout@v7")), {}, { standIn });
    expect(ended[0]).toMatchObject({ result: "skipped", notHere: "actions/checkout@v7 is not in the lock" });
  });

  test("that cannot run here end their job without a verdict", async () => {
    const standIn: Machine["standIn"] = () => () => Promise.reject(new NotHere("no Python"));
    const { ended } = await execute(job("a", "      - uses: a/b@c\n" + say("echo never")), {}, { standIn });
    expect(ended[0]).toMatchObject({ result: "skipped", notHere: "no Python" });
    expect(lines).not.toContain("never");
  });
});

describe("jobs", () => {
  const outputs = "    outputs: { made: '${{ steps.s.outputs.made }}' }\n";
  const makes = job("a", say("echo made=1 >> $GITHUB_OUTPUT", "        id: s\n"), outputs);

  test("wait for what they need and read its outputs, whatever their order in the file", async () => {
    const reads = job("b", say("echo got $G", "        env: { G: '${{ needs.a.outputs.made }}' }\n"), "    needs: a\n");
    expect((await execute(reads + makes)).results).toEqual({ a: "success", b: "success" });
    expect(lines).toContain("got 1");
  });

  test("asked for alone bring what they need, and nothing else", async () => {
    const b = job("b", say("true"), "    needs: a\n");
    const { ended } = await execute(makes + b + job("c", say("true")), {}, {}, ["b"]);
    expect(ended.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("are skipped by everything that failed upstream, and a gate that always runs sees it", async () => {
    const all =
      job("a", say("false")) +
      job("b", say("true"), "    needs: a\n") +
      job("c", say("true"), "    needs: b\n") +
      job(
        "gate",
        say("echo $R", "        env: { R: '${{ toJSON(needs) }}' }\n"),
        "    needs: [a, c]\n    if: ${{ always() }}\n",
      );
    expect((await execute(all)).results).toEqual({ a: "failure", b: "skipped", c: "skipped", gate: "success" });
    expect(lines.join("")).toMatch(/"a": ?\{\s*"result": ?"failure"/);
  });

  test("look at everything upstream, not at what they need directly", async () => {
    const all =
      job("a", say("false")) +
      job("b", say("true"), "    needs: a\n    if: ${{ always() }}\n") +
      job("c", say("true"), "    needs: b\n");
    expect((await execute(all)).results).toEqual({ a: "failure", b: "success", c: "skipped" });
  });

  test("of a matrix run once for each combination, all to their end", async () => {
    const matrix = "    name: M\n    strategy: { fail-fast: false, matrix: { v: ['1', '2', '3'] } }\n";
    const { results } = await execute(
      job("a", say("test $V != 2", "        env: { V: '${{ matrix.v }}' }\n"), matrix) +
        job("b", say("true"), "    needs: a\n"),
    );
    expect(results).toEqual({ "M (1)": "success", "M (2)": "failure", "M (3)": "success", b: "skipped" });
  });

  test("run by their condition", async () => {
    const only = job("a", say("true"), "    if: ${{ github.event_name == 'pull_request' }}\n");
    expect((await execute(only, { github: { event_name: "push" } })).results).toEqual({ a: "skipped" });
    expect((await execute(only, { github: { event_name: "pull_request" } })).results).toEqual({ a: "success" });
  });

  test("leave nothing behind", async () => {
    await execute(job("a", say("touch x; sleep 600 &")));
    expect(readdirSync(temp)).toEqual([]);
  });
});

describe("a run that somebody cancels", () => {
  const cancelled = async (steps: string) => {
    const stop = new AbortController();
    const tell = (line: string) => {
      lines.push(line.trim());
      if (line.includes("ready")) stop.abort();
    };
    return execute(job("a", steps), {}, { tell, signal: stop.signal, graceMs: [2000, 500] });
  };
  const work = `bash -c 'trap "echo heard; exit 0" INT; echo ready; for i in $(seq 600); do sleep 0.1; done'`;

  test("reaches the program that took the shell's place", async () => {
    const { results } = await cancelled(say(`exec ${work}`) + say("echo heals", "        if: ${{ always() }}\n"));
    expect(results).toEqual({ a: "cancelled" });
    expect(lines).toEqual(expect.arrayContaining(["heard", "heals"]));
  });

  test("pulumi/actions#928: does not reach the child of a shell", async () => {
    await cancelled(say(`${work}; true`) + say("echo never"));
    expect(lines).not.toContain("heard");
    expect(lines).not.toContain("never");
  });
});

test("what GitHub would refuse is refused, all of it", async () => {
  await expect(execute("  a:\n    runs-on: x\n    needs: b\n    stepps: []\n")).rejects.toThrow(/stepps[\s\S]*|needs/);
});
