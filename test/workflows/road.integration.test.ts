// cd.yml, by its own text, against an emulated GitHub: gate, digest, order, approval, lanes, cancelled and failed runs. Docker, cosign, ssh
// and Pulumi are planted: they write down what they are asked, and the registry keeps digests.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Octokit } from "@octokit/rest";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { cd } from "../../workflows/cd.ts";
import { cdWorkflow } from "../../workflows/cd/workflow.ts";
import { renderWorkflow } from "../../workflows/model/render.ts";
import { GitHub } from "../emulators/github/github.ts";
import { client, Clone } from "../emulators/github/support.ts";
import { EmulatedActions, type Ran, type Running, type Trigger } from "../support/emulated-actions.ts";
import { declareEnvironment } from "../support/emulated-environment.ts";
import { startNotices, type Notices } from "../support/notices.ts";
import { startSts, type StrictSts } from "../support/strict-sts.ts";

const owned = { owner: "acme", repo: "shop" };
const text = renderWorkflow(cd);
const image = "ghcr.io/acme/shop/api";

let github: GitHub;
let actions: EmulatedActions;
let notices: Notices;
let clone: Clone;
let [admin, maintainer, writer, runner] = [] as unknown as [Octokit, Octokit, Octokit, Octokit];
const inHome = (name: string) => join(actions.home, name);
const said = (name: string): string[] =>
  existsSync(inHome(name)) ? readFileSync(inHome(name), "utf8").trim().split("\n") : [];

/** A build made twice is another digest, as provenance makes it. */
const docker = `#!/bin/bash
echo "$*" >> "$HOME/docker.log"
mkdir -p "$HOME/local" "$HOME/registry"
file() { echo "\${1//[\\/:@]/_}"; }
last() { echo "\${@: -1}"; }
case $1 in
  pull)
    ref=$(last "$@")
    case $ref in
      *@*) grep --quiet --recursive --fixed-strings "\${ref#*@}" "$HOME/registry" ;;
      *) [ -e "$HOME/registry/$(file "$ref")" ] || { echo "Error: manifest unknown" >&2; exit 1; }
        cp "$HOME/registry/$(file "$ref")" "$HOME/local/$(file "$ref")" ;;
    esac ;;
  build)
    while [ "$1" != --tag ]; do shift; done
    echo "sha256:$(head --bytes 32 /dev/urandom | sha256sum | cut -c 1-64)" > "$HOME/local/$(file "$2")" ;;
  tag) cp "$HOME/local/$(file "$2")" "$HOME/local/$(file "$3").new"; mv "$HOME/local/$(file "$3").new" "$HOME/local/$(file "$3")" ;;
  push)
    cp "$HOME/local/$(file "$2")" "$HOME/registry/$(file "$2")"
    echo "\${2##*:}: digest: $(cat "$HOME/registry/$(file "$2")") size: 1" ;;
  inspect) ref=$(last "$@"); echo "\${ref%:*}@$(cat "$HOME/local/$(file "$ref")")" ;;
  save) : > image.tar ;;
  run) echo '{}' > sbom.spdx.json ;;
esac
`;

const pulumi = `#!/bin/bash
[ "$PULUMI_CONFIG_PASSPHRASE" = "planted-passphrase" ] || exit 9
echo "$*" >> "$HOME/pulumi.log"
[ "$1" = up ] || exit 0
# As AWS's own programs do, where the variables are there.
if [ -n "\${AWS_WEB_IDENTITY_TOKEN_FILE-}" ]; then
  curl --fail-with-body --silent --data Action=AssumeRoleWithWebIdentity --data-urlencode "RoleArn=$AWS_ROLE_ARN" \
    --data-urlencode "WebIdentityToken@$AWS_WEB_IDENTITY_TOKEN_FILE" "$AWS_ENDPOINT_URL_STS" || exit 1
fi
trap 'echo interrupted >> "$HOME/pulumi.log"; exit 130' INT
echo "$STACK $GITHUB_SHA $DIGEST" >> "$HOME/begun.log"
while [ -e "$HOME/hold" ]; do sleep 0.05; done
[ ! -e "$HOME/broken" ] || exit 1
echo "$STACK $GITHUB_SHA $DIGEST" >> "$HOME/deployed.log"
`;

const pass = (head_sha: string, conclusion: "success" | "failure" = "success") =>
  runner.checks.create({ ...owned, name: "Gate", head_sha, status: "completed", conclusion });

