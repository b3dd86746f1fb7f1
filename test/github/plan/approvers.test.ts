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

const places = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
let count = 0;

/** A repository whose main has such a file. */
async function owned(text?: string, path = places[0] ?? ""): Promise<string> {
  const name = `api-${(count += 1)}`;
  const { repos } = client(github, "admin").rest;
  await repos.createInOrg({ org: "acme", name, auto_init: true, visibility: "private" });
  if (text === undefined) return name;
  const content = Buffer.from(text).toString("base64");
  await repos.createOrUpdateFileContents({ owner: "acme", repo: name, path, message: "docs: owners", content });
  return name;
}

test("then administrators, and those whom CODEOWNERS on main names: a declaration makes nobody one", async () => {
  const name = await owned("# @stranger\n* @acme/platform\n");
  expect(await approvers(name, ["@writer"])).toEqual(["admin", "maintainer"]);
  expect(await approvers(await owned(), ["@writer"])).toEqual(["admin"]);
});

test.each(places)("%s is read where GitHub reads it", async (path) => {
  expect(await approvers(await owned("* @writer\n", path), ["@maintainer"])).toEqual(["admin", "writer"]);
});

test("who owns another path, an address of theirs, or cannot write answers for no rule", async () => {
  expect(await approvers(await owned("* @acme/platform\n/docs/ @writer\n"), [])).toEqual(["admin", "maintainer"]);
  expect(await approvers(await owned("* @acme/platform jane@writer\n"), [])).toEqual(["admin", "maintainer"]);
  expect(await approvers(await owned("* @reader @stranger @writer\n"), [])).toEqual(["admin", "writer"]);
});
