import { afterAll, beforeAll, expect, test } from "vitest";
import { accessProblems } from "../../../github/plan/people-access.ts";
import { askAbout } from "../../../github/plan/within-account.ts";
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

async function problems({ as = "admin", repository = "api", collaborators = {}, visibility = "private" } = {}): Promise<
  string[]
> {
  const settings = githubSchema.parse({ owner: "acme", repository, baseUrl: `${github.url}/` });
  const sections = {
    github: settings,
    repository: repositorySchema.parse({ visibility, codeOwners: owners, collaborators }),
    environments: [environmentSchema.parse({ name: "production", reviewers: { users } })],
  };
  const reader = readerOf(settings, github.tokenOf(as));
  const told = await accessProblems(reader, sections, await askAbout(reader, sections));
  return told.map(({ path, got = "" }) => `${path} ${got}`);
}

const approvers = "slipway:environments.production.reviewers.users";
const refused = [
  "slipway:repository.codeOwners @reader, who has the role read",
  "slipway:repository.codeOwners @stranger, who has the role none",
  `${approvers} stranger, who has the role none`,
];

test("owners of code who can't write, and reviewers who can't read, are named before anything is written", async () => {
  expect(await problems()).toEqual(refused);
});

test("nothing is said of what GitHub does not tell this token", async () => {
  expect(await problems({ as: "reader" })).toEqual([]);
  expect(await problems({ as: "reader", repository: "new" })).toEqual([]);
});

test("before there is a repository those count who are certain to have no role in it", async () => {
  expect(await problems({ repository: "new" })).toEqual([
    "slipway:repository.codeOwners @stranger, who has none",
    `${approvers} stranger, who has none`,
  ]);
  // What is public everybody can read.
  expect(await problems({ repository: "new", visibility: "public" })).toEqual([
    "slipway:repository.codeOwners @stranger, who has none",
  ]);
});

test("a declared role is enough for a member, and not for somebody who has to accept an invitation", async () => {
  const invited = "who has to accept an invitation first";
  for (const repository of ["api", "new"]) {
    expect(await problems({ repository, collaborators: { reader: "write", Stranger: "write" } })).toEqual([
      `slipway:repository.codeOwners @stranger, ${invited}`,
      `${approvers} stranger, ${invited}`,
    ]);
  }
});

test("one who triages can't write, and a role counts once it is accepted", async () => {
  const api = client(github, "admin");
  await api.rest.repos.addCollaborator({ ...where, username: "stranger", permission: "triage" });
  await api.rest.repos.addCollaborator({ ...where, username: "reader", permission: "push" });
  expect(await problems()).toEqual(refused.slice(1));
  const mine = client(github, "stranger").rest.repos;
  const [invitation] = (await mine.listInvitationsForAuthenticatedUser()).data;
  await mine.acceptInvitationForAuthenticatedUser({ invitation_id: Number(invitation?.id) });
  expect(await problems()).toEqual(["slipway:repository.codeOwners @stranger, who has the role triage"]);
});

test("whose role somebody lowered by hand gets it back in place; who was taken out has to accept once more, on a public repository too", async () => {
  const api = client(github, "admin");
  const collaborators = { guest: "maintain" };
  github.world.addUser("guest");
  for (const visibility of ["private", "public"] as const) {
    const repo = `api-${visibility}`;
    await api.rest.repos.createInOrg({ org: "acme", name: repo, auto_init: true, visibility });
    github.repository(`acme/${repo}`).collaborators.set("guest", "read");
    const asked = async () => {
      const sections = {
        github: githubSchema.parse({ owner: "acme", repository: repo, baseUrl: `${github.url}/` }),
        repository: repositorySchema.parse({ visibility, codeOwners: ["@guest"], collaborators }),
        environments: [],
      };
      const reader = readerOf(sections.github, github.tokenOf("admin"));
      return (await accessProblems(reader, sections, await askAbout(reader, sections))).map(({ got }) => got);
    };
    expect(await asked()).toEqual([]);
    github.repository(`acme/${repo}`).collaborators.delete("guest");
    expect(await asked()).toEqual(["@guest, who has to accept an invitation first"]);
  }
});
