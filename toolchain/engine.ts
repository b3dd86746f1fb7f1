import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { slipwayFolder } from "../lib/folders.ts";
import { bundled } from "./offline/bundle.ts";
import { intact, place, seal } from "./cache.ts";
import { run } from "./command.ts";
import { goBuild } from "./offline/go-build.ts";
import { binaries, pulumiHome } from "./paths.ts";
import type { Speech, Task } from "./step.ts";
import { step } from "./step.ts";
import { vendorAnswers } from "./vendor.ts";
import { engineVersion, programsIn } from "./versions.ts";

/** Longest download of the CLI, in milliseconds. */
const downloadMs = 15 * 60_000;

/** Where the Pulumi CLI and its language host came from: downloaded, or made on this machine. */
export type Origin = "vendor" | "built";

/** Where the CLI can come from. */
export interface Sources {
  /** Folder of all versions; `$PULUMI_HOME`. */
  readonly pulumiHome: string;
  /** The `pulumi` npm package's program: runs the CLI that is there, else downloads it, and the language hosts with it. */
  readonly launcher: string;
  readonly vendorAnswers: () => Promise<boolean>;
  /** Makes CLI and language host into this folder. */
  readonly build: (programs: string, task: Task) => Promise<void>;
}

/** The Pulumi CLI and its Node.js language host: the vendor's where its download answers, else made here. */
export function engine(speech?: Speech): Promise<Origin> {
  return step(
    `Pulumi CLI ${engineVersion}`,
    (task) => engineFrom({ pulumiHome, launcher: join(binaries, "pulumi"), vendorAnswers, build }, task),
    speech,
  );
}

/** What was downloaded is kept as long as it is intact, and what was built stays built: neither asks the network again. */
export async function engineFrom(sources: Sources, task: Task): Promise<Origin> {
  const programs = programsIn(sources.pulumiHome);
  const home = dirname(programs);
  /** Says that the programs are ours. Without it, and without a finished download, whatever is there is left over. */
  const ours = join(home, "built-by-slipway");
  if (await intact(programs)) return "vendor";
  if (!existsSync(ours)) {
    await rm(home, { recursive: true, force: true });
    if ((await sources.vendorAnswers()) && (await downloaded(sources, programs, task))) return "vendor";
  }
  await sources.build(programs, task);
  await writeFile(ours, "");
  return "built";
}

async function downloaded({ launcher, pulumiHome }: Sources, programs: string, task: Task): Promise<boolean> {
  task.begin("downloading from the vendor", "1 min");
  // The launcher runs a script from the folder for temporary files, under a name that anybody can guess and put another file at.
  const own = await mkdtemp(join(tmpdir(), "slipway-vendor-"));
  try {
    await run(launcher, ["version"], {
      limit: downloadMs,
      env: { PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true", TMPDIR: own },
      line: (text) => {
        task.note(text);
      },
    });
    await seal(programs);
    return true;
  } catch {
    return false; // It answers, but not with the CLI.
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function build(programs: string, task: Task): Promise<void> {
  const pulumi = await goBuild(
    {
      tool: "engine",
      module: join(slipwayFolder, "toolchain", "offline", "engine"),
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      flags: ["-ldflags", `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${engineVersion}`],
      binary: "pulumi",
      usually: "4 min",
    },
    task,
  );
  const languageHost = await bundled(
    {
      name: "pulumi-language-nodejs",
      entry: "toolchain/offline/language-host/main",
      define: { SLIPWAY_ENGINE_VERSION: engineVersion },
    },
    task,
  );
  // The engine looks for its language hosts in its own folder.
  await place(languageHost, join(programs, "pulumi-language-nodejs"));
  await place(pulumi, join(programs, "pulumi"));
}
