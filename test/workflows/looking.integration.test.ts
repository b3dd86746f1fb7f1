// preview.yml, drift.yml, checklist.yml and drill.yml, by their own text, against an emulated GitHub. Pulumi is planted; what is made of its answer is Slipway's own.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { checklist, drill } from "../../workflows/checklist.ts";
import { drift } from "../../workflows/drift.ts";
import { renderWorkflow } from "../../workflows/model/render.ts";
import { preview } from "../../workflows/preview.ts";
import { previewWorkflow } from "../../workflows/preview/workflow.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client, Clone } from "../emulators/github/support.ts";
import { declareEnvironment } from "../support/emulated-environment.ts";
import { EmulatedActions, type Ran } from "../support/emulated-actions.ts";

const owned = { owner: "acme", repo: "shop" };
const root = join(import.meta.dirname, "..", "..");
const [previewText, stagingText, driftText] = [preview, previewWorkflow({ stacks: ["staging"] }), drift].map(
  renderWorkflow,
) as [string, string, string];

let github: GitHub;
let actions: EmulatedActions;
let clone: Clone;
let [admin, writer] = [] as unknown as [Octokit, Octokit];
const repository = () => github.repository("acme/shop");

const stackFile = (version: string, more = "") => `config:\n  slipway:version: ${version}\n${more}`;

/** Says what the stack file says, and which program it runs beside. */
const pulumi = `#!/bin/bash
echo "$PULUMI_CONFIG_PASSPHRASE" >&2
[ "$*" = "preview --stack $STACK --json --non-interactive" ] || exit 9
version=$(sed -n 's/.*slipway:version: //p' "Pulumi.$STACK.yaml")
jq -n --arg version "$version" --arg program "$(cat program.txt)" '{
  steps: [{op: "update", urn: "urn:pulumi:\\(env.STACK)::slipway::docker:index/container:Container::api",
    oldState: {custom: true, inputs: {image: "api:1.0.0"}}, newState: {custom: true, inputs: {image: "api:\\($version)"}}, detailedDiff: {image: {}}}],
  diagnostics: [{severity: "info", message: "program \\($program)"}]}'
`;

