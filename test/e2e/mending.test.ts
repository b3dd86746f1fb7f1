import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLoad } from "../support/load/closed-loop.ts";
import { removeEverything } from "../support/on-host.ts";
import { PulumiStack, type Ended } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";

const stackName = own("mending");
const prefix = `ape-2026-${stackName}`;
const port = String(await leasePorts());
const subnet = await leaseSubnet();
const url = `http://127.0.0.1:${port}`;
const stack = new PulumiStack(stackName);
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8", stdio: "pipe" }).trim();
const part = (name: string) => `${prefix}-${name}`;
const answering = async () => (await fetch(url)).headers.get("x-slipway-version");

/** Ids of what serves; whoever is not mended keeps its own. */
const ids = (...names: string[]) => docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", ...names.map(part));

function succeeded({ code, output }: Ended): void {
  expect(code, output).toBe(0);
}

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
});

afterAll(() => {
  removeEverything(stackName);
  stack.remove();
});

/** What somebody did by hand, what is said of it, and what must keep running meanwhile. */
const mended: Readonly<
  Record<string, { readonly harm: () => void; readonly said: string; readonly kept: readonly string[] }>
> = {
  "the live slot's container removed": {
    harm: () => docker("rm", "-f", part("green-1")),
    said: `replica 1 of the live slot (${prefix}-green-1) is gone: it is made anew`,
    kept: ["blue-1", "proxy-1", "postgres", "redis", "controller"],
  },
  "the live slot's container stopped": {
    harm: () => docker("stop", "-t", "1", part("green-1")),
    said: `replica 1 of the live slot (${prefix}-green-1) is stopped: it is started`,
    kept: ["blue-1", "proxy-1", "postgres", "redis", "controller"],
  },
  "the live slot's container paused": {
    harm: () => docker("pause", part("green-1")),
    said: `replica 1 of the live slot (${prefix}-green-1) is paused: it goes on`,
    kept: ["blue-1", "proxy-1", "postgres", "redis", "controller"],
  },
  "the standby made anew by hand from another image": {
    harm: () => {
      docker("rm", "-f", part("blue-1"));
      docker("run", "-d", "--name", part("blue-1"), "--entrypoint", "sleep", "slipway/redis:local", "600");
    },
    said: `replica 1 of the standby (${prefix}-blue-1) is not the container that Slipway made: it is made anew`,
    kept: ["green-1", "proxy-1", "postgres", "redis", "controller"],
  },
  "controller and serving proxy removed": {
    harm: () => docker("rm", "-f", part("controller"), part("proxy-1")),
    said: `the proxy in place 1 (${prefix}-proxy-1) is gone: it is made anew`,
    kept: ["green-1", "blue-1", "postgres", "redis"],
  },
  "the controller stopped": {
    harm: () => docker("stop", "-t", "1", part("controller")),
    said: `the rollout controller (${prefix}-controller) is stopped: it is started`,
    kept: ["green-1", "blue-1", "proxy-1", "postgres", "redis"],
  },
  "the controller paused": {
    harm: () => docker("pause", part("controller")),
    said: `the rollout controller (${prefix}-controller) is paused: it goes on`,
    kept: ["green-1", "blue-1", "proxy-1", "postgres", "redis"],
  },
  "a database's container removed": {
    harm: () => docker("rm", "-f", part("postgres")),
    said: `PostgreSQL (${prefix}-postgres) is gone: it is made anew`,
    kept: ["green-1", "blue-1", "proxy-1", "redis", "controller"],
  },
  "both slots removed": {
    harm: () => docker("rm", "-f", part("green-1"), part("blue-1")),
    said: `replica 1 of the standby (${prefix}-blue-1) is gone: it is made anew`,
    kept: ["proxy-1", "postgres", "redis", "controller"],
  },
  "the standby and its secret files removed": {
    harm: () => {
      docker("rm", "-f", part("blue-1"));
      docker("volume", "rm", part("blue-secrets"));
    },
    said: `volume ${prefix}-blue-secrets is gone: it is made anew`,
    kept: ["green-1", "proxy-1", "postgres", "redis", "controller"],
  },
  "the network and everything on it removed": {
    harm: () => {
      docker("rm", "-f", ...["green-1", "blue-1", "postgres", "redis", "controller"].map(part));
      docker("network", "rm", prefix);
    },
    said: `network ${prefix} is gone: it is made anew`,
    kept: ["proxy-1"],
  },
  "every container stopped, as after a boot without restart policies": {
    harm: () =>
      docker(
        "stop",
        "-t",
        "1",
        ...["proxy-1", "proxy-2", "controller", "green-1", "blue-1", "postgres", "redis"].map(part),
      ),
    said: `the proxy in place 2 (${prefix}-proxy-2) is stopped: it is started`,
    kept: [],
  },
};

describe("what somebody did by hand is said by a preview and mended by one plain up", () => {
  test.each(Object.entries(mended))("%s", async (_, { harm, said, kept }) => {
    harm();
    const before = kept.length > 0 ? ids(...kept) : "";
    const preview = await stack.preview();
    succeeded(preview);
    expect(preview.output).toContain(said);
    // Whoever asks the controller hears it too, as long as that is there.
    const status = kept.includes("controller") ? await stack.slipway("status") : undefined;
    if (status) succeeded(status);
    if (status) expect(status.stdout).toContain(`changed  ${said} with the next pulumi up\n`);
    succeeded(await stack.up());
    expect(kept.length > 0 ? ids(...kept) : "").toBe(before);
    expect(await answering()).toBe("1.1.0");
    succeeded(await stack.up("--expect-no-changes"));
  });
});

const refused: Readonly<
  Record<string, { readonly harm: () => void; readonly said: string; readonly repair: () => void }>
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
  test.each(Object.entries(refused))("%s", async (_, { harm, said, repair }) => {
    harm();
    const before = ids("blue-1", "proxy-1", "postgres", "redis", "controller");
    const preview = await stack.preview();
    expect(preview.output).toContain(said);
    const up = await stack.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toContain(said);
    expect(ids("blue-1", "proxy-1", "postgres", "redis", "controller")).toBe(before);
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