async function commit(message = "feat: more"): Promise<string> {
  const sha = await clone.commit(message);
  expect(await clone.push("HEAD:main")).toBeUndefined();
  return sha;
}

const start = (trigger: Partial<Trigger>): Promise<Running> =>
  actions.start(text, { event: "push", ref: "refs/heads/main", ...trigger });
const run = async (trigger: Partial<Trigger>): Promise<Ran> => (await start(trigger)).ran;
const digestOf = (stack: string, sha: string) =>
  said("deployed.log").flatMap((line) => (line.startsWith(`${stack} ${sha} `) ? [line.split(" ")[2]] : []));

async function tag(name: string, sha: string): Promise<Running> {
  await clone.git("tag", name, sha);
  expect(await clone.push(name)).toBeUndefined();
  return start({ ref: `refs/tags/${name}`, sha });
}

async function review({ id }: Running, who: Octokit, state: "approved" | "rejected"): Promise<void> {
  const pending = await vi.waitFor(
    async () => {
      const { data } = await who.actions.getPendingDeploymentsForRun({ ...owned, run_id: id });
      expect(data).toHaveLength(1);
      return data;
    },
    { timeout: 90_000, interval: 200 },
  );
  const environment_ids = pending.map(({ environment }) => environment.id ?? 0);
  await who.actions.reviewPendingDeploymentsForRun({ ...owned, run_id: id, environment_ids, state, comment: "" });
}

beforeAll(async () => {
  // Reviewers of a private repository are for Enterprise only.
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "enterprise" }] });
  [admin, maintainer, writer, runner] = ["admin", "maintainer", "writer", "github-actions"].map((name) =>
    client(github, name),
  ) as [Octokit, Octokit, Octokit, Octokit];
  notices = await startNotices();
  await admin.repos.createInOrg({ org: "acme", name: "shop", private: true, auto_init: true });
  clone = await Clone.of(github, "acme/shop", "writer");
  mkdirSync(join(clone.directory, "deploy"));
  const makefile = 'setup:\n\t@true\nenv:\n\t@true\nheal:\n\t@echo "$(STACK)" >> "$(HOME)/heal.log"\n';
  writeFileSync(join(clone.directory, "deploy", "Makefile"), makefile);
  await clone.git("add", "--all");
  await commit("feat: a stack");
  const secrets = {
    PULUMI_CONFIG_PASSPHRASE: "planted-passphrase",
    SSH_PRIVATE_KEY: "planted-key",
    SLACK_WEBHOOK_URL: notices.hook,
  };
  const mail = { SMTP_USERNAME: notices.user, SMTP_PASSWORD: notices.password };
  const tags = ["v*.*.*"];
  const reviewer = github.world.user("maintainer")?.id ?? 0;
  await declareEnvironment(admin, { ...owned, environment_name: "staging", branches: ["main"], secrets });
  await declareEnvironment(admin, { ...owned, environment_name: "production-approval", tags, reviewer });
  await declareEnvironment(admin, { ...owned, environment_name: "production", tags, secrets: { ...secrets, ...mail } });
  const variables = { SMTP_URL: notices.smtp, MAIL_FROM: "ci@example.com", MAIL_TO: "team@example.com" };
  for (const [name, value] of Object.entries(variables))
    await admin.actions.createRepoVariable({ ...owned, name, value });

  actions = await EmulatedActions.of(github, "acme/shop");
  actions.env.POLL_SECONDS = "0.1";
  writeFileSync(inHome(".curlrc"), `cacert = ${notices.authority}\n`);
  await actions.plant("docker", docker);
  await actions.plant("pulumi", pulumi);
  await actions.plant(
    "go",
    '#!/bin/bash\nprintf \'#!/bin/bash\\necho "$*" >> "$HOME/cosign.log"\\n\' > "$GOBIN/cosign"; chmod +x "$GOBIN/cosign"\n',
  );
  await actions.plant("ssh-agent", "#!/bin/bash\n");
  await actions.plant("ssh-add", '#!/bin/bash\n[ "$(cat)" = planted-key ]\n');
});

afterEach(() => {
  for (const name of ["hold", "broken"]) rmSync(inHome(name), { force: true });
});

afterAll(async () => {
  await clone.remove();
  await actions.remove();
  await notices.stop();
  github.traffic.assertClean();
  await github.stop();
});

