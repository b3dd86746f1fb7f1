/** How often a step that runs is mentioned: on a terminal in place, elsewhere as a new line. In milliseconds. */
const redrawMs = 1_000;
const remindMs = 15_000;

/** What a step tells while it runs. */
export interface Task {
  /** Says that real work begins; a step that never says so was already done. */
  begin(what: string, usually: string): void;
  /** The last thing that the work printed. */
  note(line: string): void;
}

interface Running {
  title: string;
  what: string;
  since: number;
  last: string;
}

const running = new Set<Running>();
const terminal = process.stderr.isTTY;
let timer: NodeJS.Timeout | undefined;

/** How a step speaks. */
export interface Speech {
  /** What was done before is not worth a line. @default it is said to be ready */
  readonly onlyWork?: boolean;
}

/** Runs one step of the set-up. Several may run at once. Everything goes to stderr: stdout is for results. */
export async function step<T>(
  title: string,
  work: (task: Task) => Promise<T>,
  { onlyWork = false }: Speech = {},
): Promise<T> {
  const state: Running = { title, what: "", since: Date.now(), last: "" };
  const task: Task = {
    begin(what, usually) {
      state.what = what;
      say(`• ${title}: ${what} (usually ${usually}) …`);
      running.add(state);
      timer ??= setInterval(remind, terminal ? redrawMs : remindMs);
    },
    note(line) {
      state.last = line.trim();
    },
  };
  try {
    const result = await work(task);
    if (running.has(state)) say(`✓ ${title}: ${elapsed(state.since)}`);
    else if (!onlyWork) say(`✓ ${title}: ready`);
    return result;
  } catch (error) {
    if (running.has(state)) say(`✗ ${title}: after ${elapsed(state.since)}`);
    throw error;
  } finally {
    running.delete(state);
    if (running.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  }
}

/** A line of its own, also while a step is redrawn. */
export function say(line: string): void {
  process.stderr.write(terminal ? `\r\x1b[K${line}\n` : `${line}\n`);
}

function remind(): void {
  if (terminal) {
    const line = [...running].map(({ title, since, last }) => `${title} ${elapsed(since)} ${last}`).join(" · ");
    process.stderr.write(`\r\x1b[K  ${line}`.slice(0, (process.stderr.columns || 80) + 3));
    return;
  }
  for (const { title, since, last } of running) {
    process.stderr.write(`  ${title}: ${elapsed(since)}${last && ` · ${last}`}\n`);
  }
}

/** Time since then, for people. */
export function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
