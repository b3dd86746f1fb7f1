import { watchers } from "../lib/releases/declared-on-host.ts";
import { aptInstall, hasApt } from "./apt.ts";
import { ask } from "./command.ts";
import { images } from "./images.ts";
import { canBeMade } from "./offline/debian-image.ts";
import { judges } from "./judges.ts";
import { prometheus } from "./prometheus.ts";
import { step } from "./step.ts";
import { stockImages } from "./stock-images.ts";

const programs = [
  { name: "HAProxy", present: () => ask("haproxy", ["-v"]), debian: "haproxy" },
  { name: "OpenSSH client", present: () => ask("ssh", ["-V"]), debian: "openssh-client" },
  { name: "ACME server pebble", present: () => ask("which", ["pebble"]), debian: "pebble" },
  { name: "Chromium", present: () => ask("which", ["chromium"]), debian: "chromium" },
  { name: "pass", present: () => ask("which", ["pass"]), debian: "pass" },
  { name: "age", present: () => ask("age", ["--version"]), debian: "age" },
];

/**
 * What only the tests need: a HAProxy that they start and kill themselves, an SSH client, an ACME server, a browser, a store of secrets, a
 * Prometheus, judges of workflow files, and what `local` does without: a Neo4j, an ACME client, what copies backups and what watches a stack.
 */
export async function testTools(): Promise<void> {
  await install();
  await Promise.all([
    prometheus(),
    judges(),
    images(
      stockImages.filter(({ name }) => ["lego", "neo4j", "restic", ...watchers].includes(name) && canBeMade(name)),
    ),
  ]);
}

/** One after the other: there is one package manager. */
async function install(): Promise<void> {
  for (const { name, present, debian } of programs) {
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
