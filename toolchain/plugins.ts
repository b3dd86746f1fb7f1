import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder, slipwayFolder } from "../lib/folders.ts";
import { builtMarker } from "../github/older-plugin.ts";
import { bundled } from "./offline/bundle.ts";
import { place } from "./cache.ts";
import { ask } from "./command.ts";
import type { Origin } from "./engine.ts";
import { goBuild } from "./offline/go-build.ts";
import { requiredPackages } from "./offline/language-host/required-packages.ts";
import { pulumiHome } from "./paths.ts";
import { SetupFailed } from "./setup-failed.ts";
import type { Task } from "./step.ts";
import { step } from "./step.ts";
import { enginePrograms } from "./versions.ts";

/** Longest download of one plugin, in milliseconds. */
const downloadMs = 10 * 60_000;

type Recipe = (task: Task, version: string) => Promise<string>;

/** Those that can be made here. */
const recipes: Partial<Record<string, Recipe>> = {
  docker: (task) =>
    goBuild(
      {
        tool: "plugin-docker",
        module: join(slipwayFolder, "toolchain", "offline", "providers", "docker"),
        package: ".",
        // Compose is half of the program and nothing here uses it.
        flags: ["-tags", "no_compose", "-ldflags", "-s -w"],
        binary: "pulumi-resource-docker",
        usually: "3 min",
      },
      task,
    ),
  github: (task) =>
    goBuild(
      {
        tool: "plugin-github",
        module: join(slipwayFolder, "toolchain", "offline", "providers", "github"),
        package: ".",
        flags: ["-ldflags", "-s -w"],
        binary: "pulumi-resource-github",
        usually: "2 min",
      },
      task,
    ),
  command: (task, version) =>
    bundled(
      {
        name: "pulumi-resource-command",
        entry: "toolchain/offline/providers/command/main",
        define: { SLIPWAY_PLUGIN_VERSION: version },
      },
      task,
    ),
};

/**
 * The plugins that the engine will ask for: one for each provider package in package.json. An engine built here asks only when a resource
 * needs one, and a build is long.
 *
 * @param unused names of plugins that no resource of the stack needs
 */
export async function plugins(origin: Origin, unused: readonly string[] = []): Promise<void> {
  const packages = requiredPackages(projectFolder).filter(({ name }) => origin === "vendor" || !unused.includes(name));
  await Promise.all(packages.map(({ name, version }) => plugin(name, version.replace(/^v/, ""), origin)));
}

/** The vendor's engine gets the vendor's plugin, unless that download fails; an engine built here gets ours. */
function plugin(name: string, version: string, origin: Origin): Promise<void> {
  return step(`Provider plugin ${name} ${version}`, async (task) => {
    if (origin === "vendor" && (await download(name, version, task))) return;
    const make = recipes[name];
    if (make === undefined) {
      throw new SetupFailed(
        `pulumi-resource-${name}: the vendor's download does not answer, and there is no way to make it here`,
        "allow this machine to reach the vendor",
      );
    }
    const directory = join(pulumiHome, "plugins", `resource-${name}-v${version}`);
    await mkdir(directory, { recursive: true });
    await place(await make(task, version), join(directory, `pulumi-resource-${name}`));
    // Ours may be able to do less than the vendor's: the program looks for this (github/older-plugin.ts).
    await writeFile(join(directory, builtMarker), "");
  });
}

/** The engine's own download: does nothing when the plugin is there. */
async function download(name: string, version: string, task: Task): Promise<boolean> {
  task.note("asking the vendor");
  const options = { limit: downloadMs, env: { PULUMI_HOME: pulumiHome } };
  const args = ["plugin", "install", "resource", name, version, "--non-interactive"];
  return (await ask(join(enginePrograms, "pulumi"), args, options)) !== undefined;
}
