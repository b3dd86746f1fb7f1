import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { allowedActions } from "../../workflows/allowed-actions.ts";
import { cd } from "../../workflows/cd.ts";
import { permissionsOf } from "../../workflows/model/permissions.ts";
import { reachProblems, reachTable } from "../../workflows/model/reach.ts";
import { results } from "../../workflows/model/simulate.ts";
import { secretUsesOf } from "../../workflows/secret-uses.ts";

describe("the guide's cd.yml", () => {
  const deploys = Object.entries(cd.jobs).filter(([, { lane = "" }]) => ["staging", "production"].includes(lane));

  test("reaches staging from main, and production from a release tag after a person's yes", () => {
    const rows = reachTable(cd, cd.environments ?? []).map((row) => `${row.situation}: ${row.job} ${row.enters}`);
    expect(rows).toEqual([
      "push to main: staging true",
      "push of tag v1.2.3: approval true",
      "push of tag v1.2.3: production true",
      "dispatch at main: staging-by-hand true",
      "dispatch at tag v1.2.3: rollback true",
    ]);
    expect(reachProblems(cd, cd.environments ?? [])).toEqual([]);
  });

  test.each(["ready", "build", "sbom", "attest", "approval"])("deploys nothing when %s does not succeed", (id) => {
    const all = ["push", "workflow_dispatch"].flatMap((event) =>
      ["refs/heads/main", "refs/tags/v1.2.3"].flatMap((ref) =>
        ["staging", "production"].map((environment) =>
          results(cd, { event: event as "push", ref, inputs: { environment } }, new Set([id])),
        ),
      ),
    );
    const deployed = all.flatMap((each) => deploys.filter(([job]) => each?.[job] === "success").map(([job]) => job));
    expect(new Set(deployed)).toEqual(
      new Set(id === "approval" ? deploys.map(([job]) => job).filter((job) => job !== "production") : []),
    );
  });

  test("gives no deploy job a right to write, and reads secrets in environments only", () => {
    for (const [, job] of deploys)
      expect(Object.values(permissionsOf(job)).map(({ level }) => level)).not.toContain("write");
    expect(secretUsesOf(cd).filter(({ store }) => !/^environment:(staging|production)$/.test(store))).toEqual([]);
    expect(cd.jobs.approval?.lane).toBeUndefined();
  });

  test("CVE-2026-33634: the scanner has neither token nor network", () => {
    const scan = cd.jobs.sbom?.steps.find(({ name }) => name === "List");
    expect(Object.keys(scan?.env ?? {})).toEqual(["TRIVY_IMAGE"]);
    expect(scan !== undefined && "run" in scan ? scan.run : "").toContain("--network none");
  });

  test("pulumi/actions#928: Pulumi takes the place of the shell, and a stopped run is mended", () => {
    for (const [, { steps }] of deploys) {
      const up = steps.findIndex(({ name }) => name === "Deploy");
      const step = steps[up];
      expect(step !== undefined && "run" in step ? step.run.trim().split("\n").at(-1) : "").toMatch(/^exec pulumi up /);
      expect(steps[up + 1]).toMatchObject({ name: "Mend what was left half done", when: "stopped" });
    }
  });

  test("cancels nothing, and needs no action but GitHub's", () => {
    expect(cd.concurrency?.cancels).toBe(false);
    expect(allowedActions([cd])).toEqual([]);
  });
});