beforeAll(async () => {
  github = await GitHub.start();
  [admin, writer] = ["admin", "writer"].map((name) => client(github, name)) as [Octokit, Octokit];
  await admin.repos.createInOrg({ org: "acme", name: "shop", private: true, auto_init: true });
  clone = await Clone.of(github, "acme/shop", "writer");
  const files = {
    Makefile: 'setup:\n\t@echo set up\nenv:\n\t@echo "export MADE=yes"\n',
    "program.txt": "of main\n",
    "Pulumi.staging.yaml": stackFile("1.0.0", "encryptionsalt: v1:abc\n"),
    "Pulumi.production.yaml": stackFile("1.0.0"),
    "Pulumi.governance.yaml": stackFile("1.0.0"),
  };
  mkdirSync(join(clone.directory, "deploy"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(clone.directory, "deploy", name), text);
  await clone.git("add", "--all");
  await clone.commit("feat: a stack");
  expect(await clone.push("HEAD:main")).toBeUndefined();
  await declareEnvironment(admin, {
    ...owned,
    environment_name: "preview",
    branches: ["main", "refs/pull/*/merge"],
    secrets: { PULUMI_CONFIG_PASSPHRASE: "planted-passphrase" },
  });
  await declareEnvironment(admin, {
    ...owned,
    environment_name: "observe",
    branches: ["main"],
    secrets: {
      PULUMI_CONFIG_PASSPHRASE: "planted-passphrase",
      OBSERVE_GITHUB_TOKEN: "planted-token",
      SSH_PRIVATE_KEY: "planted-key",
    },
  });
  await declareEnvironment(admin, {
    ...owned,
    environment_name: "staging",
    branches: ["main"],
    secrets: { SSH_PRIVATE_KEY: "planted-key" },
  });
  actions = await EmulatedActions.of(github, "acme/shop");
  await actions.plant("pulumi", pulumi);
  await actions.plant("ssh-agent", "#!/bin/bash\n");
  await actions.plant("ssh-add", '#!/bin/bash\n[ "$(cat)" = planted-key ]\n');
});

beforeEach(() => actions.plant("slipway", `#!/bin/bash\nexec '${process.execPath}' '${root}/bin/slipway.ts' "$@"\n`));

afterAll(async () => {
  await clone.remove();
  await actions.remove();
  github.traffic.assertClean();
  await github.stop();
});

describe("preview.yml", () => {
  /** A pull request with these files in the stack's folder. @returns its number */
  async function propose(branch: string, files: Readonly<Record<string, string>>): Promise<number> {
    await clone.git("checkout", "--quiet", "-B", branch, "origin/main");
    await change(branch, files);
    const { data } = await writer.pulls.create({ ...owned, title: "feat: x", head: branch, base: "main" });
    return data.number;
  }
  async function change(branch: string, files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(clone.directory, "deploy", name), text);
    await clone.git("add", "--all");
    await clone.commit("feat: x");
    expect(await clone.push(branch)).toBeUndefined();
  }

  async function run(number: number, { from = "acme/shop", text = stagingText } = {}): Promise<Ran> {
    const { data } = await writer.pulls.get({ ...owned, pull_number: number });
    const { ran } = await actions.start(text, {
      event: "pull_request",
      ref: `refs/pull/${number}/merge`,
      sha: data.head.sha,
      payload: {
        pull_request: { number, head: { sha: data.head.sha, repo: { full_name: from } }, base: { sha: data.base.sha } },
      },
    });
    return ran;
  }
  const comments = (number: number) =>
    repository().comments.filter((each) => each.number === number && each.author.kind === "app");
  const staging = (number: number) => comments(number).find(({ body }) => body.includes("slipway/staging"))?.body ?? "";

  test("runs the base's program on the request's stack file, and comments once a stack", async () => {
    const number = await propose("feature/version", {
      "Pulumi.staging.yaml": stackFile("1.1.0", "encryptionsalt: v1:abc\n"),
      "program.txt": "nobody reviewed\n",
    });
    const { result, log } = await run(number, { text: previewText });
    expect({ result, log }).toMatchObject({ result: "success" });
    expect(comments(number)).toHaveLength(2);
    expect(staging(number)).toContain("<code>api:1.0.0</code> → <code>api:1.1.0</code>");
    expect(staging(number)).toContain("program of main");
    expect(staging(number)).not.toContain("nobody reviewed");
    expect(log).not.toContain("planted-passphrase");
  });

  test("pulumi/actions#633: renews its comment behind 150 others, and nobody else's that quotes it", async () => {
    const { number } = repository().pulls.at(-1) ?? { number: 0 };
    const before = comments(number).map(({ id }) => id);
    const quoted = await writer.issues.createComment({ ...owned, issue_number: number, body: staging(number) });
    const mine = repository().comments.filter((each) => before.includes(each.id));
    const writerUser =
      repository().comments.find(({ id }) => id === quoted.data.id)?.author ?? github.app("release-bot");
    repository().comments = [];
    for (let index = 0; index < 150; index += 1)
      repository().comments.push({
        id: index + 1,
        number,
        body: "chat",
        author: writerUser,
        createdAt: "2026-01-01T00:00:00Z",
      });
    repository().comments.push(
      {
        id: quoted.data.id,
        number,
        body: mine[0]?.body ?? "",
        author: writerUser,
        createdAt: "2026-01-01T00:00:00Z",
      },
      ...mine,
    );
    await change("feature/version", { "Pulumi.staging.yaml": stackFile("1.2.0", "encryptionsalt: v1:abc\n") });
    expect((await run(number)).result).toBe("success");
    expect(comments(number).map(({ id }) => id)).toEqual(before);
    expect(staging(number)).toContain("api:1.2.0");
    expect(repository().comments.find(({ id }) => id === quoted.data.id)?.body).not.toContain("api:1.2.0");
  });

  test("takes nothing of a stack file but its config: who may open its secrets is reviewed first", async () => {
    const number = await propose("feature/provider", {
      "Pulumi.staging.yaml": `secretsprovider: hashivault://elsewhere\n${stackFile("1.1.0", "encryptionsalt: v1:abc\n")}`,
    });
    const { result, log } = await run(number);
    expect(result).toBe("failure");
    expect(log).toContain("Pulumi.staging.yaml differs outside of config");
    expect(staging(number)).toContain(": failed");
    expect(comments(number)).toHaveLength(1);
  });

  test("a refused preview is red, and says why in the comment", async () => {
    await actions.plant(
      "pulumi",
      `#!/bin/bash\necho '{"steps": [], "diagnostics": [{"severity": "error", "message": "port: taken"}]}'; exit 1\n`,
    );
    const number = await propose("feature/port", { "Pulumi.production.yaml": stackFile("9.9.9") });
    expect((await run(number)).results).toEqual({ preview: "failure", asked: "skipped", comment: "success" });
    expect(staging(number)).toContain("port: taken");
    await actions.plant("pulumi", pulumi);
  });

  test("a fork's request starts nothing, until a maintainer names its commit", async () => {
    const number = await propose("feature/fork", { "Pulumi.production.yaml": stackFile("1.3.0") });
    expect((await run(number, { from: "stranger/shop" })).results).toEqual({
      preview: "skipped",
      asked: "skipped",
      comment: "skipped",
    });
    const { data } = await writer.pulls.get({ ...owned, pull_number: number });
    const ask = async (sha: string, ref = "refs/heads/main") =>
      (await actions.start(previewText, { event: "workflow_dispatch", ref, actor: "maintainer", inputs: { sha } })).ran;
    expect((await ask(data.head.sha)).results).toEqual({ preview: "skipped", asked: "success", comment: "success" });
    expect(comments(number).some(({ body }) => body.includes("api:1.3.0"))).toBe(true);
    expect(await ask(data.head.sha.slice(0, 7))).toMatchObject({ result: "failure" });
    const elsewhere = await ask(data.head.sha, "refs/heads/feature/fork");
    expect(elsewhere).toMatchObject({ result: "failure", results: { asked: "skipped" } });
    expect(elsewhere.log).toContain('under "Use workflow from", choose main');
  });

  describe("the job that comments takes nothing for granted", () => {
    const marker = "<!-- slipway: preview of slipway/staging -->";
    let number: number;
    beforeAll(async () => {
      number = await propose("feature/hostile", { "Pulumi.production.yaml": stackFile("1.4.0") });
    });
    test.each([
      ["another stack's mark", "<!-- slipway: preview of slipway/production -->\nplanted"],
      ["a mark in the middle", `${marker}\nplanted\n<!-- slipway: preview of slipway/production -->`],
      ["a mention", `${marker}\nhello @acme/everybody`],
      ["a link", `${marker}\n[log in](//evil.example)`],
      ["an address", `${marker}\nhttps://evil.example`],
      ["an image", `${marker}\n<img src=x>`],
      ["a tag with attributes", `${marker}\n<details open onclick=x>`],
      ["a tag that never ends", `${marker}\n<a `],
      ["too much", `${marker}\n${"x".repeat(60_000)}`],
    ])("%s", async (_, text) => {
      writeFileSync(join(actions.home, "hostile"), text);
      await actions.plant("slipway", `#!/bin/bash\ncat '${join(actions.home, "hostile")}'\n`);
      const { results, log } = await run(number);
      expect({ results, log }).toMatchObject({ results: { comment: "failure" } });
      expect(staging(number)).toContain(": not shown");
      expect(staging(number)).not.toContain(text.split("\n")[1]);
    });
  });

  test("no request gets in whose environment takes none", async () => {
    const policies = repository().environments.find(({ name }) => name === "preview")?.policies;
    const removed = policies?.splice(1, 1) ?? [];
    const { number } = repository().pulls.at(-1) ?? { number: 0 };
    const { results, log } = await run(number);
    expect(results).toMatchObject({ preview: "failure" });
    expect(log).toContain("is not allowed to deploy to preview");
    policies?.push(...removed);
  });
});

