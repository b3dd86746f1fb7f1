// Who a job can prove to be: the executor hands on what the emulated GitHub issues, and a verifier of its own believes only the signature.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GitHub } from "../emulators/github/github.ts";
import { client } from "../emulators/github/support.ts";
import { EmulatedActions, type Ran, type Trigger } from "../support/emulated-actions.ts";
import { startSts, type StrictSts } from "../support/strict-sts.ts";

const owned = { owner: "acme", repo: "shop" };
const role = "arn:aws:iam::123456789012:role/any";
const ask = `curl --fail --silent --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=\${AUDIENCE-sts.amazonaws.com}" | jq --raw-output .value > token
curl --fail-with-body --silent --data Action=AssumeRoleWithWebIdentity --data RoleArn=${role} --data-urlencode WebIdentityToken@token "$STS"`;
const workflow = (job: string, steps = ask, env = "{}") => `on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    env: ${env}
${job}    steps:
      - run: ${JSON.stringify(steps)}
        shell: bash
`;
const mayProve = "    permissions: { id-token: write }\n";

let github: GitHub;
let actions: EmulatedActions;
let sts: StrictSts;
let repo = "";
beforeAll(async () => {
  github = await GitHub.start();
  const { rest } = client(github, "admin");
  await rest.repos.createInOrg({ org: "acme", name: "shop", private: true, auto_init: true });
  const { id, owner } = github.repository("acme/shop");
  repo = `repo:acme@${owner.id}/shop@${id}`;
  actions = await EmulatedActions.of(github, "acme/shop");
  sts = await startSts(github.world.oidc.issuer);
  actions.env.STS = sts.url;
});
afterAll(async () => {
  await sts.stop();
  await actions.remove();
  github.traffic.assertClean();
  await github.stop();
});

async function run(text: string, trigger: Partial<Trigger> = {}): Promise<Ran & { answer: string | undefined }> {
  const before = sts.asked.length;
  const ran = await (await actions.start(text, { event: "push", ref: "refs/heads/main", ...trigger })).ran;
  return { ...ran, answer: sts.asked.slice(before).at(-1)?.answer };
}
const request = (from: string) => ({
  event: "pull_request" as const,
  payload: { pull_request: { number: 1, head: { sha: "0".repeat(40), repo: { full_name: from } }, base: {} } },
});

describe("a job's subject is", () => {
  test.each<[string, string, string, Partial<Trigger>]>([
    ["its branch", ":ref:refs/heads/main", "", {}],
    ["that it is a pull request", ":pull_request", "", request("acme/shop")],
    [
      "its environment, whatever started it",
      ":environment:preview",
      "    environment: preview\n",
      request("acme/shop"),
    ],
  ])("%s", async (_, context, more, trigger) => {
    sts.trusts.set(role, `${repo}${context}`);
    const { result, answer, log } = await run(workflow(mayProve + more), trigger);
    expect({ result, answer, log }).toMatchObject({ result: "success", answer: "yes" });
  });

  test("what the repository was set to", async () => {
    const { rest } = client(github, "admin");
    const at = { ...owned, use_default: false, include_claim_keys: ["repository_id", "context"] };
    await rest.actions.setCustomOidcSubClaimForRepo(at);
    sts.trusts.set(role, `repository_id:${github.repository("acme/shop").id}:ref:refs/heads/main`);
    expect((await run(workflow(mayProve))).answer).toBe("yes");
    await rest.actions.setCustomOidcSubClaimForRepo({ ...owned, use_default: true });
  });
});

describe("there is none", () => {
  test.each<[string, string, Partial<Trigger>]>([
    ["without the permission", "    permissions: { contents: read }\n", {}],
    ["for a fork's pull request, whatever it asks for", mayProve, request("stranger/shop")],
  ])("%s", async (_, permissions, trigger) => {
    const { result, answer } = await run(workflow(permissions), trigger);
    expect({ result, answer }).toEqual({ result: "failure", answer: undefined });
    const { log } = await run(workflow(permissions, "env"), trigger);
    expect(log).not.toContain("ID_TOKEN");
  });

  test("once its job has ended, and nobody reads in a log how it was asked for", async () => {
    const keep = 'env; printf "%s %s" "$ACTIONS_ID_TOKEN_REQUEST_URL" "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" > "$HOME/kept"';
    const { log } = await run(workflow(mayProve, keep));
    expect(log).toContain("ACTIONS_ID_TOKEN_REQUEST_TOKEN=***");
    const [url = "", token = ""] = readFileSync(join(actions.home, "kept"), "utf8").split(" ");
    expect((await fetch(url, { headers: { authorization: `bearer ${token}` } })).status).toBe(401);
  });
});

test("one for somebody else, or that was changed, is not believed", async () => {
  sts.trusts.set(role, `${repo}:ref:refs/heads/main`);
  expect((await run(workflow(mayProve, ask, "{ AUDIENCE: sigstore }"))).answer).toBe("InvalidIdentityToken");
  const changed = ask.replace("\ncurl", '\nsed --in-place "s/\\.[^.]*\\./.e30./" token\ncurl');
  expect((await run(workflow(mayProve, changed))).answer).toBe("InvalidIdentityToken");
});
