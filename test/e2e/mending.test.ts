import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changesAtOnce, handChanges } from "../support/hosts/hand-changes.ts";
import { startLoad } from "../support/load/closed-loop.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";
import { succeeded } from "../support/succeeded.ts";

const stackName = own("mending");
const prefix = `ape-2026-${stackName}`;
const port = String(await leasePorts());
const subnet = await leaseSubnet();
const url = `http://127.0.0.1:${port}`;
const stack = new PulumiStack(stackName);
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8", stdio: "pipe" }).trim();
const part = (name: string) => `${prefix}-${name}`;
let stackFile: string;
const answering = async () => (await fetch(url)).headers.get("x-slipway-version");

/** Ids of what serves; whoever is not mended keeps its own. */
const idsOf = (names: readonly string[]) => docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", ...names);
const ids = (...names: string[]) => idsOf(names.map(part));

beforeAll(async () => {
  await stack.init({
    version: "1.0.0",
    subnet: `${subnet}.0/24`,
    listenPort: port,
    "backups.directory": `${stack.folder}/backups`,
    "profile.pauseSeconds": "0",
    "profile.watchSeconds": "0",
  });
  await stack.setSecret("secrets.token", "a secret");
  succeeded(await stack.up());
  await stack.set({ version: "1.1.0" });
  succeeded(await stack.up());
  stackFile = readFileSync(stack.configFile, "utf8");
});

afterAll(() => {
  removeEverything(stackName);
  stack.remove();
});

const place = {
  prefix,
  live: "green",
  standby: "blue",
  image: "slipway/redis:local",
  backups: `${stack.folder}/backups/${prefix}`,
  isPrepared: false,
};

describe("what somebody did by hand is said by a preview and mended by one plain up", () => {
  test.each(handChanges(place, changesAtOnce(4)).map((one) => [one.name, one] as const))(
    "%s",
    async (_, { harm, says, kept }) => {
      const before = kept.length > 0 ? idsOf(kept) : "";
      execFileSync("sh", ["-euc", harm], { stdio: "pipe" });
      const preview = await stack.preview();
      succeeded(preview);
      for (const line of says) expect(preview.output).toContain(line);
      // Whoever asks the controller hears it too, as long as that is there.
      const status = kept.includes(part("controller")) ? await stack.slipway("status") : undefined;
      if (status) succeeded(status);
      for (const line of says)
        if (status) expect(status.stdout).toContain(`changed  ${line} with the next pulumi up\n`);
      succeeded(await stack.up());
      expect(kept.length > 0 ? idsOf(kept) : "").toBe(before);
      expect(await answering()).toBe("1.1.0");
      succeeded(await stack.up("--expect-no-changes"));
    },
  );
});

const inJournal = (script: string) =>
  docker(
    "run",
    "--rm",
    "-v",
    `${part("controller")}:/journal`,
    "--entrypoint",
    "sh",
    "slipway/redis:local",
    "-c",
    script,
  );

const refused: Readonly<
  Record<
    string,
    { readonly harm: () => void; readonly said: string; readonly repair: () => void; readonly kept?: readonly string[] }
  >
> = {
  "a second controller": {
    harm: () =>
      docker(
        "run",
        "-d",
        "--name",
        part("second"),
        "-v",
        `${part("controller")}:/var/lib/slipway`,
        "slipway/redis:local",
        "sleep",
        "600",
      ),
    said: "two controllers have one journal",
    repair: () => docker("rm", "-f", part("second")),
  },
  "the stack's file emptied": {
    harm: () => {
      writeFileSync(stack.configFile, "");
    },
    said: "slipway:host: is not there any more, and without it the service would be removed, live slot and all",
    repair: () => {
      writeFileSync(stack.configFile, stackFile);
    },
  },
  "a database's volume emptied": {
    harm: () => {
      docker("rm", "-f", part("redis"));
      docker("volume", "rm", part("redis"));
      docker("volume", "create", part("redis"));
    },
    said: "the volume with the data of Redis is empty, and nothing else has them",
    repair: () => {
      docker("volume", "rm", part("redis"));
      docker("volume", "create", "--label", "slipway.empty=yes", part("redis"));
    },
    kept: ["blue-1", "proxy-1", "postgres", "controller"],
  },
  "the journal's file removed, and the controller restarted": {
    harm: () => {
      inJournal("mv /journal/journal.json /journal/kept");
      docker("restart", "-t", "1", part("controller"));
    },
    said: "the controller's journal is gone, and the containers of releases are there",
    repair: () => {
      docker("stop", "-t", "1", part("controller"));
      inJournal("mv /journal/kept /journal/journal.json");
    },
    // The controller starts again and again: it does not go on without its journal.
    kept: ["blue-1", "proxy-1", "postgres", "redis"],
  },
  "the live slot's container made anew by hand, and running": {
    harm: () => {
      docker("rm", "-f", part("green-1"));
      const at = ["--network", prefix, "--ip", `${subnet}.32`];
      docker("run", "-d", "--name", part("green-1"), ...at, "--entrypoint", "sleep", "slipway/redis:local", "600");
    },
    said: "replica 1 of the live slot is not the container that Slipway made, and it has the traffic",
    repair: () => docker("rm", "-f", part("green-1")),
  },
};

describe("what can't come back without harm is refused, and nothing is touched", () => {
  const all = ["blue-1", "proxy-1", "postgres", "redis", "controller"];
  test.each(Object.entries(refused))("%s", async (_, { harm, said, repair, kept = all }) => {
    harm();
    const before = ids(...kept);
    const preview = await stack.preview();
    expect(preview.output).toContain(said);
    const up = await stack.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toContain(said);
    expect(ids(...kept)).toBe(before);
    repair();
    succeeded(await stack.up());
    expect(await answering()).toBe("1.1.0");
  });
});

test("mending the standby loses no request", async () => {
  const load = startLoad(url, 4);
  docker("rm", "-f", part("blue-1"));
  succeeded(await stack.up());
  const { failures } = await load.stop();
  expect(failures).toEqual([]);
});