describe("drift.yml keeps one issue", () => {
  const look = async (code: number, found = ""): Promise<Ran> => {
    await actions.plant(
      "slipway",
      `#!/bin/bash\n[ "$*" = "drift --stack governance" ] || exit 9\nprintf '%s\\n' '${found}'\nexit ${code}\n`,
    );
    const { ran } = await actions.start(driftText, { event: "schedule", ref: "refs/heads/main" });
    return ran;
  };
  const issue = () => repository().issues.at(-1);

  test("none while nothing differs", async () => {
    expect((await look(0)).result).toBe("success");
    expect(repository().issues).toEqual([]);
  });

  test("opened with what differs, and no name in it is markup or a mention", async () => {
    expect((await look(5, "ruleset <img src=x> of @acme/all: 1 review is enough, declared is: 2")).result).toBe(
      "success",
    );
    expect(issue()).toMatchObject({
      state: "open",
      title: "Changed by hand: governance",
      author: { slug: "github-actions" },
    });
    expect(issue()?.body).toContain("<pre>ruleset &lt;img src=x&gt; of @acme/all: 1 review is enough");
  });

  test("renewed in place, whoever else opened one with its mark", async () => {
    const mine = issue();
    await writer.issues.create({ ...owned, title: "copy", body: mine?.body ?? "" });
    expect((await look(5, "environment shadow is there")).result).toBe("success");
    expect(repository().issues).toHaveLength(2);
    expect(mine?.body).toContain("environment shadow is there");
    expect(issue()?.body).not.toContain("shadow");
  });

  test("not closed by an answer that could not be had, and that run is red", async () => {
    expect((await look(1, "GitHub is busy")).result).toBe("failure");
    expect(repository().issues[0]).toMatchObject({ state: "open" });
    expect(repository().issues[0]?.body).toContain("environment shadow is there");
  });

  test("closed with a word once all is as declared", async () => {
    expect((await look(0)).result).toBe("success");
    expect(repository().issues[0]).toMatchObject({ state: "closed", reason: "completed" });
    expect(repository().issues[1]).toMatchObject({ state: "open" });
    const said = repository().comments.filter(({ number }) => number === repository().issues[0]?.number);
    expect(said.map(({ body }) => body)).toEqual([expect.stringContaining("as declared again")]);
  });
});

