// A bare git repository on disk, by the git binary.
import { spawn } from "node:child_process";

export const zero = "0".repeat(40);

/** Nothing of the machine's or the user's own git configuration. */
export const gitEnvironment = {
  PATH: process.env.PATH,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  HOME: "/nonexistent",
};

export interface Person {
  name: string;
  email: string;
}

export class GitFailure extends Error {}

export class Git {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  static async create(directory: string, defaultBranch: string): Promise<Git> {
    const git = new Git(directory);
    await execute(["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`, directory]);
    return git;
  }

  run(args: string[], options: { input?: string | Buffer; env?: Record<string, string> } = {}): Promise<string> {
    return execute(["-C", this.directory, ...args], options);
  }

  /** Like run, but undefined where git fails. */
  async ask(args: string[]): Promise<string | undefined> {
    try {
      return await this.run(args);
    } catch (error) {
      if (error instanceof GitFailure) return undefined;
      throw error;
    }
  }

  /** All references, name to object. */
  async refs(prefix = "refs/"): Promise<Map<string, string>> {
    const text = await this.run(["for-each-ref", "--format=%(refname) %(objectname)", prefix]);
    return new Map(lines(text).map((line) => line.split(" ") as [string, string]));
  }

  /** The object of a full reference, commit or tag name. */
  async resolve(name: string): Promise<string | undefined> {
    if (name.startsWith("-")) return undefined;
    return (await this.ask(["rev-parse", "--verify", "--quiet", name]))?.trim();
  }

  async commitOf(name: string): Promise<string | undefined> {
    return this.resolve(`${name}^{commit}`);
  }

  async setHead(branch: string): Promise<void> {
    await this.run(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
  }

  async updateRef(ref: string, target: string, expected?: string): Promise<void> {
    await this.run(["update-ref", ref, target, ...(expected === undefined ? [] : [expected])]);
  }

  async deleteRef(ref: string): Promise<void> {
    await this.run(["update-ref", "-d", ref]);
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return (await this.ask(["merge-base", "--is-ancestor", ancestor, descendant])) !== undefined;
  }

  /** Commits of `head` that `base` lacks, oldest first. */
  async commitsBetween(base: string | undefined, head: string): Promise<string[]> {
    return lines(await this.run(["rev-list", "--reverse", head, ...(base === undefined ? [] : [`^${base}`])]));
  }

  async changedFiles(base: string, head: string): Promise<string[]> {
    return lines(await this.run(["diff", "--name-only", "--no-renames", `${base}...${head}`]));
  }

  async read(commit: string, path: string): Promise<string | undefined> {
    return this.ask(["cat-file", "blob", `${commit}:${path}`]);
  }

  async commit(tree: string, parents: string[], message: string, author: Person, committer = author): Promise<string> {
    const env = {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_COMMITTER_NAME: committer.name,
      GIT_COMMITTER_EMAIL: committer.email,
    };
    const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
    return (await this.run(args, { input: message, env })).trim();
  }
}

export function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

function execute(
  args: string[],
  { input, env }: { input?: string | Buffer; env?: Record<string, string> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { env: { ...gitEnvironment, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    const out: Buffer[] = [];
    let complaint = "";
    child.stdout.on("data", (part: Buffer) => out.push(part));
    child.stderr.on("data", (part: Buffer) => (complaint += part.toString()));
    child.stdin.on("error", () => undefined);
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString());
      else reject(new GitFailure(`git ${args.join(" ")}: ${complaint.trim() || `exit ${code}`}`));
    });
    child.stdin.end(input ?? "");
  });
}
