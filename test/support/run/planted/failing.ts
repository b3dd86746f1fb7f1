import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { watchArguments } from "../../argv-watch.ts";

const idle = "setInterval(() => {}, 1000)";

test("fails before it ends what it started", () => {
  watchArguments(["planted"]);
  // Such a one kept a run from ending: it holds the worker's output open.
  const child = spawn(process.execPath, ["-e", idle], { detached: true, stdio: ["ignore", "inherit", "inherit"] });
  writeFileSync(String(process.env.PLANTED_PID_FILE), String(child.pid));
  expect("this test").toBe("a failure");
});
