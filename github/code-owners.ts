/** Where GitHub looks for the owners of code: the first that is there counts. */
export const ownersPlaces: readonly string[] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/**
 * Who owns one path: those of the last line that matches it. Pure.
 *
 * Source: "About code owners" on docs.github.com. Addresses are left out: GitHub alone knows whose they are.
 *
 * @returns `@user` and `@organisation/team`, as they stand there
 */
export function ownersOf(text: string, path: string): readonly string[] {
  const lines = text.split("\n").map((line) =>
    line
      .replace(/(^|\s)#.*$/, "")
      .trim()
      .split(/\s+/),
  );
  const [, ...owners] = lines.findLast(([pattern = ""]) => matches(pattern, path)) ?? [];
  return owners.filter((owner) => /^@[\w-]+(\/[\w-]+)?$/.test(owner));
}

/** As in .gitignore, but that one star never goes into a folder; GitHub skips lines with negation or sets. */
function matches(pattern: string, path: string): boolean {
  if (pattern === "" || pattern.startsWith("!") || pattern.includes("[")) return false;
  const isRooted = pattern.slice(0, -1).includes("/");
  const name = pattern
    .replace(/^\//, "")
    .replace(/\/$/, "/**")
    .replace(/[.+^${}()|\]\\]/g, "\\$&")
    .replace(/\*\*\/|\*\*|\*|\?/g, (part) => ({ "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*" })[part] ?? "[^/]");
  // Whoever owns a folder owns what is in it.
  const inside = pattern.endsWith("*") ? "" : "(?:/.*)?";
  return new RegExp(`^${isRooted ? "" : "(?:.*/)?"}${name}${inside}$`).test(path);
}
