import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { slipwayFolder } from "../lib/folders.ts";
import { cached } from "./cache.ts";
import { run } from "./command.ts";
import { step } from "./step.ts";

const recipe = join(slipwayFolder, "toolchain", "stores");

/**
 * sops, built from its Go module for the test of docs/secrets.md: Debian has none.
 *
 * @returns the folder to put on PATH
 * @throws CommandFailed if Go is missing or cannot fetch it
 */
export async function sops(): Promise<string> {
  return step("sops for the tests", async (task) => {
    const inputs = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(join(recipe, file))));
    const make = async (directory: string): Promise<void> => {
      task.begin("building sops", "3 min");
      const source = join(directory, "source");
      await cp(recipe, source, { recursive: true });
      await mkdir(join(directory, "bin"));
      await run("go", ["build", "-o", join(directory, "bin", "sops"), "github.com/getsops/sops/v3/cmd/sops"], {
        cwd: source,
        env: { GOFLAGS: "-mod=mod" },
        limit: 1_200_000,
        line: task.note.bind(task),
      });
      await rm(source, { recursive: true });
    };
    return join(await cached({ tool: "sops", inputs, make }, task), "bin");
  });
}
