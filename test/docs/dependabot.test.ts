import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname, join, matchesGlob } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");
const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");

interface Update {
  readonly "package-ecosystem": string;
  readonly directory?: string;
  readonly directories?: readonly string[];
}
const { updates } = parse(readFileSync(join(root, ".github/dependabot.yml"), "utf8")) as { updates: Update[] };

/** Which ecosystem moves what a file pins; undefined if the file pins nothing. */
function ecosystem(file: string): string | undefined {
  if (file.startsWith(".github/workflows/")) return "github-actions";
  const name = basename(file);
  if (/^(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml)$/.test(name)) return "npm";
  if (name === "go.sum") return "gomod";
  if (/^(requirements.*\.txt|poetry\.lock|uv\.lock)$/.test(name)) return "pip";
  if (/dockerfile/i.test(name)) return "docker";
  if (/^(docker-)?compose.*\.ya?ml$/.test(name)) return "docker-compose";
  if (name === "pom.xml") return "maven";
  return undefined;
}

/** GitHub looks for workflows itself, whatever folder is named. */
const folderOf = (file: string) =>
  ecosystem(file) === "github-actions" ? "/" : `/${dirname(file)}`.replace(/^\/\.$/, "/");

const isCovered = (file: string) =>
  updates.some(
    (update) =>
      update["package-ecosystem"] === ecosystem(file) &&
      [...(update.directories ?? []), update.directory ?? []].flat().some((each) => matchesGlob(folderOf(file), each)),
  );

test("every lock file, Dockerfile and workflow is kept up to date", () => {
  const pinning = tracked.filter((file) => ecosystem(file) !== undefined);
  expect(pinning.length).toBeGreaterThan(10);
  expect(pinning.filter((file) => !isCovered(file))).toEqual([]);
});

test("no folder is named that pins nothing", () => {
  const folders = updates
    .filter((update) => update["package-ecosystem"] !== "github-actions")
    .flatMap((update) =>
      [...(update.directories ?? []), update.directory ?? []]
        .flat()
        .map((folder) => [update["package-ecosystem"], folder] as const),
    );
  const isUsed = ([kind, folder]: readonly [string, string]) =>
    tracked.some((file) => ecosystem(file) === kind && matchesGlob(folderOf(file), folder));
  expect(folders.filter((each) => !isUsed(each))).toEqual([]);
});
