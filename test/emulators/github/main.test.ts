// The emulator as a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { expect, test } from "vitest";

test("prints its address and tokens, answers, and stops when told to", async () => {
  const args = JSON.stringify({ accounts: [{ login: "acme", plan: "team" }] });
  const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const { url, tokens } = JSON.parse(line) as { url: string; tokens: Record<string, string> };
    expect(Object.keys(tokens)).toEqual(expect.arrayContaining(["admin", "writer", "github-actions"]));
    const answer = await fetch(`${url}/api/v3/orgs/acme`, {
      headers: { authorization: `Bearer ${tokens.admin ?? ""}` },
    });
    expect(await answer.json()).toMatchObject({ login: "acme", plan: { name: "team" } });
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  } finally {
    child.kill("SIGKILL");
  }
});
