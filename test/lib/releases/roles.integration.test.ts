import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HostNames, maxReplicas, maxRoleContainers, slots } from "../../../lib/hosts/naming.ts";
import { longestRoles, roleContainers, rolesAround, rolesStep } from "../../../lib/releases/roles.ts";
import { settingsOf } from "../../support/settings-of.ts";

/** An engine whose containers are folders: their state, exit code, policy and health are files. It keeps what is stopped, as Docker does. */
const engine = `#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> said
due() { while read -r name; do if [ -e "containers/$name/due" ]; then echo "$name ,0, ,3,"; else echo "$name "; fi; done; }
states() { # <states>
  for name in $(ls containers); do case " $1 " in *" $(cat containers/$name/state) "*) echo "$name" ;; esac; done
}
case "$*" in
  "exec api-local-controller slipway-router ledger") cat ledger ;;
  "exec api-local-controller slipway-router restart-role "*) [ ! -e refusal ] || { cat refusal >&2; exit "$(cat refusal-code)"; } ;;
  "exec -i api-local-controller slipway-router refuse "*) cat > refused ;;
  "ps "*role=worker*label=slipway.due) ls containers | while read -r name; do if [ -e "containers/$name/due" ]; then echo "$name"; fi; done ;;
  "ps "*slot=blue*status=created*) states "created exited dead" | grep -e -blue- | due ;;
  "ps "*slot=green*status=created*) states "created exited dead" | grep -e -green- | due ;;
  "ps "*slot=blue*status=running*) states "running restarting paused" | grep -e -blue- | due ;;
  "ps "*slot=green*status=running*) states "running restarting paused" | grep -e -green- | due ;;
  "ps "*slot=green*status=restarting*) states restarting | grep -e -green- | due ;;
  "ps "*slot=blue*) ls containers | grep -e -blue- | due ;;
  "ps "*slot=green*) ls containers | grep -e -green- | due ;;
  "inspect "*) for name; do :; done
    cd "containers/$name" || exit 1
    [ ! -e falls ] || echo exited > state
    echo "$(cat state) $(cat code) 0 $(cat started) $(cat health)" ;;
  "start "*|"restart "*) shift; for name; do echo running > "containers/$name/state"; echo x >> "containers/$name/started"; done ;;
  "stop "*) if [ -e slow ]; then sleep 4; fi; echo exited > "containers/$2/state" ;;
  "update --restart "*) policy=$3; shift 3; for name; do
    # One that ends at this very moment can't be changed.
    if [ -e "containers/$name/ends" ]; then rm "containers/$name/ends"; exit 1; fi; echo "$policy" > "containers/$name/policy"; done ;;
  "logs --tail 20 "*) echo "no queue at $4" ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-roles-"));
  writeFileSync(join(folder, "docker"), engine);
  chmodSync(join(folder, "docker"), 0o755);
  mkdirSync(join(folder, "containers"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const worker = (slot: string, state: string, more: Readonly<Record<string, string>> = {}, number = 1) => {
  const at = join(folder, "containers", `api-local-${slot}-worker-${String(number)}`);
  mkdirSync(at);
  const files = { state, code: "0", started: "", health: "", policy: state === "running" ? "unless-stopped" : "no" };
  for (const [file, text] of Object.entries({ ...files, ...more })) writeFileSync(join(at, file), `${text}\n`);
};
const ledger = (live: string | null, running: object | null = null) => {
  writeFileSync(join(folder, "ledger"), JSON.stringify({ live, slots: {}, running }, null, 2));
};
const read = (slot: string, file: string) =>
  readFileSync(join(folder, "containers", `api-local-${slot}-worker-1`, file), "utf8").trim();
const states = () => ({ blue: read("blue", "state"), green: read("green", "state") });
const said = () => readFileSync(join(folder, "said"), "utf8");

/** @param endAt all of it is told to end once it has said so, as by Ctrl-C */
async function run(
  mode: "begin" | "align" | "restart",
  { steady = 1, gate = 2, slot = "green", role = "", endAt = "" } = {},
) {
  const text = rolesStep({ mode, prefix: "api-local", gateSeconds: gate }, slot).replace(
    /STEADY=\d+/,
    `STEADY=${String(steady)}`,
  );
  const env = { PATH: `${folder}:/usr/bin:/bin`, ROLE: role, HAND: "--by=ada '--reason=leaks memory'" };
  const child = spawn("sh", ["-euc", text, "sh", "--commit=abc"], { env, detached: true });
  child.stdin.end("what is promoted");
  let output = "";
  let isTold = false;
  const take = (part: unknown) => {
    output += String(part);
    if (endAt === "" || isTold || !output.includes(endAt) || child.pid === undefined) return;
    isTold = true;
    process.kill(-child.pid, "SIGTERM");
  };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", take);
  const [code] = (await once(child, "close")) as [number];
  return { code, output: output.replaceAll("api-local-", "") };
}

describe("before a release gets traffic, its roles", () => {
  test("start, have to stay up, and come back after a reboot from then on", async () => {
    ledger("blue");
    worker("blue", "running");
    worker("green", "created");
    const { code, output } = await run("begin");
    expect({ code, output }).toEqual({ code: 0, output: "roles: waiting for green-worker-1 to be up for 1 s\n" });
    expect(states()).toEqual({ blue: "running", green: "running" });
    expect(read("green", "policy")).toBe("unless-stopped");
  });

  test("refuse it where one ends: its last lines are told, and all are stopped", async () => {
    ledger("blue");
    worker("blue", "running");
    worker("green", "created", { falls: "", code: "3" });
    worker("green", "created", {}, 2);
    const { code, output } = await run("begin");
    expect(code).toBe(1);
    expect(output).toContain("green-worker-1: ends with exit code 3. Its last lines:\n  no queue at green-worker-1\n");
    expect(output).toContain("no traffic has moved. Fix: ");
    expect(states()).toEqual({ blue: "running", green: "exited" });
    expect(said()).toContain("stop api-local-green-worker-2");
    expect(read("green", "policy")).toBe("no");
  });

  test("have a release that they refuse recorded, with the reason", async () => {
    ledger("blue");
    worker("green", "created", { falls: "", code: "3" });
    expect(await run("begin")).toMatchObject({ code: 1 });
    const refuse = "slipway-router refuse --commit=abc --reason=role container green-worker-1: ends with exit code 3";
    expect(said().split("\n")).toContain(`exec -i api-local-controller ${refuse}`);
    expect(readFileSync(join(folder, "refused"), "utf8")).toBe("what is promoted");
  });

  test("are stopped where the update is interrupted meanwhile, and it says that nothing has moved", async () => {
    ledger("blue");
    worker("blue", "running");
    worker("green", "created");
    const { output } = await run("begin", { steady: 3, endAt: "waiting for" });
    expect(output).toContain(
      "this update was interrupted: no traffic has moved. Fix: pulumi up goes on\ngreen-worker-1: stopped\n",
    );
    expect(states()).toEqual({ blue: "running", green: "exited" });
  });

  test("are stopped as well where one ends in the middle of that", async () => {
    ledger("blue");
    worker("blue", "running");
    worker("green", "created", { falls: "", code: "3", ends: "" });
    worker("green", "created", { ends: "" }, 2);
    const { code, output } = await run("begin");
    expect(code).toBe(1);
    expect(output).toContain("no traffic has moved. Fix: ");
    expect(said()).toContain("stop api-local-green-worker-2");
    expect(read("green", "policy")).toBe("no");
  });

  test("refuse it where their own check does not say that they are well in time", async () => {
    ledger(null);
    worker("green", "created", { health: "starting" });
    const { code, output } = await run("begin");
    expect(code).toBe(1);
    expect(output).toContain("green-worker-1: is starting after 2 s (slipway:health.gateSeconds), by its healthcheck");
  });

  test("are not judged again where the release is on its way, or live by now", async () => {
    worker("blue", "running");
    worker("green", "running", { falls: "" });
    ledger("blue", { slot: "green" });
    expect(await run("begin")).toEqual({ code: 0, output: "" });
    ledger("green");
    expect(await run("begin")).toEqual({ code: 0, output: "" });
    expect(states()).toEqual({ blue: "running", green: "running" });
  });
});

describe("once a rollout is over", () => {
  test.each(["promoted", "rejected"])("and the release was %s, only live's run", async (end) => {
    worker("blue", "running");
    worker("green", "running");
    const [live, other] = end === "promoted" ? ["green", "blue"] : ["blue", "green"];
    ledger(live);
    expect(await run("align")).toEqual({ code: 0, output: `${other}-worker-1: stopped\n` });
    expect(states()).toMatchObject({ [live]: "running", [other]: "exited" });
    expect(read(other, "policy")).toBe("no");
    expect(await run("align")).toEqual({ code: 0, output: "" });
  });

  test("those that it goes back to start before the others stop, and are judged after that", async () => {
    worker("blue", "exited", { falls: "" });
    worker("green", "running");
    ledger("blue");
    const { code, output } = await run("align");
    expect(code).toBe(1);
    expect(output).toMatch(/^blue-worker-1: started\ngreen-worker-1: stopped\nblue-worker-1: ends with exit code 0/);
    expect(states().green).toBe("exited");
  });

  test("one of live's that ends again and again is told, whoever started it", async () => {
    worker("green", "restarting", { code: "3" });
    ledger("green");
    const { code, output } = await run("align");
    expect(code).toBe(1);
    expect(output).toMatch(/^green-worker-1: ends with exit code 3[^]*roles: not all of live's stay up. Fix: /);
  });

  test("none runs where nothing is live", async () => {
    worker("blue", "running");
    ledger(null);
    await run("align");
    expect(read("blue", "state")).toBe("exited");
  });

  test("one that takes its time to end is waited for aloud", async () => {
    worker("blue", "running");
    worker("green", "running");
    ledger("blue");
    writeFileSync(join(folder, "slow"), "");
    const { code, output } = await run("align");
    expect({ code, output }).toEqual({
      code: 0,
      output:
        "roles: waiting for green-worker-1 to end (at most the slipway:container.stopSeconds of their release)\ngreen-worker-1: stopped\n",
    });
  });

  test("one that had to be killed is told so", async () => {
    worker("blue", "running");
    worker("green", "running", { code: "137" });
    ledger("blue");
    expect(await run("align")).toEqual({
      code: 0,
      output:
        "green-worker-1: killed, as it did not end by itself within the slipway:container.stopSeconds of its release\n",
    });
  });

  test("a rollout that still runs keeps both, and nobody is stopped whose controller is silent", async () => {
    worker("blue", "running");
    worker("green", "running");
    ledger("blue", { slot: "green" });
    expect(await run("align")).toEqual({ code: 0, output: "" });
    rmSync(join(folder, "ledger"));
    const { code, output } = await run("align");
    expect(code).toBe(0);
    expect(output).toContain("roles: left as they are, as the controller does not say who is live");
    expect(states()).toEqual({ blue: "running", green: "running" });
  });
});

test("live's are restarted by a person, who is recorded, and one that is not there is told", async () => {
  worker("blue", "running");
  worker("green", "exited");
  ledger("blue");
  expect(await run("restart", { role: "worker" })).toEqual({
    code: 0,
    output: "blue-worker-1: restarted, and up for 1 s\n",
  });
  expect(said()).toContain("slipway-router restart-role --by=ada --reason=leaks memory");
  expect(said()).toContain("label=slipway.role=worker");
  rmSync(join(folder, "containers", "api-local-blue-worker-1"), { recursive: true });
  const { code, output } = await run("restart", { role: "worker" });
  expect(code).toBe(1);
  expect(output).toContain("restart: needs a container of role worker in the live slot, got none");
});

test("a restart is refused before each container for which the controller does not allow it, and goes on without one that answers", async () => {
  const asked = (refusal: string, code: number) => {
    ledger("blue");
    writeFileSync(join(folder, "refusal"), refusal);
    writeFileSync(join(folder, "refusal-code"), String(code));
    return run("restart");
  };
  worker("blue", "running");
  const refused = await asked("restart: rollout 3 of 1.0.0-aaaa is running\n", 1);
  expect(refused).toEqual({ code: 1, output: "restart: rollout 3 of 1.0.0-aaaa is running\n" });
  expect(read("blue", "started")).toBe("");
  const alone = await asked("controller: does not answer\n", 3);
  expect(alone.code).toBe(0);
  expect(alone.output).toContain("restart: goes on, but is in no record");
  expect(read("blue", "started")).toBe("x");
});

test("those that run by the clock are nobody's to start, to stop, to judge or to restart", async () => {
  ledger("green");
  worker("blue", "running", { due: "" });
  worker("green", "exited", { due: "", code: "3" });
  expect(await run("begin", { slot: "blue" })).toEqual({ code: 0, output: "" });
  expect(await run("align")).toEqual({ code: 0, output: "" });
  expect(await run("restart")).toEqual({ code: 0, output: "" });
  expect(states()).toEqual({ blue: "running", green: "exited" });
  const { code, output } = await run("restart", { role: "worker" });
  expect(code).toBe(1);
  expect(output).toContain("restart: worker runs by the clock, and so there is nothing to restart. Fix: slipway run ");
});

describe("addresses of roles", () => {
  test("are in the order of their names, and nobody else's", () => {
    expect(roleContainers({ roles: { worker: 2, beat: 1 } })).toEqual([
      { role: "beat", number: 1, place: 0 },
      { role: "worker", number: 1, place: 1 },
      { role: "worker", number: 2, place: 2 },
    ]);
    const names = new HostNames("api", "local", "10.9.9.0/24");
    const all = slots.flatMap((slot) => [
      ...Array.from({ length: maxRoleContainers }, (_, place) => names.roleAddress(slot, place)),
      ...([1, 2] as const).flatMap((row) =>
        Array.from({ length: maxReplicas }, (_, index) => names.replicaAddress(slot, index + 1, row)),
      ),
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((address) => Number(address.split(".")[3]) < 255)).toBe(true);
  });

  test("a stack without roles has no step for them", () => {
    const settings = settingsOf({});
    expect(rolesAround("api-local", settings, { blue: {}, green: {} }, "blue")).toBeUndefined();
    expect(longestRoles(settings)).toBe(0);
  });
});
