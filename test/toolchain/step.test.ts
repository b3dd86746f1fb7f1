import { afterEach, expect, test, vi } from "vitest";
import { step, type Task } from "../../toolchain/step.ts";

const said: string[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  said.length = 0;
});

test.each([
  ["is said to be ready", () => Promise.resolve(), undefined, ["✓ tool: ready\n"]],
  [
    "has no line where only work is of interest, as each time with `make env`",
    () => Promise.resolve(),
    { onlyWork: true },
    [],
  ],
])("a step that was done before %s", async (_, work, speech, lines) => {
  vi.spyOn(process.stderr, "write").mockImplementation((line) => said.push(String(line)) > 0);
  await step("tool", work, speech);
  expect(said).toEqual(lines);
});

test("work is told of in any case", async () => {
  vi.spyOn(process.stderr, "write").mockImplementation((line) => said.push(String(line)) > 0);
  const work = (task: Task) => {
    task.begin("making it", "1 s");
    return Promise.resolve();
  };
  await step("tool", work, { onlyWork: true });
  expect(said).toEqual(["• tool: making it (usually 1 s) …\n", expect.stringMatching(/^✓ tool: \d+ s\n$/)]);
});
