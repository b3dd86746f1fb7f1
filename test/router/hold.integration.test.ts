import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { TestHost } from "./support/host.ts";
import { release } from "./support/samples.ts";
import { until } from "./support/until.ts";

let host: TestHost;
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await host.stop();
});

/** One deploy that holds the host, or tries to. */
function hold(by: string, silenceMs = 60_000) {
  const child = host.spawn(["hold"]);
  children.push(child);
  const said = { stdout: "", stderr: "" };
  child.stdout?.on("data", (part: Buffer) => (said.stdout += part.toString()));
  child.stderr?.on("data", (part: Buffer) => (said.stderr += part.toString()));
  child.stdin?.write(`${JSON.stringify({ by, silenceMs })}\n`);
  return { child, said, code: once(child, "close").then(([code]) => code as number | null) };
}
const isHeld = ({ said }: ReturnType<typeof hold>) => until("the hold", () => said.stdout.endsWith("\n"));

describe("a hold", () => {
  it("is one deploy's, with the ledger; another one is told whose; it dies with its holder", async () => {
    host = await TestHost.start();
    const first = hold("ann@laptop");
    await isHeld(first);
    expect(JSON.parse(first.said.stdout)).toEqual(await host.ledger());
    const second = hold("ben@ci");
    expect(await second.code).toBe(4);
    expect(second.said.stderr).toMatch(
      /^host: ann@laptop deploys to it since 2\S+Z; allowed one at a time\. Fix: wait/,
    );
    first.child.kill("SIGKILL");
    await first.code;
    const third = hold("ben@ci");
    await isHeld(third);
    third.child.stdin?.end();
    expect(await third.code).toBe(0);
    await isHeld(hold("cem@ci"));
  });

  it("keeps roles from being restarted, as a rollout does; a person who may is in the record", async () => {
    host = await TestHost.start();
    const restart = () => host.run(["restart-role", "--by=ada", "--reason=worker"]);
    const held = hold("ann@laptop");
    await isHeld(held);
    expect(await restart()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^host: ann@laptop deploys/) as string,
    });
    held.child.stdin?.end();
    await held.code;
    await host.release("blue", release("1.0.0"));
    expect(await restart()).toEqual({ code: 0, stdout: "", stderr: "" });
    const record = JSON.parse((await host.run(["record", "1"])).stdout) as object;
    expect(record).toMatchObject({ hands: [{ command: "restart", by: "ada", reason: "worker" }] });
  });

  it("ends when its holder is silent for too long, and does not hinder what a person does on the host", async () => {
    host = await TestHost.start();
    const silent = hold("ann@laptop", 300);
    await isHeld(silent);
    expect((await host.run(["rollback"])).stderr).toContain("needs a standby");
    expect(await silent.code).toBe(0);
    await isHeld(hold("ben@ci"));
  });
});
