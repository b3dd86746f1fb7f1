import { afterAll, beforeAll, expect, test } from "vitest";
import { tryPush } from "../../../checklist/items/try-push.ts";
import { repositorySchema } from "../../../github/schema.ts";
import { readerOf } from "../../../github/read/reader.ts";
import { GitHub } from "../../emulators/github/github.ts";
import { client } from "../../emulators/github/support.ts";
import { govern } from "../../support/governed-repository.ts";

const at = { owner: "acme", repo: "api" };
let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({
    accounts: [{ login: "acme", plan: "enterprise", teams: { platform: ["maintainer"] } }],
  });
  await govern(github, at.repo, repositorySchema.parse({ visibility: "private", codeOwners: ["@acme/platform"] }));
});
afterAll(() => github.stop());

const push = (token: string) =>
  tryPush(readerOf({ owner: at.owner, repository: at.repo, baseUrl: `${github.url}/` }, github.tokenOf(token)));
const main = async () => (await client(github, "admin").rest.git.getRef({ ...at, ref: "heads/main" })).data.object.sha;

test("a push that the rules refuse is the proof, also an administrator's, and main stays as it is", async () => {
  const before = await main();
  for (const token of ["writer", "admin"]) expect(await push(token)).toMatchObject({ outcome: "proven" });
  expect(await main()).toBe(before);
});

test("a token that may not write proves nothing, and one that sees nothing neither", async () => {
  expect(await push("reader")).toMatchObject({
    outcome: "could-not-look",
    fix: "export GITHUB_TOKEN=<one that may write contents>",
  });
  await expect(push("stranger")).rejects.toThrow();
});

test("a push that nobody refuses is broken, and nothing in main has changed by it", async () => {
  const { rest } = client(github, "admin");
  for (const { id } of (await rest.repos.getRepoRulesets(at)).data)
    await rest.repos.deleteRepoRuleset({ ...at, ruleset_id: id });
  const tree = async () => (await rest.git.getCommit({ ...at, commit_sha: await main() })).data.tree.sha;
  const [head, before] = [await main(), await tree()];
  expect(await push("writer")).toMatchObject({ outcome: "broken" });
  expect(await main()).not.toBe(head);
  expect(await tree()).toBe(before);
});
