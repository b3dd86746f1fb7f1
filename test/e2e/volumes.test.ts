import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { placed, writeNodeService } from "../support/node-service.ts";
import { made, removeEverything } from "../support/on-host.ts";
import { PulumiStack } from "../support/pulumi-stack.ts";
import { own } from "../support/run/id.ts";
import { leasePorts } from "../support/run/lease.ts";
import { succeeded } from "../support/succeeded.ts";

/** A service that keeps files: through releases, a way back, a loss, and the end of its stack. */
const name = own("volumes");
const prefix = `ape-2026-${name}`;
const volume = `${prefix}-volume-uploads`;
const port = String(await leasePorts());
const url = `http://127.0.0.1:${port}`;
const stack = new PulumiStack(name, {
  config: {
    host: { kind: "local" },
    stockImages: { node: "slipway/node:local", haproxy: "slipway/haproxy:local" },
    profile: { kind: "instant", pauseSeconds: 0, watchSeconds: 0 },
    volumes: { uploads: { folder: "/app/uploads" } },
    release: { command: ["sh", "-c", 'echo "$SLIPWAY_VERSION" >> /app/uploads/releases'] },
  },
});
const source = join(stack.folder, "source");
const backups = join(stack.folder, "backups", prefix);
const docker = (...args: string[]) => execFileSync("docker", args, { encoding: "utf8" }).trim();

const server = `const { createServer } = require("node:http");
const { readFileSync, writeFileSync } = require("node:fs");
const server = createServer((request, response) => {
  const file = "/app/uploads" + request.url;
  if (request.url === "/health") return response.end("ok");
  if (request.method === "PUT") {
    let text = "";
    request.on("data", (part) => (text += part)).on("end", () => response.end(String(writeFileSync(file, text))));
    return;
  }
  try {
    response.end(readFileSync(file));
  } catch (error) {
    response.writeHead(404).end(error.code);
  }
});
server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => server.close());
`;
const dockerfile = (...more: string[]) => {
  writeNodeService(source, { "server.js": server }, more);
};
const put = (file: string, text: string) => fetch(`${url}/${file}`, { method: "PUT", body: text });
const get = async (file: string) => (await fetch(`${url}/${file}`)).text();

beforeAll(async () => {
  await stack.init({
    ...(await placed(source, port)),
    "backups.directory": join(stack.folder, "backups"),
  });
});

afterAll(() => {
  removeEverything(name);
  stack.remove();
});

test("a folder that the service's user can't write is found before anything is touched", async () => {
  dockerfile();
  expect(succeeded(await stack.preview())).toContain(`Volume ${volume} is made`);
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain(
    `volume ${volume}: can't be written by the service at /app/uploads, got a folder of 0:0, mode 755; allowed one of 10001:10001. ` +
      "No container was touched. Fix: make the folder the user's in the Dockerfile, RUN mkdir -p /app/uploads && chown 10001:10001 /app/uploads",
  );
  expect(made(name, "container").filter((each) => /-(blue|green)-/.test(each))).toEqual([]);
  dockerfile("RUN mkdir -p /app/uploads && chown 10001:10001 /app/uploads && echo begun > /app/uploads/seed");
  succeeded(await stack.up());
  expect(await get("seed")).toBe("begun\n");
});

test("files outlive a release, are saved before it, and can be put back", async () => {
  await put("photo", "of the morning");
  const released = succeeded(await stack.up("-c", "slipway:version=1.1.0"));
  expect(released).toContain("volumes are backed up first");
  expect(released).toMatch(/uploads\.volume\.tar, \d+ bytes, read back: 4 files and folders/);
  expect(await get("photo")).toBe("of the morning");
  expect(await get("releases")).toBe("1.0.0\n1.1.0\n");
  expect(succeeded(await stack.slipway("run", "cat", "/app/uploads/photo"))).toContain("of the morning");

  await put("photo", "of the evening");
  const back = succeeded(await stack.slipway("rollback"));
  expect(back).toContain(`Volume ${volume} since the backup: files were added, changed or removed`);
  expect(await get("photo")).toBe("of the evening");
  succeeded(await stack.slipway("allow", String(/1\.1\.0-\w+/.exec(released))));

  const [first, second] = ["000001", "000002"].map((number) =>
    readdirSync(backups).find((file) => file.startsWith(number)),
  );
  expect(first).toBeDefined();
  const looked = succeeded(await stack.slipway("restore", String(second)));
  expect(looked).toContain("takes the place of all its files; those are saved beside it first");
  expect(await get("photo")).toBe("of the evening");
  const broken = join(backups, "000009-before-x.uploads.volume.tar");
  writeFileSync(broken, "no tar at all");
  const refused = await stack.slipway("restore", broken, "--yes");
  expect(refused.code).toBe(1);
  expect(refused.output).toContain(`can't be read; volume ${volume} is as it was`);
  rmSync(broken);
  expect(await get("photo")).toBe("of the evening");
  expect(succeeded(await stack.slipway("restore", "2", "--yes"))).toContain(`restore: volume ${volume} is as in`);
  expect(await get("photo")).toBe("of the morning");
  expect(await get("releases")).toBe("1.0.0\n");
  await put("photo", "of the next day");
  const [aside] = readdirSync(backups).filter((file) => file.endsWith("-replaced.uploads.volume.tar"));
  succeeded(await stack.slipway("restore", String(aside), "--yes"));
  expect(await get("photo")).toBe("of the evening");
});

test("a second update changes nothing, and one whose volume is gone says so and makes none", async () => {
  await stack.set({ version: "1.0.0" });
  expect(succeeded(await stack.up())).toMatch(/nothing moves[^]*\d+ unchanged\n/);
  const standby = `${prefix}-green-1`;
  const labels = docker("inspect", "--format", "{{range $k, $v := .Config.Labels}}{{$k}}={{$v}}\n{{end}}", standby);
  const image = docker("inspect", "--format", "{{.Config.Image}}", standby);
  const ip = docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", standby);
  const holders = docker("ps", "--all", "--quiet", "--filter", `volume=${volume}`).split("\n");
  docker("rm", "-f", ...holders);
  docker("volume", "rm", volume);
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain(
    `the volume with the data of slipway:volumes.uploads is gone, and nothing else has them, got no volume ${volume}`,
  );
  expect(made(name, "volume")).not.toContain(volume);
  docker("volume", "create", "--label", "slipway.empty=yes", "--label", `slipway.stack=${name}`, volume);
  // Somebody makes one of the two by hand, and forgets the volume.
  const marked = labels.split("\n").flatMap((label) => ["--label", label]);
  docker("run", "-d", "--name", standby, ...marked, "--network", prefix, "--ip", ip, image);
  const mended = succeeded(await stack.up());
  expect(mended).toContain(`replica 1 of the live slot (${prefix}-blue-1) is not there: it is made anew`);
  expect(mended).toContain(
    `replica 1 of the standby (${standby}) is not the container that Slipway made: it is made anew`,
  );
  expect(docker("inspect", "--format", "{{range .Mounts}}{{.Destination}} {{end}}", standby)).toContain("/app/uploads");
  const [newest] = readdirSync(backups)
    .filter((file) => file.endsWith("-replaced.uploads.volume.tar"))
    .sort();
  succeeded(await stack.slipway("restore", String(newest), "--yes"));
  expect(await get("photo")).toBe("of the evening");
});

test("the volume stays when the stack goes, and is taken up again", async () => {
  succeeded(await stack.destroy());
  expect(made(name, "volume")).toEqual([volume]);
  succeeded(await stack.up("-c", "slipway:version=2.0.0"));
  expect(await get("photo")).toBe("of the evening");
});
