import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiSetting } from "../../github/api-setting.ts";
import { deployKeySettings } from "../../github/kinds/deploy-key.ts";
import { labelSetting, removedLabelSetting } from "../../github/kinds/label.ts";
import { oidcSubjectSettings } from "../../github/kinds/oidc-subject.ts";
import { webhookSettings } from "../../github/kinds/webhook.ts";
import { GitHub } from "../emulators/github/github.ts";
import type { Repository } from "../emulators/github/repository.ts";
import { client } from "../emulators/github/support.ts";

const [path, where] = ["/repos/acme/api", { owner: "acme", repo: "api" }];

let github: GitHub;
let repository: Repository;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "team" }] });
  await client(github, "admin").rest.repos.createInOrg({ org: "acme", name: "api", auto_init: true });
  repository = github.repository("acme/api");
});
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

/** Runs the step itself. @returns what it says, its requests that write among it */
async function step(all: readonly ApiSetting[], secrets: Readonly<Record<string, string>> = {}): Promise<string[]> {
  github.traffic.clear();
  const env = { ...process.env, ...secrets, GITHUB_TOKEN: github.tokenOf("admin") };
  const child = spawn(process.execPath, ["github/ensure.ts"], {
    env,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: 30_000,
  });
  child.stdin.end(JSON.stringify({ all, baseUrl: `${github.url}/` }));
  const [said, refused] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(refused).toBe("");
  const writes = github.traffic.lines.filter((line) => !line.startsWith("GET"));
  return [
    ...said.trim().split("\n"),
    ...writes.map((line) => line.replace(/^(\w+) .*\/repos\/acme\/api(\S*).*/, "$1 $2")),
  ];
}

test("a renamed label stays on its issues; it is made where there was none, and renamed once", async () => {
  const { id } = (await client(github, "admin").rest.issues.createLabel({ ...where, name: "api" })).data;
  const label = labelSetting(path, { name: "area: api", was: "api", color: "0e8a16", description: "" });
  expect(await step([label])).toEqual(['label "area: api": set', "PATCH /labels/api"]);
  expect(repository.labels.find(({ name }) => name === "area: api")?.id).toBe(id);
  expect(await step([label])).toEqual(['label "area: api": as wanted']);
  await client(github, "admin").rest.issues.deleteLabel({ ...where, name: "area: api" });
  expect(await step([label])).toEqual(['label "area: api": set', "POST /labels"]);
});

test("labels that are as declared take one request, and another is asked for by itself", async () => {
  const labels = ["bug", "documentation", "question"].map((name) => {
    const { color = "", description } = repository.labels.find((each) => each.name === name) ?? {};
    return labelSetting(path, { name, color, description: description ?? "" });
  });
  expect(await step(labels)).toHaveLength(3);
  expect(github.traffic.lines).toEqual(["GET /repos/acme/api/labels 200"]);
  Object.assign(repository.labels.find(({ name }) => name === "bug") ?? {}, { color: "000000" });
  expect(await step(labels)).toEqual([
    'label "bug": set',
    'label "documentation": as wanted',
    'label "question": as wanted',
    "PATCH /labels/bug",
  ]);
});

test("a label that has to go goes", async () => {
  expect(await step([removedLabelSetting(path, "good first issue")])).toEqual([
    'label "good first issue": set',
    "DELETE /labels/good%20first%20issue",
  ]);
  expect(repository.labels.some(({ name }) => name === "good first issue")).toBe(false);
});

test("a deploy key that may write by hand is made again, and its comment is no difference", async () => {
  const key = `ssh-ed25519 ${"A".repeat(68)} ci@host`;
  const keys = deployKeySettings(path, { deployKeys: { ci: { key, write: false } } });
  expect(await step(keys)).toEqual(['deploy key "ci": set', "POST /keys"]);
  expect(await step(keys)).toEqual(['deploy key "ci": as wanted']);
  Object.assign(repository.deployKeys[0] ?? {}, { readOnly: false });
  expect((await step(keys))[0]).toBe('deploy key "ci": set');
  expect(repository.deployKeys.map(({ readOnly }) => readOnly)).toEqual([true]);
});

test("a webhook gets the secret of its step, and keeps one whatever else is mended", async () => {
  const url = "https://chat.example/hooks/1";
  const hooks = webhookSettings(path, {
    webhooks: { "my-chat": { url, events: ["push"], contentType: "json", active: true } },
  });
  const secret = () => repository.webhooks.map(({ config }) => config.secret);
  await step(hooks, { WEBHOOK_SECRET_MY_CHAT: "one" });
  expect(secret()).toEqual(["one"]);
  Object.assign(repository.webhooks[0] ?? {}, { events: ["*"] });
  expect((await step(hooks, { WEBHOOK_SECRET_MY_CHAT: "two" }))[1]).toMatch(/^PATCH /);
  expect(secret()).toEqual(["two"]);
});

test("an OIDC subject of the same claims in another order is another one", async () => {
  const claims = (...oidcSubject: string[]) => step(oidcSubjectSettings(path, { oidcSubject }));
  expect((await claims("repo", "context"))[0]).toBe("OIDC subject: set");
  expect((await claims("context", "repo"))[0]).toBe("OIDC subject: set");
  expect(await claims("context", "repo")).toEqual(["OIDC subject: as wanted"]);
  expect(repository.actions.oidc).toEqual({ use_default: false, include_claim_keys: ["context", "repo"] });
});
