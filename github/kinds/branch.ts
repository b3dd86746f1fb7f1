import type { Reader } from "../read/reader.ts";
import { branchesOf } from "./defaults.ts";
import { any, readingOf, type Kind, type Thing } from "./kind.ts";
import { isWithin } from "./patterns.ts";

/** Names of the repository's branches. */
export const askBranches = (reader: Reader) =>
  reader.ask("branches", async ({ paginate, rest }, at) => {
    const branches = await paginate(rest.repos.listBranches, { ...at, per_page: 100 });
    return branches.map(({ name }) => name);
  });

const reference = (branch: string) => `refs/heads/${branch}`;

/** Branches: those that stay have to be there, and none may have a name that people may not make. */
export const branch: Kind = {
  title: ({ name }) => `branch ${name}`,
  declare: ({ repository }) =>
    repository ? branchesOf(repository).map((name): Thing => ({ kind: "branch", name, fields: {} })) : [],
  async read(reader) {
    return readingOf("branch", await askBranches(reader), (names) =>
      names.map((name) => ({ kind: "branch", name, fields: {} })),
    );
  },
  words: {},
  undeclared: () => "has a name outside GitFlow",
  // A name of its own means nobody but itself: no branch's name may hold a wildcard.
  isExpected: ({ name }, { branchNames }) => isWithin([reference(name)], branchNames.map(reference), "references"),
  imports: {
    Branch: (input, find) => find(input("branch"))?.name,
    // Where there is any branch, one of them is the default.
    BranchDefault: (_, find) => (find(any) ? "" : undefined),
  },
};
