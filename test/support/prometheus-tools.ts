import { execFile } from "node:child_process";
import { join } from "node:path";
import { goTool, promtool as newer } from "../../toolchain/go-tool.ts";
import { prometheus } from "../../toolchain/prometheus.ts";
import { builtPromtool } from "./run/knobs.ts";

let folder: Promise<string> | undefined;

/** The folder that stands for `/`, with what Debian's packages of Prometheus hold; fetched if it is not there. */
export const prometheusRoot = (): Promise<string> => (folder ??= prometheus());

/** What a tool said. */
export interface Said {
  readonly code: number;
  /** Both of its outputs. */
  readonly text: string;
}

/** What `make soak` builds, before any test's time begins. */
const built = builtPromtool() ? await goTool(newer) : undefined;
const folderOf = async (tool: "promtool" | "amtool"): Promise<string> =>
  tool === "promtool" && built !== undefined ? built : join(await prometheusRoot(), "usr", "bin");

async function ask(tool: "promtool" | "amtool", args: readonly string[], input: string): Promise<Said> {
  const path = join(await folderOf(tool), tool);
  return new Promise((resolve, reject) => {
    const child = execFile(path, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === "number") resolve({ code, text: stdout + stderr });
      else reject(new Error(`${tool}: ${error?.message ?? ""}`));
    });
    child.stdin?.end(input);
  });
}

export const promtool = (args: readonly string[], input = ""): Promise<Said> => ask("promtool", args, input);
export const amtool = (args: readonly string[], input = ""): Promise<Said> => ask("amtool", args, input);
