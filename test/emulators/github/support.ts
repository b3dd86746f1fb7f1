// What the emulator's own tests share: a client for each person, and a clone to push from.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
import { gitEnvironment } from "./git.ts";
import type { GitHub } from "./github.ts";

const run = promisify(execFile);

export function client(github: GitHub, name: string): Octokit {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  return new Octokit({ baseUrl: `${github.url}/api/v3`, auth: github.tokenOf(name), log });
}

/** The refusal that a call must end in: its status and message. @throws where the call succeeds. */
export async function refused(call: Promise<unknown>): Promise<{ status: number; message: string }> {
  try {
    await call;
  } catch (error) {
    const { status, message } = error as { status: number; message: string };
    return { status, message };
  }
  throw new Error("was not refused");
}

export async function hasSshKeygen(): Promise<boolean> {
  const found = await run("sh", ["-c", "command -v ssh-keygen"]).catch(() => undefined);
  return found !== undefined;
}

/** A clone of a repository in someone's name. */
export class Clone {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async of(github: GitHub, fullName: string, user: string): Promise<Clone> {
    const directory = await mkdtemp(join(tmpdir(), "github-clone-"));
    const clone = new Clone(directory);
    await clone.git("clone", "--quiet", github.cloneUrl(fullName, user), directory);
    await clone.git("config", "user.name", user);
    await clone.git("config", "user.email", `1+${user}@users.noreply.github.com`);
    return clone;
  }

  async git(...args: string[]): Promise<string> {
    const { stdout } = await run("git", args, { cwd: this.directory, env: gitEnvironment, timeout: 20_000 });
    return stdout.trim();
  }

  async commit(message = "change"): Promise<string> {
    await this.git("commit", "--quiet", "--allow-empty", "-m", message);
    return this.git("rev-parse", "HEAD");
  }

  /** Makes an SSH key at the path and signs every commit with it. */
  async signWith(key: string): Promise<void> {
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key], { timeout: 20_000 });
    await this.git("config", "gpg.format", "ssh");
    await this.git("config", "user.signingKey", key);
    await this.git("config", "commit.gpgSign", "true");
  }

  /** What the server said where it refused; undefined where the push went through. */
  async push(...args: string[]): Promise<string | undefined> {
    try {
      await this.git("push", "--quiet", "origin", ...args);
      return undefined;
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
