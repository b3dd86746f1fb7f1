import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files that every repository starts with, under their paths there. */
const templates = join(import.meta.dirname, "files");

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
