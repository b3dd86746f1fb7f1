// Gives main the files that it lacks: JSON on standard input, the login as for ensure.ts, one line on standard output.
import { giveFiles } from "./give-files.ts";
import type { At } from "./read/reader.ts";
import { runStep } from "./step.ts";

await runStep(async (octokit, input) => {
  const { at, files } = input as { readonly at: At; readonly files: Readonly<Record<string, string>> };
  process.stdout.write(`${await giveFiles(octokit, at, files)}\n`);
});
