import { readdir, readFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { cached } from "../cache.ts";
import { ask, run } from "../command.ts";
import { cacheHome } from "../paths.ts";
import { SetupFailed } from "../setup-failed.ts";
import type { Task } from "../step.ts";

/** Longest build, in milliseconds; 5 minutes is usual on two slow cores. */
const buildMs = 30 * 60_000;
/** Memory that a build may use up, in bytes. */
const ampleBytes = 6 * 1024 ** 3;

/** A program made from Go modules, which answer where the vendor's downloads do not. */
export interface GoProgram {
  /** Name in the cache. */
  readonly tool: string;
  /** Folder with go.mod and go.sum. */
  readonly module: string;
  /** Package to build, relative to the module or in full. */
  readonly package: string;
  readonly flags: string[];
  /** File name of the result. */
  readonly binary: string;
  /** How long it usually takes, for people. */
  readonly usually: string;
}

/**
 * Builds a program, unless it was built from the same sources before: then Go itself is not even asked for. Go's checksum database stays on:
 * go.sum says what is built.
 *
 * @param home of the cache
 * @returns path of the program
 * @throws SetupFailed without Go, where there is something to build
 */
export async function goBuild(program: GoProgram, task: Task, home = cacheHome): Promise<string> {
  const { module, flags, binary } = program;
  // Nobody debugs these programs, and debug information is an eighth of the work.
  const build = ["-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false", ...flags];
  const directory = await cached(
    {
      tool: program.tool,
      inputs: [process.platform, process.arch, ...build, program.package, ...(await sources(module))],
      make: async (target) => {
        if ((await ask("go", ["version"])) === undefined) {
          throw new SetupFailed(
            `go: not found, and the vendor's download of ${binary} does not answer`,
            "install Go 1.26 or newer, or allow this machine to reach the vendor",
          );
        }
        task.begin("building from Go modules", program.usually);
        let packages = 0;
        await run("go", ["build", "-v", ...build, "-o", join(target, binary), program.package], {
          cwd: module,
          limit: buildMs,
          // Only what is hashed above may shape the build. The compiler's own garbage collection is a fifth of its work, and can wait where
          // there is memory.
          env: {
            GOFLAGS: "",
            GOWORK: "off",
            GOOS: undefined,
            GOARCH: undefined,
            ...(totalmem() >= ampleBytes && { GOGC: "400" }),
          },
          line: (text) => {
            if (!text.startsWith("go: ")) packages += 1;
            task.note(text.startsWith("go: ") ? text : `${packages} packages, ${text}`);
          },
        });
      },
    },
    task,
    home,
  );
  return join(directory, binary);
}

async function sources(module: string): Promise<Buffer[]> {
  const names = (await readdir(module)).filter((name) => /\.(go|mod|sum)$/.test(name)).sort();
  return Promise.all(names.map((name) => readFile(join(module, name))));
}
