import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { slipwayFolder } from "../lib/folders.ts";
import { cached } from "./cache.ts";
import { run } from "./command.ts";
import { step } from "./step.ts";

/** A program that only `make soak` needs, and that Debian has not, or not of that age. */
export interface GoTool {
  readonly name: string;
  /** Of its program. */
  readonly package: string;
  /** Folder under `toolchain/` with the go.mod and go.sum that pin it. */
  readonly recipe: string;
  /** How long building it usually takes, for people. */
  readonly usually: string;
}

/** For the test of docs/secrets.md. */
export const sops: GoTool = {
  name: "sops",
  package: "github.com/getsops/sops/v3/cmd/sops",
  recipe: "stores",
  usually: "3 min",
};

/** Of the Prometheus that stacks get; `make test` has Debian's. */
export const promtool: GoTool = {
  name: "promtool",
  package: "github.com/prometheus/prometheus/cmd/promtool",
  recipe: "watchers",
  usually: "10 min",
};

/**
 * Builds it from its Go module.
 *
 * @returns the folder to put on PATH
 * @throws CommandFailed if Go is missing or cannot fetch it
 */
export async function goTool({ name, package: program, recipe, usually }: GoTool): Promise<string> {
  return step(`${name} for the tests`, async (task) => {
    const folder = join(slipwayFolder, "toolchain", recipe);
    const inputs = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(join(folder, file))));
    const make = async (directory: string): Promise<void> => {
      task.begin(`building ${name}`, usually);
      const source = join(directory, "source");
      await cp(folder, source, { recursive: true });
      await mkdir(join(directory, "bin"));
      await run("go", ["build", "-o", join(directory, "bin", name), program], {
        cwd: source,
        env: { GOFLAGS: "-mod=mod" },
        limit: 3_600_000,
        line: task.note.bind(task),
      });
      await rm(source, { recursive: true });
    };
    return join(await cached({ tool: name, inputs, make }, task), "bin");
  });
}
