import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { compareFiles } from "../../workflows/deliver.ts";
import { hooksFile } from "../../workflows/hooks.ts";
import { broken, proven, unseen, type Finding, type Item } from "../model.ts";

const path = ".pre-commit-config.yaml";
const kinds = ["pre-commit", "commit-msg"] as const;
const limitMs = 60_000;
/** The guide's own examples. */
const [bad, good] = ["updated files", "fix(api): handle rate limit edge case"];

export interface HooksArgs {
  /** Folder in the service's clone. */
  readonly folder: string;
  /** `<owner>/<name>` of the repositories that the project declares: another clone says nothing of them. @default none */
  readonly repositories: readonly string[];
}

/** The hooks are as rendered, installed in this clone, refuse a bad commit message and let a good one pass. */
export function hooksItem({ folder, repositories }: HooksArgs): Item {
  return { name: "hooks", setting: "slipway:github", probes: [{ name: "this clone", look, mend }] };

  async function mend(): Promise<void> {
    const { code, said } = await run("pre-commit", ["install"], folder);
    if (code !== 0) throw new Error(`pre-commit can't install the hooks, got ${said}. Fix: pip install pre-commit`);
  }

  async function look(): Promise<Finding[]> {
    const elsewhere = await whyNotTheService();
    if (elsewhere !== undefined)
      return [unseen(elsewhere, "run it in the service's clone, or name that: --clone <folder>")];
    const top = (await git("rev-parse", "--show-toplevel")).said;
    const [config] = await compareFiles(top, { [path]: hooksFile() });
    if (config?.is !== "same")
      return [
        broken(
          `${path} is ${config?.is === "new" ? "missing" : "not as rendered"}`,
          `slipway workflows apply ${top}, and commit it`,
        ),
      ];
    const missing = await notInstalled();
    if (missing.length > 0)
      return [
        broken(`not installed in ${top}: ${missing.join(", ")}`, `cd ${top} && pre-commit install; --fix does so`),
      ];
    return judgeMessages(top);
  }

  async function whyNotTheService(): Promise<string | undefined> {
    const { code } = await git("rev-parse", "--show-toplevel");
    if (code !== 0) return `${folder} is in no clone`;
    const { said: remote } = await git("config", "--get", "remote.origin.url");
    const name = /[/:]([^/:]+\/[^/]+?)(?:\.git)?\/?$/.exec(remote)?.[1]?.toLowerCase();
    if (repositories.some((each) => each.toLowerCase() === name)) return undefined;
    return `${folder} is no clone of ${repositories.join(" or ") || "a declared repository"}`;
  }

  async function notInstalled(): Promise<string[]> {
    const found = await Promise.all(
      kinds.map(async (kind) => {
        const { said } = await git("rev-parse", "--git-path", `hooks/${kind}`);
        const file = isAbsolute(said) ? said : join(folder, said);
        // One without the right to be run is passed over by Git in silence.
        const isRun = await access(file, 1).then(
          () => true,
          () => false,
        );
        const isOurs = (await readFile(file, "utf8").catch(() => "")).includes("pre-commit");
        return isRun && isOurs ? [] : [kind];
      }),
    );
    return found.flat();
  }

  /** The installed hook judges a message in a file: no commit is made. A hook that refuses everything proves nothing. */
  async function judgeMessages(top: string): Promise<Finding[]> {
    const [refused, passed] = [await judged(bad), await judged(good)];
    const fix = `cd ${top} && pre-commit run --hook-stage commit-msg --commit-msg-filename <file> says more`;
    if (passed.code !== 0) return [unseen(`the hook refuses a good commit too: ${passed.said}`, fix)];
    if (refused.code === 0)
      return [broken(`the commit message "${bad}" was not refused`, `cd ${top} && pre-commit install --overwrite`)];
    return [proven(`installed in ${top}: "${bad}" is refused, "${good}" passes`)];
  }

  async function judged(message: string) {
    const scratch = await mkdtemp(join(tmpdir(), "slipway-hook-"));
    try {
      const file = join(scratch, "message");
      await writeFile(file, `${message}\n`);
      return await git("hook", "run", "commit-msg", "--", file);
    } finally {
      await rm(scratch, { recursive: true });
    }
  }

  function git(...args: string[]) {
    return run("git", args, folder);
  }
}

/** Never throws. @returns its exit code and the last line that it said */
function run(program: string, args: readonly string[], cwd: string): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, timeout: limitMs }, (error, stdout, stderr) => {
      const said = (stdout.trim() || stderr.trim()).split("\n").at(-1) ?? "";
      resolve({ code: error === null ? 0 : Number(error.code) || 1, said: said || (error?.message ?? "") });
    });
  });
}
