// Which commits carry a signature that GitHub would call verified: its own, or an SSH signature by a key that a user registered.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Repository } from "./repository.ts";

/** Those of the commits that are not signed. */
export async function unsigned(repository: Repository, commits: string[]): Promise<string[]> {
  const open = commits.filter((sha) => !repository.signedByGitHub.has(sha));
  if (open.length === 0) return [];
  const directory = await mkdtemp(join(tmpdir(), "github-signers-"));
  try {
    const signers = join(directory, "allowed_signers");
    await writeFile(
      signers,
      repository
        .signingKeys()
        .map((key) => `* ${key}\n`)
        .join(""),
    );
    const settings = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${signers}`];
    const verdicts = await Promise.all(open.map((sha) => repository.git.ask([...settings, "verify-commit", sha])));
    return open.filter((_, index) => verdicts[index] === undefined);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
