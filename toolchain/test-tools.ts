// What only the tests need: a HAProxy that they start and kill themselves.
import { aptInstall, hasApt } from "./apt.ts";
import { ask } from "./command.ts";
import { step } from "./step.ts";

export function testTools(): Promise<void> {
  return step("HAProxy for the tests", async (task) => {
    if ((await ask("haproxy", ["-v"])) !== undefined) return;
    if (process.getuid?.() === 0 && hasApt()) {
      task.begin("installing Debian's haproxy", "20 s");
      await aptInstall(["haproxy"], task);
      return;
    }
    task.note("not found: the tests that need one will say that they are skipped. Fix: install the package haproxy");
  });
}