let folder: string;
let server: Server;
let answers: (path: string) => unknown;
let asked: { path: string; body: string }[];
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=Jane", "-c", "user.email=jane@example.com", ...args], {
    cwd: folder,
    encoding: "utf8",
  }).trim();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "slipway-cd-"));
  asked = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      asked.push({ path: request.url ?? "", body });
      try {
        response.end(JSON.stringify(answers(request.url ?? "")));
      } catch {
        response.writeHead(400).end("{}");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** Runs a step of cd.yml by its own text and values, and with what GitHub would add. */
async function runStep(job: string, name: string, env: Readonly<Record<string, string>> = {}) {
  const step = cd.jobs[job]?.steps.find((each) => each.name === name);
  if (step === undefined || !("run" in step)) throw new Error(`${job} runs no step ${name}`);
  const bin = join(folder, ".git-bin");
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
    cwd: folder,
    env: {
      ...cd.jobs[job]?.env,
      ...step.env,
      PATH: `${bin}:${process.env.PATH ?? ""}`,
      GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GITHUB_REPOSITORY: "Acme/Shop",
      GITHUB_SHA: "abc",
      GITHUB_REF: "refs/heads/main",
      GITHUB_REF_NAME: "main",
      GITHUB_EVENT_NAME: "push",
      GITHUB_OUTPUT: join(folder, "output"),
      GITHUB_STEP_SUMMARY: join(folder, "summary"),
      POLL_SECONDS: "0",
      ...env,
    },
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

describe("the gate", () => {
  const step = "The commit is tested";
  const gate = (...conclusions: (string | null)[]) => ({
    check_runs: conclusions.map((conclusion, id) => ({ id, conclusion })),
  });

  test("is waited for, as GitHub Actions reports it for exactly this commit", async () => {
    const states = [gate(), gate(null), gate("success")];
    answers = () => states.shift();
    expect(await runStep("ready", step)).toEqual({ code: 0, output: "" });
    expect(asked).toHaveLength(3);
    expect(asked[0]?.path).toMatch(/^\/repos\/Acme\/Shop\/commits\/abc\/check-runs\?check_name=Gate&app_id=15368&/);
  });

  test.each(["failure", "cancelled", "skipped", "neutral"])(
    "that is %s stops everything, an older green one too",
    async (conclusion) => {
      answers = () => gate("success", conclusion);
      const { code, output } = await runStep("ready", step);
      expect({ code, output }).toMatchObject({
        code: 1,
        output: expect.stringContaining(`is ${conclusion}`) as string,
      });
    },
  );

  test("that nobody reports is waited for no longer than is said", async () => {
    answers = () => gate();
    const { code, output } = await runStep("ready", step, { MAX_WAIT_MINUTES: "0" });
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringContaining("is missing after 0 min") as string,
    });
  });

  test.each([
    ["production", "refs/heads/main", "choose the tag of the version"],
    ["production", "refs/tags/nightly", "choose the tag of the version"],
    ["production", "refs/tags/v1.2.3", undefined],
    ["staging", "refs/tags/v1.2.3", "choose main"],
    ["staging", "refs/heads/main", undefined],
  ])("ViewComponent/view_component#2703: %s dispatched at %s", async (WANTED, GITHUB_REF, fix) => {
    const { code, output } = await runStep("ready", "It may go where it is to go", {
      WANTED,
      GITHUB_REF,
      GITHUB_EVENT_NAME: "workflow_dispatch",
    });
    expect(code).toBe(fix === undefined ? 0 : 1);
    expect(output).toContain(fix ?? "");
  });
});

describe("the order of deployments", () => {
  const order = async (deployed: string, state: string, sha: string) => {
    answers = (path) => (path.includes("/statuses") ? [{ state }] : [{ id: 1, sha: deployed }]);
    return (await runStep("staging", "Nothing newer is there", { GITHUB_SHA: sha })).code;
  };

  test("an older commit never goes over a newer one, but a newer, the same or an unrelated one does", async () => {
    git("init", "--quiet", "--initial-branch", "main");
    const [older, newer] = ["one", "two"].map((name) => {
      git("commit", "--quiet", "--allow-empty", "--message", name);
      return git("rev-parse", "HEAD");
    }) as [string, string];
    expect(await order(newer, "success", older)).toBe(1);
    expect(await order(newer, "failure", older)).toBe(0);
    expect(await order(older, "success", newer)).toBe(0);
    expect(await order(newer, "success", newer)).toBe(0);
  });
});

