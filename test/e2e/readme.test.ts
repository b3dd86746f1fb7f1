import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { own } from "../support/run/id.ts";
import { leasePorts, leaseSubnet } from "../support/run/lease.ts";

const blocks = (page: string) =>
  [...readFileSync(page, "utf8").matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = ""]) => block.trim());
const last = "make down";

/**
 * The commands of the README and the runbook, run in order by one shell in a copy of this clone, as a newcomer would: each block fenced
 * with `sh`. One fenced with `shell` is only to be read: it needs what this machine does not have, such as a server or a GitHub account.
 */
const commands = [...blocks("README.md").filter((block) => block !== last), ...blocks("docs/runbook.md"), last];

const service = own("readme");
const clone = mkdtempSync(join(tmpdir(), "slipway-readme-"));
const env = { ...process.env, PULUMI_BACKEND_URL: undefined, PULUMI_CONFIG_PASSPHRASE: undefined };
const containers = () =>
  execFileSync("docker", ["ps", "-aq", "--filter", `label=slipway.service=${service}`], { encoding: "utf8" }).trim();

beforeAll(async () => {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  execFileSync("tar", ["--null", "--files-from=-", "-cf", join(clone, "clone.tar")], { input: files });
  execFileSync("tar", ["-xf", "clone.tar"], { cwd: clone });
  rmSync(join(clone, "clone.tar"));
  // Its own, also where this clone's is a symbolic link: npm in the copy must not reach what it points to.
  for (const packages of ["node_modules", "toolchain/node/node_modules"]) {
    execFileSync("cp", ["-al", `${packages}/.`, join(clone, packages)]);
  }
  // Names, addresses and times of its own: the stack `local` of this clone may be up.
  const file = join(clone, "Pulumi.local.yaml");
  const stack = parseDocument(readFileSync(file, "utf8"));
  for (const [key, value] of Object.entries({
    service,
    subnet: `${await leaseSubnet()}.0/24`,
    listenPort: await leasePorts(),
    backups: { directory: join(clone, "backups") },
    profile: { steps: [50, 100], pauseSeconds: 1, watchSeconds: 2 },
  })) {
    stack.setIn(["config", `slipway:${key}`], value);
  }
  writeFileSync(file, stack.toString());
});

afterAll(() => {
  const left = containers();
  if (left !== "") spawnSync("make", ["down"], { cwd: clone, stdio: "ignore" });
  rmSync(clone, { recursive: true, force: true });
});

const tracked = () =>
  execFileSync("find", [".", "-name", "node_modules", "-prune", "-o", "-type", "f", "-exec", "cksum", "{}", "+"], {
    cwd: clone,
    encoding: "utf8",
  });

test("whoever only looks before the first make up leaves nothing behind", () => {
  const before = tracked();
  const looks = ["status", "drift", "preflight", "rollout list", "rollout show 1", "restore 1"];
  const script = [
    'eval "$(make -s env)"',
    "make preview",
    "make preview VERSION=1.1.0",
    "make preview STACK=staging || echo its image is not in reach",
    ...looks.map((look) => `slipway ${look} --stack local || echo there is nothing yet`),
  ];
  const { status, stdout } = spawnSync("bash", ["-euxc", `exec 2>&1\n${script.join("\n")}`], {
    cwd: clone,
    encoding: "utf8",
    env,
  });
  expect(status, stdout).toBe(0);
  expect(stdout).toContain("stack staging was never made here");
  expect(tracked()).toBe(before);
  expect(containers()).toBe("");
});

test("every command of the README and the runbook does what it says", () => {
  expect(commands.length).toBeGreaterThan(9);
  const { status, stdout } = spawnSync("bash", ["-euxc", `exec 2>&1\n${commands.join("\n")}`], {
    cwd: clone,
    encoding: "utf8",
    timeout: 1_180_000,
    env,
  });
  expect(status, stdout).toBe(0);
  expect(stdout).toContain('"status":"healthy","version":"1.0.0"');
  expect(stdout).toContain("goes into slot green");
  expect(stdout).toContain('"slot":"green","version":"1.1.0"');
  expect(stdout).toContain("refused, as it should be");
  expect(stdout).toContain(`${clone}/backups`);
  expect(stdout).toContain(`docker volume rm ${service}-local-postgres ${service}-local-redis`);
  expect(containers()).toBe("");
});
