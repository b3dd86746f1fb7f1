import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { slipwayFolder } from "../lib/folders.ts";
import { cached } from "./cache.ts";
import { run } from "./command.ts";
import { step } from "./step.ts";

const recipes = join(slipwayFolder, "toolchain", "judges");

/**
 * The judges of workflow files that tests ask: actionlint, built from its Go module, and zizmor and shellcheck from their wheels.
 *
 * @returns the folder to put on PATH: it holds `actionlint`, `zizmor` and `shellcheck`
 * @throws CommandFailed if Python 3 with venv, or Go, is missing or cannot fetch them
 */
export async function judges(): Promise<string> {
  return step("judges of workflows", async (task) => {
    const files = ["go.mod", "go.sum", "requirements.txt"];
    const inputs = await Promise.all(files.map((file) => readFile(join(recipes, file))));
    const make = async (directory: string): Promise<void> => {
      task.begin("building actionlint, fetching zizmor and shellcheck", "1 min");
      const source = join(directory, "source");
      await cp(recipes, source, { recursive: true });
      await mkdir(join(directory, "bin"));
      const line = task.note.bind(task);
      await run(
        "go",
        ["build", "-o", join(directory, "bin", "actionlint"), "github.com/rhysd/actionlint/cmd/actionlint"],
        {
          cwd: source,
          env: { GOFLAGS: "-mod=mod" },
          limit: 600_000,
          line,
        },
      );
      // Debian's Python has no pip of its own.
      await run("python3", ["-m", "venv", join(directory, "python")], { limit: 120_000, line });
      const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"];
      const locked = ["--require-hashes", "--only-binary", ":all:", "--requirement", join(source, "requirements.txt")];
      await run(join(directory, "python", "bin", "python"), [...pip, ...locked], { limit: 300_000, line });
      for (const judge of ["zizmor", "shellcheck"]) {
        await cp(join(directory, "python", "bin", judge), join(directory, "bin", judge), { dereference: true });
      }
      await rm(join(directory, "python"), { recursive: true });
      await rm(source, { recursive: true });
    };
    return join(await cached({ tool: "workflow-judges", inputs, make }, task), "bin");
  });
}