describe("from a push to production", () => {
  let sha: string;

  test("nothing is built before exactly this commit has a green gate", async () => {
    const before = await commit();
    await pass(before);
    sha = await commit();
    const { ran } = await start({ sha });
    await vi.waitFor(() => {
      const asked = github.traffic.exchanges.filter(({ path }) => path.includes(`/commits/${sha}/check-runs`));
      expect(asked.length).toBeGreaterThan(2);
    }, 30_000);
    expect(said("docker.log")).toEqual([]);
    await pass(sha);
    const { result, log } = await ran;
    expect({ result, log }).toMatchObject({ result: "success" });
    expect(log).not.toMatch(/planted-(passphrase|key|hook)|ghs_/);
  });

  test("what was signed is what staging got", () => {
    const [digest] = digestOf("staging", sha);
    expect(said("cosign.log")).toEqual([`sign --yes ${image}@${digest ?? ""}`]);
    expect(said("pulumi.log")).toContain(`config set --stack staging --path slipway:image.tag sha-${sha}`);
  });

  test("withcoral/coral#2159: a re-run finds what was built", async () => {
    expect((await run({ sha })).result).toBe("success");
    expect(said("docker.log").filter((line) => line.startsWith("build "))).toHaveLength(1);
    expect(new Set(digestOf("staging", sha)).size).toBe(1);
  });

  test("a release waits for somebody else's yes, and production gets the digest of staging", async () => {
    const running = await tag("v1.0.0", sha);
    await expect(review(running, writer, "approved")).rejects.toThrow("not allowed to review");
    expect(digestOf("production", sha)).toEqual([]);
    await review(running, maintainer, "approved");
    expect((await running.ran).results).toMatchObject({
      approval: "success",
      production: "success",
      staging: "skipped",
    });
    expect(digestOf("production", sha)).toEqual([digestOf("staging", sha)[0]]);
    expect(said("pulumi.log")).toContain("config set --stack production slipway:version v1.0.0");
  });

  test("a no goes nowhere", async () => {
    const running = await tag("v1.0.1", sha);
    await review(running, maintainer, "rejected");
    expect((await running.ran).results).toMatchObject({ approval: "failure", production: "skipped" });
    expect(digestOf("production", sha)).toHaveLength(1);
  });

  test("a red gate stops everything", async () => {
    const red = await commit();
    await pass(red, "failure");
    expect((await run({ sha: red })).results).toMatchObject({ ready: "failure", build: "skipped", staging: "skipped" });
  });
});

describe("staging's lane", () => {
  test("vstorm-co/agenticos#1832: the second waits and is not cancelled; the older of two is refused, and told", async () => {
    const older = await commit();
    await pass(older);
    const newer = await commit();
    await pass(newer);
    writeFileSync(inHome("hold"), "");
    const first = await start({ sha: newer });
    await vi.waitFor(() => {
      expect(said("begun.log").at(-1)).toContain(newer);
    }, 90_000);
    const signed = said("cosign.log").length;
    const second = await start({ sha: older });
    // It has built and signed, and stands before the lane.
    await vi.waitFor(() => {
      expect(said("cosign.log").length).toBe(signed + 1);
    }, 90_000);
    const told = notices.posted.length;
    expect(said("begun.log").at(-1)).toContain(newer);
    rmSync(inHome("hold"));
    expect((await first.ran).results.staging).toBe("success");
    const { results, log } = await second.ran;
    expect({ results, log }).toMatchObject({ results: { staging: "failure" } });
    expect(log).toContain(`staging has ${newer}, which came after ${older}`);
    expect(digestOf("staging", older)).toEqual([]);
    expect(notices.posted.slice(told).map(({ body }) => body)).toEqual([
      { text: expect.stringContaining(`staging: sha-${older} of acme/shop was not deployed.`) as string },
    ]);
  });

  test("pulumi/actions#928: a cancelled update hears it and is mended, and the next one just works", async () => {
    const sha = await commit();
    await pass(sha);
    writeFileSync(inHome("hold"), "");
    const running = await start({ sha });
    await vi.waitFor(() => {
      expect(said("begun.log").at(-1)).toContain(sha);
    }, 90_000);
    const healed = said("heal.log").length;
    running.cancel();
    expect((await running.ran).results.staging).toBe("cancelled");
    expect(said("pulumi.log").at(-1)).toBe("interrupted");
    expect(said("heal.log").length).toBe(healed + 1);
    rmSync(inHome("hold"));
    expect((await run({ sha })).results.staging).toBe("success");
  });
});

