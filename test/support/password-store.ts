import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needs } from "./needs.ts";

/** A real `pass`, with a store and a key of its own that has no passphrase. */
export class PasswordStore {
  readonly #folder = mkdtempSync(join(tmpdir(), "slipway-pass-"));
  /** Variables by which `pass` finds it. */
  readonly env = { GNUPGHOME: this.#folder, PASSWORD_STORE_DIR: join(this.#folder, "store") };

  constructor() {
    needs("pass", "pass");
    this.#run("gpg", ["--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "team@example.test"]);
    this.#run("pass", ["init", "team@example.test"]);
  }

  set(name: string, value: string): void {
    this.#run("pass", ["insert", "--multiline", "--force", name], value);
  }

  remove(): void {
    this.#run("gpgconf", ["--kill", "all"]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #run(program: string, args: readonly string[], input = ""): void {
    execFileSync(program, args, { env: { ...process.env, ...this.env }, input, stdio: ["pipe", "ignore", "pipe"] });
  }
}
