import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ownersPlaces } from "../code-owners.ts";
import { askBranches } from "./branch.ts";
import { readingOf, type Kind, type Thing } from "./kind.ts";

/** Files that every repository starts with, under their paths there. */
const templates = join(import.meta.dirname, "../files");

/**
 * Contents by path: templates of issues and pull requests, and who owns what.
 *
 * @param codeOwners `@user` or `@organisation/team`; each of them owns everything, so that one approval of any is enough
 */
export function repositoryFiles(codeOwners: readonly string[]): Record<string, string> {
  const paths = readdirSync(templates, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(templates.length + 1))
    .sort();
  return {
    ".github/CODEOWNERS": codeOwnersFile(codeOwners),
    ...Object.fromEntries(paths.map((path) => [`.github/${path}`, readFileSync(join(templates, path), "utf8")])),
  };
}

/** The last line that matches a path decides, so what matters most is last: nobody changes the rules of delivery alone. */
function codeOwnersFile(owners: readonly string[]): string {
  const list = owners.join(" ");
  return `* ${list}\n/.github/ ${list}\n/Pulumi.yaml ${list}\n/Pulumi.*.yaml ${list}\n`;
}

const ownersFiles = ownersPlaces.map((path) => path.toLowerCase());

/** Paths in small letters where a file does what one of that path does. Pure. */
export const placesOf = (path: string): readonly string[] =>
  ownersFiles.includes(path.toLowerCase()) ? ownersFiles : [path.toLowerCase()];

/** As git names contents. */
const blobHash = (content: string) =>
  createHash("sha1")
    .update(`blob ${Buffer.byteLength(content)}\0`)
    .update(content)
    .digest("hex");

/** Files that Slipway gives a repository, on main. */
export const file: Kind = {
  title: ({ name }) => `${name} on main`,
  declare: ({ repository: settings }) =>
    settings
      ? Object.entries(repositoryFiles(settings.codeOwners)).map(([path, content]): Thing => {
          return { kind: "file", name: path, fields: { blob: blobHash(content) } };
        })
      : [],
  async read(reader, { files }) {
    const branches = await askBranches(reader);
    if (branches.is !== "there" || !branches.value.includes("main")) return readingOf("file", branches, () => []);
    const answer = await reader.ask("files on main", async ({ rest }, at) => {
      return (await rest.git.getTree({ ...at, tree_sha: "main", recursive: "1" })).data.tree;
    });
    return readingOf("file", answer, (tree) =>
      files.flatMap((name): Thing[] => {
        const places = placesOf(name);
        const found =
          tree.find(({ path }) => path === name) ?? tree.find(({ path }) => places.includes(path.toLowerCase()));
        if (found === undefined) return [];
        // What the team had in another place is its own from the start.
        return [{ kind: "file", name, fields: found.path === name ? { blob: found.sha } : {} }];
      }),
    );
  },
  words: { blob: { changed: () => "its contents are not those that Slipway gave it" } },
  isExpected: () => true,
};