describe("production", () => {
  test("that failed is mended, and told to Slack and by e-mail", async () => {
    const sha = await commit();
    await pass(sha);
    const [posted, mailed, healed] = [notices.posted.length, notices.mails.length, said("heal.log").length];
    writeFileSync(inHome("broken"), "");
    const running = await tag("v1.1.0", sha);
    await review(running, maintainer, "approved");
    expect(await running.ran).toMatchObject({ result: "failure", results: { production: "failure" } });
    // Before the update, and after it.
    expect(said("heal.log").slice(healed)).toEqual(["production", "production"]);
    expect(notices.posted).toHaveLength(posted + 1);
    expect(notices.mails.slice(mailed)).toEqual([expect.stringContaining("Subject: production was not deployed")]);
  });

  test("ViewComponent/view_component#2703: goes back by dispatch at the older tag, and from nowhere else", async () => {
    const [older] = said("deployed.log").flatMap((line) =>
      line.startsWith("production ") ? [line.split(" ")[1]] : [],
    );
    const inputs = { environment: "production" };
    const back = await run({ event: "workflow_dispatch", ref: "refs/tags/v1.0.0", actor: "maintainer", inputs });
    expect(back.results).toMatchObject({ rollback: "success", approval: "skipped" });
    expect(said("deployed.log").at(-1)).toContain(`production ${older ?? ""} `);
    const wrong = await run({ event: "workflow_dispatch", inputs });
    expect(wrong).toMatchObject({ result: "failure", results: { build: "skipped" } });
    expect(wrong.log).toContain("choose the tag of the version to go (back) to");
  });

  test("NVIDIA/NVSentinel#228: does not take a tag that was moved after it was signed", async () => {
    const sha = await commit();
    await pass(sha);
    const running = await tag("v1.2.0", sha);
    await vi.waitFor(async () => {
      const { data } = await maintainer.actions.getPendingDeploymentsForRun({ ...owned, run_id: running.id });
      expect(data).toHaveLength(1);
    }, 90_000);
    const kept = inHome(`registry/${`${image}:sha-${sha}`.replaceAll(/[/:@]/g, "_")}`);
    writeFileSync(kept, `sha256:${"b".repeat(64)}\n`);
    await review(running, maintainer, "approved");
    const { results, log } = await running.ran;
    expect({ results, log }).toMatchObject({ results: { production: "failure" } });
    expect(log).toContain("is no longer sha256:");
    expect(digestOf("production", sha)).toEqual([]);
  });
});

describe("the state in AWS", () => {
  const text = renderWorkflow(cdWorkflow({ aws: true }));
  const role = "arn:aws:iam::123456789012:role/staging-state";
  let sts: StrictSts;
  beforeAll(async () => {
    sts = await startSts(github.world.oidc.issuer);
    actions.env.AWS_ENDPOINT_URL_STS = sts.url;
    const variables = { AWS_ROLE_ARN: role, AWS_REGION: "eu-central-1" };
    for (const [name, value] of Object.entries(variables))
      await admin.actions.createEnvironmentVariable({ ...owned, environment_name: "staging", name, value });
  });
  afterAll(() => sts.stop());

  test("is opened to the one environment that its role trusts, and no token shows", async () => {
    const sha = await commit();
    await pass(sha);
    const { id, owner } = github.repository("acme/shop");
    const subject = `repo:acme@${owner.id}/shop@${id}:environment:staging`;
    sts.trusts.set(role, subject);
    const { results, log } = await (await actions.start(text, { event: "push", ref: "refs/heads/main", sha })).ran;
    expect({ results, log }).toMatchObject({ results: { staging: "success" } });
    expect(sts.asked).toEqual([{ role, subject, answer: "yes" }]);
    expect(log).not.toMatch(/eyJ/);
    expect(digestOf("staging", sha)).toHaveLength(1);
  });

  test("stays shut to a repository's name without its id, and to another environment: the release is red and told", async () => {
    const sha = await commit();
    await pass(sha);
    const told = notices.posted.length;
    for (const subject of ["repo:acme/shop:environment:staging", "repo:acme/shop:environment:production"]) {
      sts.trusts.set(role, subject);
      const { results, log } = await (await actions.start(text, { event: "push", ref: "refs/heads/main", sha })).ran;
      expect({ results, log }).toMatchObject({ results: { staging: "failure" } });
      expect(sts.asked.at(-1)?.answer).toBe("AccessDenied");
    }
    expect(digestOf("staging", sha)).toEqual([]);
    expect(notices.posted).toHaveLength(told + 2);
  });
});
