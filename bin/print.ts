/** What a command says goes to standard output, or beside the JSON to standard error. */
export const teller =
  (json: boolean | undefined, prefix = "") =>
  (line: string): void => {
    (json ? process.stderr : process.stdout).write(`${prefix}${line}\n`);
  };

/** The one document that `--json` prints. */
export function printJson(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}
