import { expect, test } from "vitest";
import { redraw } from "../../bin/redraw.ts";

const terminal = (rows = 5) => {
  const written: string[] = [];
  return { columns: 80, rows, written, write: (text: string) => written.push(text) };
};

test("draws from the top each time, clears what an older drawing left, and leaves the last one behind", async () => {
  const screen = terminal();
  const ended = new AbortController();
  let drawn = 0;
  const draw = () => {
    drawn += 1;
    if (drawn === 3) ended.abort();
    return Promise.resolve([`drawing ${String(drawn)}`, "below"]);
  };
  await redraw(screen, draw, { everyMs: 1, ended: ended.signal });
  expect(screen.written).toEqual([
    "\x1b[?1049h\x1b[?25l",
    "\x1b[Hdrawing 1\x1b[K\nbelow\x1b[K\x1b[J",
    "\x1b[Hdrawing 2\x1b[K\nbelow\x1b[K\x1b[J",
    "\x1b[?25h\x1b[?1049l",
    "drawing 2\nbelow\n",
  ]);
});

test("never draws more lines than there are, which would move the first ones out of sight", async () => {
  const screen = terminal(3);
  const ended = new AbortController();
  const draw = () => Promise.resolve(["1", "2", "3", "4"]);
  const waiting = redraw(screen, draw, { everyMs: 60_000, ended: ended.signal });
  await expect.poll(() => screen.written.length).toBe(2);
  ended.abort();
  await waiting;
  expect(screen.written[1]).toBe("\x1b[H1\x1b[K\n2\x1b[K\n… 2 more lines: a higher terminal shows them\x1b[K\x1b[J");
  expect(screen.written.at(-1)).toBe("1\n2\n3\n4\n");
});

test("gives the terminal back when something goes wrong", async () => {
  const screen = terminal();
  const draw = () => Promise.reject(new Error("no"));
  await expect(redraw(screen, draw, { everyMs: 1, ended: new AbortController().signal })).rejects.toThrow("no");
  expect(screen.written).toContain("\x1b[?25h\x1b[?1049l");
});
