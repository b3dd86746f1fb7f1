import { compareRepository, deliverWorkflows, type Delivery } from "../github/deliver-workflows.ts";
import { connect } from "../github/octokit.ts";
import type { At } from "../github/read/reader.ts";
import { compareFiles, writeFiles, type Change } from "../workflows/deliver.ts";
import { differenceOf } from "../workflows/difference.ts";
import { serviceFiles } from "../workflows/rendered-files.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { printJson, teller } from "./print.ts";
import { topFolder } from "./top-folder.ts";

export interface WorkflowsOptions {
  /** `owner/name` on GitHub, instead of a clone. */
  readonly repository?: string;
  /** Address of an Enterprise Server. */
  readonly server?: string;
  readonly json?: true;
}

export interface ApplyOptions extends WorkflowsOptions {
  /** Open a pull request although the last one was closed. */
  readonly again?: true;
}

/** `slipway workflows diff`: says which files of a clone or a repository are not as rendered; exit code 5 if any. */
export async function diffWorkflows(folder: string | undefined, options: WorkflowsOptions): Promise<void> {
  const remote = onGitHub(folder, options);
  const changes = remote ? (await remote.compare()).changes : await compareFiles(topOf(folder));
  if (options.json) printJson(shown(changes));
  else for (const line of report(changes)) teller(false)(line);
  if (changes.some(({ is }) => is !== "same")) process.exitCode = exitCodes.drifted;
}

/** `slipway workflows apply`: writes them into a clone, or brings them into a repository by one pull request. */
export async function applyWorkflows(folder: string | undefined, options: ApplyOptions): Promise<void> {
  const tell = teller(options.json);
  const remote = onGitHub(folder, options);
  if (remote) {
    const delivery = await remote.compare();
    for (const line of report(delivery.changes)) tell(line);
    const done = await remote.deliver(delivery, options.again);
    tell(done);
    if (options.json) printJson({ files: shown(delivery.changes), done });
    return;
  }
  if (options.again) throw new Failure("--again needs --repository, which alone has pull requests", exitCodes.usage);
  const top = topOf(folder);
  const changes = await compareFiles(top);
  // Edits that were never committed are in no other place once they are overwritten.
  for (const line of report(changes)) tell(line);
  await writeFiles(top, changes);
  if (options.json) printJson(shown(changes));
}

/** @throws Failure without a token, or where a folder is named as well */
function onGitHub(folder: string | undefined, { repository, server }: WorkflowsOptions) {
  if (repository === undefined) {
    if (server !== undefined) throw new Failure("--server needs --repository", exitCodes.usage);
    return undefined;
  }
  if (folder !== undefined)
    throw new Failure("a folder and --repository are named. Fix: leave out one of them", exitCodes.usage);
  const { GITHUB_TOKEN: token = "" } = process.env;
  if (token === "") throw new Failure("GITHUB_TOKEN is not set. Fix: export GITHUB_TOKEN=<token>", exitCodes.usage);
  const [owner = "", repo = ""] = repository.split("/");
  const at: At = { owner, repo };
  const octokit = connect(token, server === undefined ? {} : { baseUrl: server });
  return {
    compare: () => compareRepository(octokit, at, serviceFiles()),
    deliver: (delivery: Delivery, again?: true) => deliverWorkflows(octokit, at, delivery, again),
  };
}

const shown = (changes: readonly Change[]) => changes.map(({ path, is }) => ({ path, is }));

function report(changes: readonly Change[]): string[] {
  const signs = { new: "+", changed: "~", same: "=" } as const;
  return changes.flatMap((change) => [
    `${signs[change.is]} ${change.path}${change.is === "same" ? " is as rendered" : ` is ${change.is}`}`,
    ...(change.is === "changed" ? [differenceOf(change).trimEnd()] : []),
  ]);
}

/** Elsewhere Git could not show what was written. */
const topOf = (folder = "."): string => topFolder(folder, "name the folder of the service's clone");
