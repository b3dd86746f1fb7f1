import { setTimeout as sleep } from "node:timers/promises";

/** What a terminal has to do. */
const show = {
  screen: "\x1b[?1049h\x1b[?25l",
  back: "\x1b[?25h\x1b[?1049l",
  top: "\x1b[H",
  restOfLine: "\x1b[K",
  rest: "\x1b[J",
};

/** A terminal, as much of it as is drawn on. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/**
 * Draws again and again in the same place, on a screen of its own, until it is told to stop; then the last drawing stays in the terminal.
 * Where something throws, the terminal is as it was.
 *
 * @param draw the lines at this moment, for that many columns
 * @param everyMs from the end of one drawing to the begin of the next
 * @param ended aborted by whoever wants it to stop
 */
export async function redraw(
  terminal: Terminal,
  draw: (columns: number) => Promise<readonly string[]>,
  { everyMs, ended }: { readonly everyMs: number; readonly ended: AbortSignal },
): Promise<void> {
  let last: readonly string[] = [];
  const isOver = () => ended.aborted;
  terminal.write(show.screen);
  try {
    while (!isOver()) {
      const lines = await draw(terminal.columns);
      // What was under way when it was told to stop may have been cut off.
      if (isOver()) break;
      last = lines;
      const shown = cut(lines, terminal.rows);
      terminal.write(`${show.top}${shown.map((line) => `${line}${show.restOfLine}`).join("\n")}${show.rest}`);
      await sleep(everyMs, undefined, { signal: ended }).catch(() => undefined);
    }
  } finally {
    terminal.write(show.back);
  }
  terminal.write(last.map((line) => `${line}\n`).join(""));
}

/** A line more than there are rows would move all of them. */
function cut(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), `… ${String(lines.length - rows + 1)} more lines: a higher terminal shows them`];
}
