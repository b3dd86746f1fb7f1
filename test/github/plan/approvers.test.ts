import { afterAll, beforeAll, expect, test } from "vitest";
import { askApprovers } from "../../../github/plan/approvers.ts";
import { readerOf } from "../../../github/read/reader.ts";
import { GitHub } from "../../emulators/github/github.ts";
import { client } from "../../emulators/github/support.ts";

let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", teams: { platform: ["maintainer"] } }] });
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

const logins = ["admin", "maintainer", "writer", "reader", "stranger"];

async function approvers(repository: string, codeOwners: readonly string[], as = "admin"): Promise<string[]> {
  const reader = readerOf({ owner: "acme", repository, baseUrl: `${github.url}/` }, github.tokenOf(as));
  const may = await askApprovers(reader, logins, codeOwners);
  return logins.filter(may);
}

test("before there is a repository: administrators of its owner, and declared owners of code", async () => {
  expect(await approvers("new", ["@acme/platform", "@reader"])).toEqual(["admin", "maintainer", "reader"]);
});

test("then administrators, and those whom CODEOWNERS on main names: a declaration makes nobody one", async () => {
  const api = client(github, "admin");
  const where = { owner: "acme", repo: "api" };
  await api.rest.repos.createInOrg({ org: "acme", name: "api", auto_init: true, visibility: "private" });
  const content = Buffer.from("# @stranger\n* @acme/platform\n").toString("base64");
  const path = ".github/CODEOWNERS";
  await api.rest.repos.createOrUpdateFileContents({ ...where, path, message: "docs: owners", content });
  expect(await approvers("api", ["@writer"])).toEqual(["admin", "maintainer"]);
});
