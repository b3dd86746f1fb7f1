import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { askStore } from "../../../lib/secrets/ask-store.ts";
import { goTool, sops } from "../../../toolchain/go-tool.ts";
import { needs } from "../../support/needs.ts";
import { PasswordStore } from "../../support/password-store.ts";
import { builtStores } from "../../support/run/knobs.ts";

/** Real tools, with the commands that docs/secrets.md gives for them. */

const page = readFileSync("docs/secrets.md", "utf8");
const [, tried = "", untried = ""] = page.split(/^## Stores that were tried|^## Others, never run/m);
const commands = [...tried.matchAll(/^slipway:secretCommand: (.*)$|`(\[sops.*?\])`/gm)].map(
  ([, block, inline]) => parse(block ?? inline ?? "") as string[],
);
const commandOf = (program: string, word = "") =>
  commands.find(([first, ...rest]) => first === program && rest.includes(word)) ?? [];

const folder = mkdtempSync(join(tmpdir(), "slipway-stores-"));
const store = new PasswordStore();
const url = "postgres://shop:s3cret@db/shop";
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => {
  store.remove();
  rmSync(folder, { recursive: true });
});

const look = async (command: readonly string[], reference: string) =>
  (await askStore({ command, folder }, [reference])).get(reference);

test("pass", async () => {
  for (const [name, value] of Object.entries(store.env)) vi.stubEnv(name, value);
  const command = commandOf("pass", "show");
  const many = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`shop/n${String(index)}`, `v${String(index)}`]),
  );
  for (const [name, value] of Object.entries(many)) store.set(name, value);
  const answers = await askStore({ command, folder }, Object.keys(many));
  expect(Object.fromEntries(answers)).toEqual(
    Object.fromEntries(Object.entries(many).map(([name, value]) => [name, { value }])),
  );
  store.set("shop/production/database-url", `${url}\n`);
  expect(await look(command, "shop/production/database-url")).toEqual({ value: url });
  expect(await look(command, "shop/production/none")).toMatchObject({
    why: "ended with exit code 1",
    said: expect.stringContaining("shop/production/none is not in the password store") as string,
  });
  // Another person's machine: the store is there, and its key is not.
  vi.stubEnv("GNUPGHOME", join(folder, "nobody"));
  mkdirSync(join(folder, "nobody"), { mode: 0o700 });
  expect(await look(command, "shop/production/database-url")).toMatchObject({
    why: "ended with exit code 2",
    said: expect.stringContaining("No secret key") as string,
    printed: "",
  });
});

/** A key of age, as a person makes it. */
function ageKey() {
  needs("age", "age");
  const file = join(folder, "keys.txt");
  rmSync(file, { force: true });
  execFileSync("age-keygen", ["-o", file], { stdio: "ignore" });
  const recipient = execFileSync("age-keygen", ["-y", file], { encoding: "utf8" }).trim();
  return { file, recipient };
}

test("age", async () => {
  const { file, recipient } = ageKey();
  mkdirSync(join(folder, "secrets/production"), { recursive: true });
  const encrypted = join(folder, "secrets/production/database-url.age");
  execFileSync("age", ["--encrypt", "--recipient", recipient, "--output", encrypted], { input: url });
  const command = commandOf("age", "--decrypt").map((word) => word.replace("keys.txt", file));
  expect(await look(command, "production/database-url")).toEqual({ value: url });
  expect(await look(command, "production/none")).toMatchObject({ why: "ended with exit code 1", printed: "" });
});

/** Built for minutes: `make soak`. */
if (builtStores())
  test("sops with age", { timeout: 1_200_000 }, async () => {
    const { file, recipient } = ageKey();
    vi.stubEnv("PATH", `${await goTool(sops)}:${String(process.env.PATH)}`);
    vi.stubEnv("SOPS_AGE_KEY_FILE", file);
    const encrypt = (input: string, name: string) =>
      execFileSync("sops", ["encrypt", "--age", recipient, "--filename-override", name], { input });
    mkdirSync(join(folder, "secrets/production"), { recursive: true });
    writeFileSync(join(folder, "secrets/production/database-url"), encrypt(url, "database-url"));
    writeFileSync(join(folder, "secrets.yaml"), encrypt(`database-url: ${url}\n`, "secrets.yaml"));
    const each = commandOf("sops", "secrets/{}");
    const extract = commandOf("sops", "secrets.yaml");
    expect(await look(each, "production/database-url")).toEqual({ value: url });
    expect(await look(extract, "database-url")).toEqual({ value: url });
    expect(await look(extract, "none")).toMatchObject({ said: expect.stringContaining("not found") as string });
    vi.stubEnv("SOPS_AGE_KEY_FILE", join(folder, "none"));
    expect(await look(each, "production/database-url")).toMatchObject({ why: "ended with exit code 128", printed: "" });
  });

test("what was never run is under that heading", () => {
  expect(commands.map(([program]) => program)).toEqual(["pass", "age", "sops", "sops"]);
  for (const program of ["op", "vault", "aws", "esc"]) expect(untried).toContain(`[${program}, `);
});