test("a GitHub that does not tell what is deployed lets nothing through", async () => {
  git("init", "--quiet", "--initial-branch", "main");
  answers = () => {
    throw new Error("down");
  };
  expect((await runStep("staging", "Nothing newer is there")).code).not.toBe(0);
});

describe("a build", () => {
  const step = "Build once, and name it";
  const digest = `sha256:${"a".repeat(64)}`;

  /** A Docker that writes down what it is asked, and pulls, builds and pushes as told. */
  function plantDocker(pull: string, digests: readonly string[] = [digest]): void {
    mkdirSync(join(folder, ".git-bin"));
    const file = join(folder, ".git-bin", "docker");
    writeFileSync(join(folder, "digests"), digests.join("\n"));
    writeFileSync(
      file,
      `#!/bin/bash
echo "$*" >> docker.log
case $1 in
  pull) ${pull} ;;
  push) echo "$2: digest: $(head -1 digests) size: 1"; [ "$(wc -l < digests)" -eq 0 ] || sed -i 1d digests ;;
esac
`,
    );
    chmodSync(file, 0o755);
  }
  const calls = (verb: string) =>
    readFileSync(join(folder, "docker.log"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith(`${verb} `));

  test("is made once, and pushed by commit, as the cache and as latest", async () => {
    plantDocker("echo 'Error: manifest unknown' >&2; exit 1");
    expect(await runStep("build", step)).toMatchObject({ code: 0 });
    expect(calls("build")).toHaveLength(1);
    expect(calls("push")).toEqual(["sha-abc", "cache", "latest"].map((tag) => `push ghcr.io/acme/shop/api:${tag}`));
    expect(readFileSync(join(folder, "output"), "utf8")).toBe(`image=ghcr.io/acme/shop/api\ndigest=${digest}\n`);
  });

  test("jkreileder/cf-ips-to-hcloud-fw#1459: is found again by a re-run and by a release tag, which names it", async () => {
    plantDocker("true");
    const tag = { GITHUB_REF: "refs/tags/v1.2.3", GITHUB_REF_NAME: "v1.2.3" };
    expect(await runStep("build", step, tag)).toMatchObject({ code: 0 });
    expect(calls("build")).toEqual([]);
    expect(calls("push")).toEqual(["sha-abc", "v1.2.3"].map((name) => `push ghcr.io/acme/shop/api:${name}`));
  });

  test("is not made when the registry does not say whether there is one", async () => {
    plantDocker("echo 'Error: i/o timeout' >&2; exit 1");
    expect(await runStep("build", step)).toMatchObject({
      code: 1,
      output: expect.stringContaining("i/o timeout") as string,
    });
    expect(calls("build")).toEqual([]);
  });

  test("docker/build-push-action#770: whose names do not all say one digest is no build", async () => {
    plantDocker("true", [digest, `sha256:${"b".repeat(64)}`]);
    expect(await runStep("build", step)).toMatchObject({
      code: 1,
      output: expect.stringContaining("title=Digest") as string,
    });
    expect(existsSync(join(folder, "output"))).toBe(false);
  });
});

test("a failure is told to Slack and PagerDuty, and neither address nor key is shown", async () => {
  answers = () => ({});
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, output } = await runStep("production", "Say that it failed", {
    SLACK_WEBHOOK_URL: `${address}/slack-planted`,
    PAGERDUTY_URL: `${address}/pagerduty`,
    PAGERDUTY_ROUTING_KEY: "planted-key",
    SMTP_PASSWORD: "",
    TEXT: "production: v1.2.3 of Acme/Shop was not deployed.",
  });
  expect({ code, output }).toEqual({ code: 0, output: "" });
  expect(asked.map(({ path }) => path)).toEqual(["/slack-planted", "/pagerduty"]);
  expect(asked[0]?.body).toContain("production: v1.2.3 of Acme/Shop was not deployed.");
  expect(JSON.parse(asked[1]?.body ?? "")).toMatchObject({ routing_key: "planted-key", event_action: "trigger" });
});
