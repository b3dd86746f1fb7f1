import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Files that a package holds beside compiled code, by their path in the clone. */
export interface Content {
  /** At the same path. */
  readonly copied: readonly string[];
  /** Below `sources/`: what goes into an image as it is, TypeScript too; see `ownSource`. */
  readonly sources: readonly string[];
}

/** What the product reads or runs beside code, and what people read. */
const taken = [
  ...["bin", "github", "lib", "monitoring", "policy", "router/proxy.sh", "settings", "toolchain", "workflows"],
  ...["docs/*.md", "README.md", "CHANGELOG.md", "LICENSE"],
];

/** Of these, what only a clone needs: code, which is compiled, Node, which a project gets as a dependency, and tools of tests. */
const left = /\.ts$|^policy\/index\.js$|^toolchain\/(node|judges|install\.sh)(\/|$)/;

/** @param root the clone's folder */
export async function packageContent(root: string): Promise<Content> {
  const [copied, sources] = await Promise.all([filesOf(root, taken), filesOf(root, ["router"])]);
  return { copied: copied.filter((file) => !left.test(file)), sources };
}

/** Files that are in git, or would be with the next commit. */
async function filesOf(root: string, paths: readonly string[]): Promise<string[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ...paths];
  const { stdout } = await promisify(execFile)("git", args, { cwd: root, maxBuffer: 16 << 20 });
  return stdout.split("\0").filter((file) => file !== "");
}
