import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HostNames } from "../../../lib/hosts/naming.ts";
import { asideAmong, removeSlot, stepAside, stepAsideVariables } from "../../../lib/releases/step-aside.ts";

const names = new HostNames("api", "local", "10.9.9.0/24");
/** Blue's first replica in either row, as the kernel writes its address. */
const [first, second] = ["1009090A", "1809090A"];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-aside-"));
  for (const each of ["containers", "sockets"]) mkdirSync(join(folder, each));
  writeFileSync(join(folder, "docker"), engine);
  chmodSync(join(folder, "docker"), 0o755);
});
afterEach(async () => {
  // Whoever still watches ends when there is nothing left to watch.
  for (const name of there()) rmSync(join(folder, "containers", name));
  await expect.poll(() => existsSync(join(folder, "watches")), { timeout: 20_000 }).toBe(false);
  rmSync(folder, { recursive: true });
});

/** An engine whose containers are files with their addresses, and a kernel whose connections are files named after what they lead to. */
const engine = `#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> said
case "$1 $*" in
  "ps "*draining*) ls containers | grep -e -draining- ;;
  "ps "*label=slipway.role*) ls containers | grep -e -worker- ;;
  "ps "*) ls containers | grep -v -e -worker- ;;
  "inspect "*StopTimeout*) cat time 2> /dev/null || echo 25 ;;
  # Somebody has attached them to another network as well.
  "inspect "*'Networks "api-local"'*) for name; do :; done; cat "containers/$name" ;;
  "inspect "*) for name; do :; done; echo "$(cat "containers/$name")172.18.0.2" ;;
  "exec "*/proc/net/tcp) [ -e mute ] && exit 1; for at in $(ls sockets); do echo "0: 0109090A:C000 $at:1F40 01"; done; echo "0: 0109090A:C000 10090A:1F40 01" ;;
  "exec "*meminfo) cat free ;;
  "stats "*) echo "1GiB / 2GiB"; echo "512MiB / 2GiB" ;;
  "rename "*) mv "containers/$2" "containers/$3" ;;
  "rm rm --force --volumes "*) shift 3; [ ! -e stuck ] || exit 1; for name; do rm "containers/$name"; done ;;
esac
`;

const container = (name: string, address: string) => {
  writeFileSync(join(folder, "containers", name), `${address}\n`);
};
const connection = (to: string | undefined) => {
  writeFileSync(join(folder, "sockets", String(to)), "");
};
const hangUp = (to: string | undefined) => {
  rmSync(join(folder, "sockets", String(to)));
};
const there = () => readdirSync(join(folder, "containers"));
const said = () => readFileSync(join(folder, "said"), "utf8");

/** A release in blue, in the second row of its addresses. */
function start({ drainSeconds = 60, freeMb = 20_000 } = {}) {
  writeFileSync(join(folder, "free"), String(freeMb));
  const variables = stepAsideVariables(names, ["blue"], { row: 2 }, drainSeconds);
  const watches = join(folder, "watches");
  const script = `[ "\${REAP-}" != yes ] || { touch ${watches}; trap 'rm -f ${watches}' EXIT; }\n${String(variables.ASIDE)}`;
  const child = spawn("sh", ["-euc", stepAside], {
    env: {
      PATH: `${folder}${delimiter}${process.env.PATH ?? ""}`,
      ...variables,
      ASIDE: script,
    },
  });
  let output = "";
  child.stdout.on("data", (part: Buffer) => (output += String(part)));
  child.stderr.on("data", (part: Buffer) => (output += String(part)));
  const ended = once(child, "exit").then(([code]: unknown[]) => ({ code, output }));
  return { ended, output: () => output };
}

test("a container that stepped aside tells by its name what it was, and until when it stays", () => {
  expect(asideAmong(["api-local-blue-1", "api-local-blue-1-draining-1764180000"])).toEqual([
    { name: "api-local-blue-1", until: "2025-11-26T18:00:00Z" },
  ]);
});

