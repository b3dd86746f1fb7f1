import { afterAll, beforeAll, expect, test } from "vitest";
import { accessProblems } from "../../../github/plan/people-access.ts";
import { readerOf } from "../../../github/read/reader.ts";
import { environmentSchema, githubSchema, repositorySchema } from "../../../github/schema.ts";
import { GitHub } from "../../emulators/github/github.ts";
import { client } from "../../emulators/github/support.ts";

const where = { owner: "acme", repo: "api" };
let github: GitHub;
beforeAll(async () => {
  github = await GitHub.start({ accounts: [{ login: "acme", plan: "enterprise" }] });
  const api = client(github, "admin");
  await api.rest.repos.createInOrg({ org: "acme", name: "api", auto_init: true, visibility: "private" });
}, 60_000);
afterAll(async () => {
  github.traffic.assertClean();
  await github.stop();
});

const owners = ["@admin", "@maintainer", "@writer", "@reader", "@stranger", "@acme/platform"];
const users = ["admin", "maintainer", "writer", "reader", "stranger"];

async function problems(as = "admin", repository = "api"): Promise<string[]> {
  const settings = githubSchema.parse({ owner: "acme", repository, baseUrl: `${github.url}/` });
  const told = await accessProblems(readerOf(settings, github.tokenOf(as)), {
    github: settings,
    repository: repositorySchema.parse({ visibility: "private", codeOwners: owners }),
    environments: [environmentSchema.parse({ name: "production", reviewers: { users } })],
  });
  return told.map(({ path, got = "" }) => `${path} ${got}`);
}

const refused = [
  "slipway:repository.codeOwners @reader, who has the role read",
  "slipway:repository.codeOwners @stranger, who has the role none",
  "slipway:environments stranger, who has the role none",
];

test("owners of code who can't write, and reviewers who can't read, are named before anything is written", async () => {
  expect(await problems()).toEqual(refused);
});

test("nothing is said of what GitHub does not tell this token, nor before there is a repository", async () => {
  expect(await problems("reader")).toEqual([]);
  expect(await problems("admin", "new")).toEqual([]);
});

test("one who triages can't write, and a role granted since counts", async () => {
  const api = client(github, "admin");
  await api.rest.repos.addCollaborator({ ...where, username: "stranger", permission: "triage" });
  await api.rest.repos.addCollaborator({ ...where, username: "reader", permission: "push" });
  expect(await problems()).toEqual(["slipway:repository.codeOwners @stranger, who has the role triage"]);
});