describe("checklist.yml keeps one issue", () => {
  const look = async (codes: Readonly<Record<string, number>>, found = ""): Promise<Ran> => {
    await actions.plant(
      "slipway",
      `#!/bin/bash
[ "$1 $2 $4 $5 $6" = "checklist --stack --format markdown --skip" ] || exit 9
printf '%s\\n' '${found}'
case $3 in staging) exit ${String(codes.staging ?? 0)} ;; production) exit ${String(codes.production ?? 0)} ;; esac
exit 9\n`,
    );
    return (await actions.start(renderWorkflow(checklist), { event: "schedule", ref: "refs/heads/main" })).ran;
  };
  const issues = () => repository().issues.filter(({ body }) => body.startsWith("<!-- slipway: checklist -->"));

  test("none while all is proven", async () => {
    expect((await look({})).result).toBe("success");
    expect(issues()).toEqual([]);
  });

  test("opened with what is broken, and by which stack", async () => {
    expect((await look({ staging: 1 }, "- [ ] **Dashboards**: broken")).result).toBe("success");
    expect(issues()).toMatchObject([{ state: "open", title: "Checklist is broken: staging" }]);
    expect(issues()[0]?.body).toContain("- [ ] **Dashboards**: broken");
  });

  test("not closed by a stack that could not be looked at, and that run is red", async () => {
    expect((await look({ production: 3 })).result).toBe("failure");
    expect(issues()).toMatchObject([{ state: "open" }]);
  });

  test("closed with a word once all is proven", async () => {
    expect((await look({})).result).toBe("success");
    expect(issues()).toMatchObject([{ state: "closed", reason: "completed" }]);
  });
});

describe("drill.yml", () => {
  const practise = async (code: number): Promise<Ran> => {
    await actions.plant(
      "slipway",
      `#!/bin/bash\n[ "$*" = "checklist --stack staging --only rollback --drill" ] || exit 9\nexit ${String(code)}\n`,
    );
    return (await actions.start(renderWorkflow(drill), { event: "schedule", ref: "refs/heads/main" })).ran;
  };

  test("goes there and back on staging, and is red when that did not hold", async () => {
    expect((await practise(0)).result).toBe("success");
    expect((await practise(1)).result).toBe("failure");
  });
});