test("a stack that is taken down removes every container of a slot, and is content where there is none", () => {
  for (const name of ["api-local-blue-1", "api-local-blue-0", "api-local-blue-worker-1"]) container(name, "10.9.9.16");
  const env = { PATH: `${folder}:/usr/bin:/bin` };
  const removed = () => execFileSync("sh", ["-euc", removeSlot(names, "blue")], { encoding: "utf8", env });
  expect(removed()).toBe("");
  expect(there()).toEqual([]);
  expect(removed()).toBe("");
});

test("what a slot has without a port goes with what serves", async () => {
  container("api-local-blue-1", "10.9.9.16");
  container("api-local-blue-worker-1", "10.9.9.48");
  expect(await start().ended).toEqual({ code: 0, output: "" });
  expect(there()).toEqual([]);
  expect(said()).toContain("stop -t 25 api-local-blue-worker-1");
});

test("what nobody uses goes at once", async () => {
  container("api-local-blue-1", "10.9.9.16");
  expect(await start().ended).toEqual({ code: 0, output: "" });
  expect(there()).toEqual([]);
  expect(said()).toContain("stop -t 25 api-local-blue-1");
});

test("and has the time to end that its release was given", async () => {
  container("api-local-blue-1", "10.9.9.16");
  writeFileSync(join(folder, "time"), "60\n");
  expect(await start().ended).toEqual({ code: 0, output: "" });
  expect(said()).toContain("stop -t 60 api-local-blue-1");
});

test("what can't be put away ends the release before anything else", async () => {
  container("api-local-blue-1", "10.9.9.16");
  writeFileSync(join(folder, "stuck"), "");
  expect(await start().ended).toEqual({
    code: 1,
    output: expect.stringContaining("slot: api-local-blue-1 can't be put away, so nothing is released") as string,
  });
});

describe("what still has a stream", () => {
  test("steps aside, stays down after a reboot, and goes when the stream ends", async () => {
    container("api-local-blue-1", "10.9.9.16");
    connection(first);
    const { code, output } = await start().ended;
    expect(code, output).toBe(0);
    expect(output).toContain(
      "api-local-blue-1: its 1 requests or streams have 60 s to end; until then it stays aside, beside the new containers\n",
    );
    expect(there()).toEqual([expect.stringMatching(/^api-local-blue-1-draining-\d+$/)]);
    expect(said()).toContain("update --restart no api-local-blue-1");
    hangUp(first);
    await expect.poll(there, { timeout: 20_000 }).toEqual([]);
  });

  test("goes at its deadline", async () => {
    container("api-local-blue-1", "10.9.9.16");
    connection(first);
    expect(await start({ drainSeconds: 1 }).ended).toMatchObject({ code: 0 });
    await expect.poll(there, { timeout: 20_000 }).toEqual([]);
  });

  test("and whose address the new containers get is waited for", async () => {
    const soon = Math.floor(Date.now() / 1000) + 60;
    container(`api-local-blue-1-draining-${String(soon)}`, "10.9.9.24");
    connection(second);
    const clearing = start();
    await expect
      .poll(clearing.output, { timeout: 20_000 })
      .toMatch(/: waiting for 1 requests or streams to end \(at most \d+ s\): the new containers get its address/);
    hangUp(second);
    expect(await clearing.ended).toMatchObject({ code: 0 });
    expect(there()).toEqual([]);
  });

  test("is waited for where the host has too little memory for both", async () => {
    container("api-local-blue-1", "10.9.9.16");
    connection(first);
    const clearing = start({ freeMb: 1_000 });
    await expect
      .poll(clearing.output, { timeout: 20_000 })
      .toContain("the host has 1000 MB left, and new containers may need 1537 MB before these go");
    expect(there()).toEqual(["api-local-blue-1"]);
    hangUp(first);
    expect(await clearing.ended).toMatchObject({ code: 0 });
    expect(there()).toEqual([]);
  });

  test("may be anything where nobody can tell", async () => {
    container("api-local-blue-1", "10.9.9.16");
    writeFileSync(join(folder, "mute"), "");
    expect(await start().ended).toMatchObject({ code: 0 });
    expect(there()).toEqual([expect.stringMatching(/-draining-/)]);
    rmSync(join(folder, "mute"));
    await expect.poll(there, { timeout: 20_000 }).toEqual([]);
  });
});
