// Brings the rendered files into a service's repository. Nothing but those files is ever written, and the default branch takes a commit only
// where there was none before.
import type { Octokit } from "@octokit/rest";
import { createHash } from "node:crypto";
import type { Change } from "../workflows/deliver.ts";
import { deliveryText, deliveryTitle } from "../workflows/delivery-text.ts";
import { found, isRefusal, type At } from "./read/reader.ts";

/** Branch that rendered files come on, today's and later ones. ci.yml's rule for names of branches lets it pass. */
export const workflowsBranch = "feature/slipway-workflows";

/** What the repository has, on its default branch. */
export interface Delivery {
  readonly branch: string;
  readonly changes: readonly Change[];
  /** Newest commit of the branch; undefined in an empty repository. */
  readonly commit?: string;
}

type Files = Readonly<Record<string, string>>;

/**
 * What the model's files are to a repository. Nothing is written.
 *
 * @throws Error where the repository can't be seen, or something that is no file stands in the way
 */
export async function compareRepository({ rest }: Octokit, at: At, files: Files): Promise<Delivery> {
  const name = `${at.owner}/${at.repo}`;
  const seen = await found(name, () => rest.repos.get(at));
  if (seen === undefined)
    throw new Error(`${name}: is not there, or hidden from this token. Fix: a token that may write to it`);
  const branch = seen.data.default_branch;
  const { data: heads } = await rest.git.listMatchingRefs({ ...at, ref: `heads/${branch}` }).catch(whereEmpty);
  const commit = heads.find(({ ref }) => ref === `refs/heads/${branch}`)?.object.sha;
  if (commit === undefined)
    return { branch, changes: Object.entries(files).map(([path, text]) => ({ path, text, is: "new" })) };
  const { data } = await rest.git.getTree({ ...at, tree_sha: commit, recursive: "1" });
  if (data.truncated)
    throw new Error(`${name}: has more files than GitHub lists. Fix: slipway workflows apply in a clone`);
  const there = new Map(data.tree.map((entry) => [entry.path, entry]));
  const problems: string[] = [];
  const changes = await Promise.all(
    Object.entries(files).map(async ([path, text]): Promise<Change> => {
      const parents = path.split("/").map((_, index, names) => names.slice(0, index).join("/"));
      for (const parent of parents)
        if (there.has(parent) && there.get(parent)?.type !== "tree")
          problems.push(`${parent}: is in the way, and is no folder. Fix: remove it`);
      const entry = there.get(path);
      if (entry === undefined) return { path, text, is: "new" };
      if (entry.type !== "blob" || entry.mode === linkMode)
        problems.push(`${path}: is in the way, and is no file. Fix: remove it`);
      if (entry.sha === blobOf(text)) return { path, text, is: "same" };
      const blob = await rest.git.getBlob({ ...at, file_sha: entry.sha });
      return { path, text, is: "changed", before: Buffer.from(blob.data.content, "base64").toString("utf8") };
    }),
  );
  if (problems.length > 0) throw new Error([...new Set(problems)].sort().join("\n"));
  return { branch, commit, changes };
}

/**
 * Opens one pull request with what differs, or brings the open one up to date; an empty repository takes the files directly. Safe to repeat.
 *
 * @param again open a new one although the last was closed without a merge
 * @returns one line on what was done
 * @throws Error before anything is to be seen, where the token may not write workflows or the last pull request was closed
 */
