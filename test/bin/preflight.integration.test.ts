import { createServer, type AddressInfo } from "node:net";
import { writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { secretsOf } from "../../bin/preflight.ts";
import { formatProblem } from "../../lib/problem.ts";
import { openProject } from "../../settings/stack-files.ts";
import { rawConfig } from "../support/raw-config.ts";
import { run, Stubs } from "./support.ts";

/** `slipway preflight` as a process, with stubs in place of Docker and ssh. */
const stubs = new Stubs({ timeout: 'exec /usr/bin/timeout "$@"' });
const env = {
  ...process.env,
  PATH: stubs.path,
  DOCKER_HOST: undefined,
  DOCKER_CONTEXT: undefined,
  FORCE_COLOR: undefined,
};
const file = join(stubs.folder, "Pulumi.shop.yaml");

function preflight(change: Readonly<Record<string, unknown>> = {}, edit = (text: string) => text) {
  const config = { ...rawConfig("local"), service: "shop", ...change };
  writeFileSync(
    file,
    edit(
      stringify({
        config: Object.fromEntries(Object.entries(config).map(([key, value]) => [`slipway:${key}`, value])),
      }),
    ),
  );
  return run("bin/slipway", ["preflight", "--stack", "shop", "--config-file", file], env);
}
const engine = (network: string) => {
  stubs.write(
    "docker",
    `case "$*" in
      version*) echo 26.1 ;;
      "network ls"*) echo 1 ;;
      "network inspect"*) echo '${network}' ;;
      exec*) exit 1 ;;
    esac`,
  );
};

afterAll(() => {
  stubs.remove();
});

test("a taken port and a taken subnet are named before the first update, with what to do", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  engine('{"name":"theirs","subnets":[{"Subnet":"10.213.0.0/16"}]}');
  const { code, stderr } = await preflight({ listenPort: port });
  server.close();
  expect(code).toBe(1);
  // The commands that it names work for a stack that the states know, and only there.
  expect(stderr).toContain(`make it by \`make setup STACK=shop\`; or write into ${file}\n`);
  expect(stderr).toContain(`slipway:listenPort: somebody else listens there, got 127.0.0.1:${String(port)}`);
  expect(stderr).toMatch(
    /slipway:subnet: the network theirs has addresses of it.*Fix: pulumi config set slipway:subnet/,
  );
});

test("whoever is ready reads what that rests on", async () => {
  engine('{"name":"theirs","subnets":[{"Subnet":"172.17.0.0/16"}]}');
  const { code, stdout } = await preflight({ listenPort: 1 });
  expect(code).toBe(0);
  expect(stdout).toContain("looked at: Docker engine, port 1, subnet 10.213.0.0/24\n");
  expect(stdout).toContain("not looked at: image, DNS, certificate\n");
});

test.each([
  [
    "of the host's place",
    { subnet: "10.213.0.0/16" },
    "looked at: Docker engine\n",
    "ports, subnet, image, DNS, certificate\n",
  ],
  [
    "elsewhere",
    { listenPort: 1, profile: { steps: [50] } },
    "port 1, subnet 10.213.0.0/24\n",
    "image, DNS, certificate\n",
  ],
])("wrong settings %s: nothing says that all is well, and no value is left open", async (_, change, seen, unseen) => {
  engine('{"name":"theirs","subnets":[{"Subnet":"172.17.0.0/16"}]}');
  const { code, stdout, stderr } = await preflight(change);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^slipway:/);
  expect(stderr).toContain(
    "✗ unix:///var/run/docker.sock: what was looked at is good, but the settings above are refused\n",
  );
  expect(stdout).not.toContain("✓");
  expect(stdout).toContain(seen);
  expect(stdout).toContain(`not looked at: ${unseen}`);
});

