// What only the tests need: a HAProxy that they start and kill themselves, and the SSH client of whoever deploys to servers.
import { aptInstall, hasApt } from "./apt.ts";
import { ask } from "./command.ts";
import { step } from "./step.ts";

const tools = [
  { name: "HAProxy", present: () => ask("haproxy", ["-v"]), debian: "haproxy" },
  { name: "OpenSSH client", present: () => ask("ssh", ["-V"]), debian: "openssh-client" },
];

/** One after the other: there is one package manager. */
export async function testTools(): Promise<void> {
  for (const { name, present, debian } of tools) {
    await step(`${name} for the tests`, async (task) => {
      if ((await present()) !== undefined) return;
      if (process.getuid?.() === 0 && hasApt()) {
        task.begin(`installing Debian's ${debian}`, "20 s");
        await aptInstall([debian], task);
        return;
      }
      task.note(`not found: the tests that need it will say so. Fix: install the package ${debian}`);
    });
  }
}
