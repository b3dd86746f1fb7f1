// What only the tests need: a HAProxy that they start and kill themselves, and a Neo4j, which `local` does without.
import { aptInstall, hasApt } from "./apt.ts";
import { ask } from "./command.ts";
import { images } from "./images.ts";
import { step } from "./step.ts";
import { stockImages } from "./stock-images.ts";

export async function testTools(): Promise<void> {
  await Promise.all([haproxy(), images(stockImages.filter(({ name }) => name === "neo4j"))]);
}

function haproxy(): Promise<void> {
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