export async function deliverWorkflows(
  octokit: Octokit,
  at: At,
  { branch: base, changes, commit }: Delivery,
  again = false,
): Promise<string> {
  const { rest } = octokit;
  if (changes.every(({ is }) => is === "same")) return `${base} has them all`;
  await requireScope(octokit, at);
  if (commit === undefined) return giveBirth(octokit, at, base, changes);

  const { data: requests } = await rest.pulls.list({
    ...at,
    state: "all",
    head: `${at.owner}:${workflowsBranch}`,
    base,
  });
  const open = requests.find(({ state }) => state === "open");
  const [last] = requests;
  if (open === undefined && last?.merged_at === null && !again)
    throw new Error(`${last.html_url} was closed without a merge, and stays so. Fix: --again opens a new one`);
  const { data: heads } = await rest.git.listMatchingRefs({ ...at, ref: `heads/${workflowsBranch}` });
  const head = heads.find(({ ref }) => ref === `refs/heads/${workflowsBranch}`)?.object.sha;
  // Commits of others on an open request stay. What is left of an earlier one begins anew from the default branch.
  const goesOn = head !== undefined && (open !== undefined || last === undefined);
  const made = await commitOn(octokit, at, goesOn ? head : commit, changes);
  if (made !== undefined) {
    if (head === undefined)
      await written(at, rest.git.createRef({ ...at, ref: `refs/heads/${workflowsBranch}`, sha: made }));
    else await written(at, rest.git.updateRef({ ...at, ref: `heads/${workflowsBranch}`, sha: made, force: !goesOn }));
  }
  const body = deliveryText(changes);
  if (open === undefined) {
    const { data } = await rest.pulls.create({ ...at, head: workflowsBranch, base, title: deliveryTitle, body });
    return `opened ${data.html_url}`;
  }
  if (made === undefined) return `${open.html_url} waits for its merge`;
  await rest.pulls.update({ ...at, pull_number: open.number, body });
  return `updated ${open.html_url}`;
}

/** GitHub makes no trees in a repository without commits, so the first file comes alone; it starts nothing. */
async function giveBirth(octokit: Octokit, at: At, branch: string, changes: readonly Change[]): Promise<string> {
  const { rest } = octokit;
  const first = changes.find(({ path }) => !path.startsWith(".github/workflows/")) ?? changes[0];
  if (first === undefined) return `${branch} has them all`;
  const content = Buffer.from(first.text).toString("base64");
  const { data } = await rest.repos.createOrUpdateFileContents({
    ...at,
    path: first.path,
    message: deliveryTitle,
    content,
  });
  const made = await commitOn(octokit, at, data.commit.sha ?? "", changes);
  if (made !== undefined) await written(at, rest.git.updateRef({ ...at, ref: `heads/${branch}`, sha: made }));
  return `committed to ${branch}, which was empty`;
}

/** A commit on a parent with the files, seen by nobody yet; undefined where the parent has them all. */
async function commitOn({ rest }: Octokit, at: At, parent: string, changes: readonly Change[]) {
  const { data: before } = await rest.git.getCommit({ ...at, commit_sha: parent });
  const tree = changes.map(({ path, text }) => ({ path, mode: "100644", type: "blob", content: text }) as const);
  const made = await written(at, rest.git.createTree({ ...at, base_tree: before.tree.sha, tree }));
  if (made.data.sha === before.tree.sha) return undefined;
  const named = { message: deliveryTitle, tree: made.data.sha, parents: [parent] };
  return (await rest.git.createCommit({ ...at, ...named })).data.sha;
}

/** Only classic tokens come with their scopes; the others are refused with the tree, which nobody sees. */
async function requireScope({ rest }: Octokit, at: At): Promise<void> {
  const { headers } = await rest.repos.get(at);
  const scopes = headers["x-oauth-scopes"];
  if (scopes === undefined || scopes.split(/, */).includes("workflow")) return;
  throw lacking(at, scopes);
}

async function written<T>(at: At, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isRefusal(error) && [403, 404].includes(error.status)) throw lacking(at, error.message, error);
    throw error;
  }
}

const lacking = ({ owner, repo }: At, got: string, cause?: unknown): Error =>
  new Error(
    `GITHUB_TOKEN: may not write workflows of ${owner}/${repo}, got ${got || "no scope"}; allowed the scopes repo and workflow, ` +
      "or of an App or a fine-grained token Contents, Pull requests and Workflows: write. Fix: a token that has them",
    { cause },
  );

const linkMode = "120000";

/** Git's name of a file's text. */
const blobOf = (text: string): string =>
  createHash("sha1")
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest("hex");

function whereEmpty(error: unknown): { data: { ref: string; object: { sha: string } }[] } {
  if (isRefusal(error) && error.status === 409) return { data: [] };
  throw error;
}
