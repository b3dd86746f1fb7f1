import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePackage } from "../../packaging/make.ts";
import { run } from "../../toolchain/command.ts";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";

/** What somebody does who has never seen the clone: install the package in a folder of their own, and deliver a service with it. */

// By its service's name the run's sweep knows what is left of it.
const service = own("shop");
const folder = mkdtempSync(join(tmpdir(), "slipway-project-"));
const [port, subnet] = [await leasePorts(), await leaseSubnet()];
const clone = process.cwd();

/** A fresh terminal: nothing of `make env`, and the machine's own Node. */
const env = {
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^(PULUMI|NODE)_/.test(name))
      .map((name) => [name, undefined]),
  ),
  PATH: (process.env.PATH ?? "")
    .split(delimiter)
    .filter((path) => !/node_modules|pulumi-home/.test(path) && !path.startsWith(clone))
    .join(delimiter),
  PULUMI_CONFIG_PASSPHRASE: "only for this test",
};
const type = (program: string, ...args: string[]) => run(program, args, { limit: 300_000, cwd: folder, env });
const slipway = (...args: string[]) => type("npx", "--no", "slipway", ...args);
const answer = async () => (await fetch(`http://127.0.0.1:${String(port)}/`)).text();
const edit = (file: string, pattern: RegExp, text: string) => {
  const path = join(folder, file);
  const before = readFileSync(path, "utf8");
  expect(before).toMatch(pattern);
  writeFileSync(path, before.replace(pattern, text));
};

const server = `const { createServer } = require("node:http");
const server = createServer((request, response) => response.end(request.url === "/up" ? "ok" : "shop " + process.env.SLIPWAY_VERSION));
server.listen(Number(process.env.PORT));
process.on("SIGTERM", () => server.close());
`;

beforeAll(async () => {
  const archive = await makePackage(folder);
  rmSync(join(folder, "slipway"), { recursive: true });
  await type(
    "npm",
    "install",
    "--prefix",
    ".",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    "--loglevel=error",
    archive,
  );
});

afterAll(async () => {
  await slipway("down").catch(() => undefined);
  rmSync(folder, { recursive: true });
});

test("a service of one's own: init, up, a release, back, down", async () => {
  mkdirSync(join(folder, "app"));
  writeFileSync(join(folder, "app/server.js"), server);
  writeFileSync(
    join(folder, "app/Dockerfile"),
    'FROM slipway/node:local\nCOPY server.js /app/\nUSER 1000\nEXPOSE 3000\nHEALTHCHECK CMD node -e "fetch(\'http://localhost:3000/up\')"\nCMD ["node", "/app/server.js"]\n',
  );
  const said = await slipway("init", "--name", service, "--build", "app");
  expect(said).toMatch(/slipway:port 3000: HEALTHCHECK of the Dockerfile asks there/);
  expect(said).toMatch(/no database/);
  expect(said).toMatch(/^Next: npx slipway up$/m);
  expect(await slipway("init").catch((error: unknown) => String(error))).toMatch(/index\.ts: is there already/);
  // Those that init found free, other tests may find free as well.
  await slipway("setup");
  const inItsShell = (line: string) => type("sh", "-c", `eval "$(npx --no slipway env)" && ${line}`);
  await inItsShell(`pulumi config set slipway:listenPort ${String(port)}`);
  edit("Pulumi.local.yaml", /profile: \{.*\}/, "profile: { kind: instant, pauseSeconds: 0, watchSeconds: 1 }");
  edit("Pulumi.local.yaml", /subnet: [\d./]+/, `subnet: ${subnet}.0/24`);

  expect(await slipway("up")).toMatch(/is up: live blue 1\.0\.0, standby green 1\.0\.0$/);
  expect(await answer()).toBe("shop 1.0.0");
  edit("Pulumi.local.yaml", /version: 1\.0\.0/, "version: 1.1.0");
  expect(await slipway("preview")).toMatch(/1\.1\.0-\w+ goes into slot green/);
  expect(await slipway("up")).toMatch(/is up: live green 1\.1\.0, standby blue 1\.0\.0$/);
  expect(await answer()).toBe("shop 1.1.0");
  await slipway("rollback");
  expect(await answer()).toBe("shop 1.0.0");
  expect(await slipway("status")).toMatch(/^live +blue \(1\.0\.0-/m);
  // No path of this machine is in what the engine compares: a project is moved, and cloned by others.
  const { checkpoint } = JSON.parse(
    readFileSync(join(folder, ".pulumi-state/.pulumi/stacks", service, "local.json"), "utf8"),
  ) as { checkpoint: { latest: { resources: readonly { inputs?: object }[] } } };
  const inputs = JSON.stringify(checkpoint.latest.resources.map((resource) => resource.inputs));
  expect(inputs.includes("node_modules/slipway/sources/router")).toBe(true);
  expect(inputs.includes(folder)).toBe(false);
  expect(await slipway("down")).toMatch(/stack local is down; `npx slipway up` brings it up again$/);
});

test("a program of one's own is checked against the package's types", async () => {
  writeFileSync(
    join(folder, "own.ts"),
    'import { deliver, type Outputs } from "slipway";\nexport default async (): Promise<Outputs & { more: string }> => ({ ...(await deliver()), more: "1" });\n',
  );
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", "--skipLibCheck"];
  await type(process.execPath, join(clone, "node_modules/typescript/bin/tsc"), ...options, "own.ts");
  writeFileSync(
    join(folder, "wrong.ts"),
    'import { deliver } from "slipway";\nexport const wrong: number = (await deliver()).hosts;\n',
  );
  const refused = type(process.execPath, join(clone, "node_modules/typescript/bin/tsc"), ...options, "wrong.ts");
  await expect(refused).rejects.toThrow("is not assignable to type 'number'");
});
