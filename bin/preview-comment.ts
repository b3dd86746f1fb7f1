import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { openProject } from "../settings/stack-files.ts";
import { previewedChanges } from "../workflows/preview/changes.ts";
import { previewComment } from "../workflows/preview/comment.ts";
import { exitCodes, Failure } from "./exit-codes.ts";
import { projectFolder } from "../lib/folders.ts";
import { printJson } from "./print.ts";

export interface PreviewCommentOptions {
  readonly stack?: string;
  readonly json?: true;
}

/**
 * `slipway preview-comment`: prints the comment that a pull request gets for what `pulumi preview --json` printed.
 *
 * @param file `-` for standard input
 * @throws Failure with exit code 2 without a stack, or if the file can't be read or is no preview of that stack
 */
export async function commentPreview(file: string, { stack, json }: PreviewCommentOptions): Promise<void> {
  if (stack === undefined) throw new Failure("no stack is named. Fix: --stack <name>", exitCodes.usage);
  const printed = file === "-" ? await text(process.stdin) : await readGiven(file);
  const changes = read(printed, stack);
  if (json) printJson(changes);
  else process.stdout.write(previewComment(changes));
}

function read(printed: string, stack: string): ReturnType<typeof previewedChanges> {
  try {
    return previewedChanges(printed, { project: openProject(projectFolder).name, stack });
  } catch (error) {
    throw new Failure((error as Error).message, exitCodes.usage);
  }
}

async function readGiven(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Failure(`${file} can't be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}`, exitCodes.usage);
  }
}