test("wrong settings of the host itself hide no others", async () => {
  const { code, stdout, stderr } = await preflight({
    host: { kind: "vm" },
    service: "My Shop",
    profile: { steps: [50] },
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  for (const path of ["host.kind", "service", "profile.steps"]) expect(stderr).toContain(`slipway:${path}`);
});

test("a folder to build from that is none, and a version that YAML shortens, are told before anything is asked", async () => {
  engine('{"name":"theirs","subnets":[{"Subnet":"172.17.0.0/16"}]}');
  const { code, stderr } = await preflight({ image: { build: "examples/nope" }, version: 1.5 }, (text) =>
    text.replace("slipway:version: 1.5", "slipway:version: 1.50"),
  );
  expect(code).toBe(1);
  expect(stderr).toContain("slipway:image.build: has no Dockerfile, got examples/nope; allowed a folder with one.");
  expect(stderr).toContain(
    "slipway:version: is 1.5 as YAML reads it, got 1.50; allowed text, in quotes. Fix: pulumi config set slipway:version 1.50",
  );
});

test("an engine that this user may not use is no ready host", async () => {
  stubs.write("docker", "echo 'permission denied while trying to connect to the Docker daemon socket' >&2; exit 1");
  const { code, stderr } = await preflight();
  expect(code).toBe(1);
  expect(stderr).toContain("Fix: `sudo usermod -aG docker $USER`, then log in again");
});

test("a bare server's firewall is announced, with what it closes", async () => {
  stubs.write(
    "ssh",
    `case "$*" in *"-l slipway"*) echo 'Permission denied (publickey).' >&2; exit 255 ;; esac
    printf '%s\\n' 'os=debian 12' 'family=debian' machine=x86_64 freeMegabytes=9000 'engine=docker: not found' "clockSeconds=$(date +%s)"`,
  );
  const hostKey = `ssh-ed25519 ${"A".repeat(68)}`;
  const { stdout } = await preflight({
    host: { kind: "ssh", address: "server.example", user: "slipway", admin: "root", hostKey },
    image: { name: "ghcr.io/acme/shop" },
  });
  expect(stdout).toContain("the user slipway, security updates, and a firewall that closes");
  expect(stdout).toContain("not looked at: port 8080, subnet 10.213.0.0/24, image");
});

test("secrets by reference are looked up; one that is not there is said with all else, and none is shown", async () => {
  engine('{"name":"theirs","subnets":[{"Subnet":"172.17.0.0/16"}]}');
  stubs.write("get-secret", '[ "$1" = shop/token ] && echo planted-value || { echo "no $1" >&2; exit 4; }');
  const project = join(stubs.folder, "Pulumi.yaml");
  writeFileSync(project, "name: shop\nruntime: nodejs\nconfig:\n  slipway:secretCommand: [get-secret]\n");
  vi.stubEnv("PATH", stubs.path);
  const stack = (references: Readonly<Record<string, string>>) =>
    secretsOf({ entries: entriesOf(references), project: openProject(stubs.folder) });
  const entriesOf = (secretReferences: Readonly<Record<string, string>>) => {
    const config = { ...rawConfig("local"), secretReferences };
    writeFileSync(
      join(stubs.folder, "Pulumi.references.yaml"),
      stringify({
        config: Object.fromEntries(Object.entries(config).map(([key, value]) => [`slipway:${key}`, value])),
      }),
    );
    return openProject(stubs.folder).read("references");
  };
  const { found, problems } = await stack({ token: "shop/token", "api-key": "shop/key" });
  expect(found).toEqual(["token"]);
  expect(problems.map(formatProblem)).toEqual([
    "slipway:secretReferences.api-key: could not be looked up as shop/key, got get-secret ended with exit code 4: no shop/key. " +
      "Fix: run `get-secret shop/key` in the folder of Pulumi.yaml until it prints the secret",
  ]);
  stubs.started();
  expect(await stack({ token: "../key" })).toEqual({ found: [], problems: [] });
  expect(stubs.started()).toEqual([]);
  vi.unstubAllEnvs();
});
