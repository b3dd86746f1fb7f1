/**
 * What a step wrote to GITHUB_OUTPUT or GITHUB_ENV: `name=value` lines, and `name<<delimiter` blocks of several lines. Pure.
 *
 * @throws Error naming the line that is neither, as the runner does
 */
export function parseFileCommand(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  while (lines.length > 0) {
    const line = lines.shift() ?? "";
    if (line === "") continue;
    const [, single, value = "", block, delimiter] = /^(?:([^=<]+)=(.*)|([^=<]+)<<(.+))$/s.exec(line) ?? [];
    if (single !== undefined) found.set(single, value);
    else if (block !== undefined && delimiter !== undefined) {
      const end = lines.indexOf(delimiter);
      if (end < 0) throw new Error(`${block}: its block is not ended by ${delimiter}`);
      found.set(
        block,
        lines
          .splice(0, end + 1)
          .slice(0, -1)
          .join("\n"),
      );
    } else throw new Error(`"${line}" is neither name=value nor name<<delimiter`);
  }
  return found;
}

/** Hides what must not be read in a log: every value, and every line of a value of several lines. */
export class Masks {
  readonly #values = new Set<string>();

  add(value: string): void {
    for (const line of value.split("\n").map((each) => each.trim())) if (line !== "") this.#values.add(line);
  }

  /** Longest first, so that a value that begins like another one is hidden whole. */
  hide(text: string): string {
    return [...this.#values]
      .sort((one, other) => other.length - one.length)
      .reduce((hidden, value) => hidden.replaceAll(value, "***"), text);
  }
}

/** What a line of a step's output asks of the runner; undefined if it is only text. Pure. */
export function parseCommand(line: string): { readonly command: string; readonly value: string } | undefined {
  const [, command, value] = /^\s*::([a-z-]+)(?: [^:]*(?::(?!:)[^:]*)*)?::(.*)$/s.exec(line) ?? [];
  if (command === undefined || value === undefined) return undefined;
  return { command, value: value.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%") };
}
