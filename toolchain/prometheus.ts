import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { cached } from "./cache.ts";
import { ask, run } from "./command.ts";
import { step } from "./step.ts";

const packages = ["prometheus", "prometheus-alertmanager", "prometheus-node-exporter"];

/**
 * Debian's Prometheus, Alertmanager and node exporter with their tools, for the tests: unpacked, as installing them would start them.
 *
 * @returns the folder that stands for `/`: `usr/bin` holds `promtool`, `amtool`, `prometheus`, `prometheus-alertmanager` and `prometheus-node-exporter`
 * @throws CommandFailed where apt-get and dpkg-deb are missing or can't fetch them
 */
export async function prometheus(): Promise<string> {
  return step("Prometheus for the tests", async (task) => {
    const make = async (directory: string): Promise<void> => {
      task.begin("fetching Debian's Prometheus and Alertmanager", "20 s");
      const options = { cwd: directory, limit: 300_000, line: task.note.bind(task) };
      // Only root can, and needs to where nobody has yet.
      if ((await ask("apt-cache", ["show", ...packages])) === undefined)
        await run("apt-get", ["update", "-q"], options);
      await run("apt-get", ["download", "-q", ...packages], options);
      const archives = await readdir(directory);
      const unpacked = join(directory, "root");
      await mkdir(unpacked);
      for (const archive of archives) {
        await run("dpkg-deb", ["-x", archive, unpacked], options);
        await rm(join(directory, archive));
      }
    };
    return join(await cached({ tool: "prometheus", inputs: packages, make }, task), "root");
  });
}
