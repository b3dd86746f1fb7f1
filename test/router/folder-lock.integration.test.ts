import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const module = new URL("../../router/folder-lock.ts", import.meta.url).href;
const program = `
  const { lockFolder } = await import(${JSON.stringify(module)});
  await lockFolder(process.argv[1], () => process.exit(7)).catch((error) => { console.log(error.message); process.exit(1); });
  console.log("mine");
  setInterval(() => undefined, 1000);
`;

let folder: string;
const processes: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-lock-"));
});
afterEach(async () => {
  for (const child of processes.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Another controller, and the first line that it says. */
async function controller(...prefix: string[]): Promise<{ child: ChildProcess; said: string }> {
  const [command, ...args] = [...prefix, process.execPath, "--input-type=module", "-e", program, folder];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  processes.push(child);
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return { child, said: String(said).trim() };
}

test("a journal has one controller, in whatever network the second one is", async () => {
  expect((await controller()).said).toBe("mine");
  const refused = `${folder}: another controller has this journal; allowed one. Fix: stop the other one`;
  expect((await controller()).said).toBe(refused);
  expect((await controller("unshare", "--map-root-user", "--net")).said).toBe(refused);
});

test("one that is killed leaves no lock", async () => {
  const { child, said } = await controller();
  expect(said).toBe("mine");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect((await controller()).said).toBe("mine");
});
