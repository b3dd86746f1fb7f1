import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  connectionTo,
  interpreter,
  named,
  sshConnection,
  withWayBack,
  type LocalCommand,
} from "../../../lib/hosts/host-connection.ts";

/** Beside the real program stands one that does what sshd does, hand the last word to a shell, and is out of reach when it is told to. */
const folder = () => mkdtempSync(join(tmpdir(), "slipway-ssh-"));
let bin: string;
beforeEach(() => {
  bin = folder();
  const program = `#!/bin/sh
echo "$*" >> ${bin}/calls
if [ -s ${bin}/lost ]; then sed -i 1d ${bin}/lost; cat > /dev/null; exit 255; fi
for last; do :; done
exec sh -c "$last"
`;
  writeFileSync(join(bin, "ssh"), program);
  chmodSync(join(bin, "ssh"), 0o755);
  writeFileSync(join(bin, "calls"), "");
});
afterEach(() => {
  rmSync(bin, { recursive: true });
});

const access = (address: string) => ({ address, port: 22, user: "deploy", hostKey: "ssh-ed25519 AAAA" });
const connection = sshConnection(access("10.0.0.1"), "admin");

function run({ text, environment, limitSeconds }: LocalCommand, input = "") {
  const [program, ...args] = interpreter(limitSeconds);
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`, ...environment };
  const { status, stdout, stderr } = spawnSync(program, [...args, text], { input, env, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

describe("a script on a host", () => {
  test("arrives as it was written, with its variables, its input and its exit code", () => {
    const text = `printf '%s|' "$A" "don't" 'say "hi!"' '$HOME \`x\`' "\\\\"\ncat\nexit 7`;
    const done = run(named(connection.command({ text, env: { A: "it's $5\nand more" }, timeoutSeconds: 5 })), "input");
    expect(done).toMatchObject({ code: 7, stdout: `it's $5\nand more|don't|say "hi!"|$HOME \`x\`|\\|input` });
  });

  test("is ended on the host's side when its time is over", () => {
    expect(run(connection.command({ text: "sleep 30", timeoutSeconds: 1 })).code).toBe(124);
  });

  test("runs as the one who prepares the host only when it asks for that", () => {
    const word = (asRoot: boolean) => connection.command({ text: "true", timeoutSeconds: 5, asRoot }).text;
    expect(word(true)).toMatch(/-l admin .*sudo -n/);
    expect(word(false)).toMatch(/-l deploy /);
    expect(word(false)).not.toContain("sudo");
  });
});

describe("a lost connection", () => {
  test("is waited out, and the script gets the same input again", () => {
    writeFileSync(join(bin, "lost"), "1\n");
    const done = run(connection.command({ text: "cat", timeoutSeconds: 5, outlivesConnection: true }), "wish");
    expect(done).toMatchObject({ code: 0, stdout: "wish" });
    expect(done.stderr).toMatch(/10\.0\.0\.1:22 is out of reach; it goes on by itself. Trying again, at most 300 s/);
    expect(readFileSync(join(bin, "calls"), "utf8").trim().split("\n")).toHaveLength(2);
  });

  test("ends any other script", () => {
    writeFileSync(join(bin, "lost"), "1\n");
    expect(run(connection.command({ text: "cat", timeoutSeconds: 5 })).code).toBe(255);
  });
});

describe("a way back", () => {
  const other = (address: string) => {
    const host = sshConnection(access(address));
    return { host: host.name, ...host.command({ text: `echo back on ${address}`, timeoutSeconds: 5 }) };
  };
  const both = [other("10.0.0.8"), other("10.0.0.9")];

  test("is gone when the step fails, the last host first, and the step fails all the same", () => {
    const done = run(named(withWayBack(connection.command({ text: "exit 3", timeoutSeconds: 5 }), both)));
    expect(done.code).toBe(3);
    expect(done.stdout).toMatch(/10\.0\.0\.9:22 goes back[^]*back on 10\.0\.0\.9[^]*back on 10\.0\.0\.8/);
  });

  test("is not gone when it works", () => {
    const done = run(named(withWayBack(connection.command({ text: "echo fine", timeoutSeconds: 5 }), both)));
    expect(done).toMatchObject({ code: 0, stdout: "fine\n" });
  });
});

test.each([
  [undefined, undefined, true],
  [undefined, "unix:///other.sock", false],
  ["unix:///other.sock", undefined, true],
  ["unix:///other.sock", "unix:///var/run/docker.sock", false],
])("with DOCKER_HOST=%s, the engine of dockerHost=%s is Docker's own: %s", (environment, dockerHost, isOwn) => {
  vi.stubEnv("DOCKER_HOST", environment);
  expect(connectionTo({ kind: "local", dockerHost }).isOwnEngine).toBe(isOwn);
  vi.unstubAllEnvs();
});
