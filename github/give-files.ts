import type { Octokit } from "@octokit/rest";
import { filesBranch } from "./kinds/defaults.ts";
import { placesOf } from "./kinds/file.ts";
import { found, isRefusal, type At, type Reader } from "./read/reader.ts";

type Files = Readonly<Record<string, string>>;

/**
 * Gives main the files that it lacks: by direct commits, or by a pull request where it is guarded. Safe to repeat. What is there already stays as it
 * is, in whatever letters.
 *
 * @returns one line on what was done
 */
export async function giveFiles(octokit: Octokit, at: At, files: Files): Promise<string> {
  const missing = await missingOn(octokit, at, "main", files);
  if (missing.length === 0) return "files: main has all of them";
  if (!(await isGuarded(octokit, at))) {
    try {
      for (const [path, content] of missing) await commit(octokit, at, "main", path, content);
      return `files: ${missing.length} committed to main`;
    } catch (error) {
      // Rules of an organisation, or of the account, that this token may not see.
      if (!isRefusal(error) || ![403, 409, 422].includes(error.status)) throw error;
    }
  }
  const url = await propose(octokit, at, files);
  return `files: ${missing.length} wait for the merge of ${url}`;
}

/** Address of the pull request that still waits with them. @throws CouldNotAsk */
export async function askWaitingFiles(reader: Reader): Promise<string | undefined> {
  if ((await reader.repository()).is !== "there") return undefined;
  const { filesPulls } = await reader.told();
  if (filesPulls) return filesPulls[0];
  const answer = await reader.ask("the pull request with files", async ({ rest }, at) => {
    const { data } = await rest.pulls.list({ ...at, ...onlyOurs(at) });
    return data[0]?.html_url;
  });
  return answer.is === "there" ? answer.value : undefined;
}

const onlyOurs = ({ owner }: At) => ({ state: "open", head: `${owner}:${filesBranch}`, base: "main" }) as const;

async function missingOn({ rest }: Octokit, at: At, branch: string, files: Files) {
  const { data } = await rest.git.getTree({ ...at, tree_sha: branch, recursive: "1" });
  const there = new Set(data.tree.map(({ path }) => path.toLowerCase()));
  return Object.entries(files).filter(([path]) => !placesOf(path).some((each) => there.has(each)));
}

/** Rulesets of every level, and classic protection. */
async function isGuarded({ rest }: Octokit, at: At): Promise<boolean> {
  const [branch, rules] = await Promise.all([
    rest.repos.getBranch({ ...at, branch: "main" }),
    found("rules of main", () => rest.repos.getBranchRules({ ...at, branch: "main" })),
  ]);
  return branch.data.protected || (rules?.data.length ?? 0) > 0;
}

async function commit({ rest }: Octokit, at: At, branch: string, path: string, content: string): Promise<void> {
  const message = `chore: add ${path}`;
  const body = { branch, message, content: Buffer.from(content).toString("base64") };
  await rest.repos.createOrUpdateFileContents({ ...at, path, ...body });
}

/** @returns the pull request's address */
async function propose(octokit: Octokit, at: At, files: Files): Promise<string> {
  const { rest } = octokit;
  const { data: main } = await rest.git.getRef({ ...at, ref: "heads/main" });
  const { data: there } = await rest.git.listMatchingRefs({ ...at, ref: `heads/${filesBranch}` });
  if (!there.some(({ ref }) => ref === `refs/heads/${filesBranch}`)) {
    await rest.git.createRef({ ...at, ref: `refs/heads/${filesBranch}`, sha: main.object.sha });
  }
  for (const [path, content] of await missingOn(octokit, at, filesBranch, files)) {
    await commit(octokit, at, filesBranch, path, content);
  }
  const { data: open } = await rest.pulls.list({ ...at, ...onlyOurs(at) });
  const [known] = open;
  if (known) return known.html_url;
  const title = "chore: add owners of code and templates";
  const body =
    "Declared by the governance stack. Until this is merged, nobody's approval is asked for as owner of code. Change what you like: from the merge on these files are yours.";
  return (await rest.pulls.create({ ...at, head: filesBranch, base: "main", title, body })).data.html_url;
}
