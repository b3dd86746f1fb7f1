import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { askHost } from "../../../lib/hosts/ask-host.ts";
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
if [ -s ${bin}/lost ]; then read -r words < ${bin}/lost; sed -i 1d ${bin}/lost; cat > /dev/null; echo $words >&2; exit 255; fi
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
    const done = run(connection.command({ text: "cat", timeoutSeconds: 5, whenLost: "wait" }), "wish");
    expect(done).toMatchObject({ code: 0, stdout: "wish" });
    expect(done.stderr).toMatch(/10\.0\.0\.1:22 is out of reach; it goes on by itself. Trying again, at most 300 s/);
    expect(readFileSync(join(bin, "calls"), "utf8").trim().split("\n")).toHaveLength(2);
  });

  test("between two steps costs one more attempt, on a connection of its own, with the same input to its last line end", () => {
    writeFileSync(join(bin, "lost"), "\n");
    const done = run(
      named(connection.command({ text: "cat; exit 3", timeoutSeconds: 5, whenLost: "try-again" })),
      "wish\n\n",
    );
    expect(done).toMatchObject({ code: 3, stdout: "wish\n\n" });
    const [shared, own, ...more] = readFileSync(join(bin, "calls"), "utf8")
      .split("\n")
      .filter((line) => line.includes("AAAA"));
    expect(more).toEqual([]);
    expect(shared).not.toContain("ControlPath=none");
    expect(own).toMatch(/^-o ControlPath=none -o LogLevel=INFO /);
  });

  test("that is lost again ends the step with what ssh said, and with what to do", () => {
    writeFileSync(join(bin, "lost"), "\nConnection reset by peer\n");
    const done = run(connection.command({ text: "cat", timeoutSeconds: 5, whenLost: "try-again" }));
    expect(done.code).toBe(255);
    expect(done.stderr).toMatch(
      /Connection reset by peer\n.*10\.0\.0\.1:22: the connection was lost twice in this step.* Fix: look at/,
    );
  });

  test("ends a script that may not be repeated", () => {
    writeFileSync(join(bin, "lost"), "\n");
    expect(run(connection.command({ text: "cat", timeoutSeconds: 5 })).code).toBe(255);
  });

  test.each([
    ["without a word", "\n", { code: 0, stdout: "here" }],
    ["with its reason", "Connection refused\n", { code: 255, stderr: "Connection refused" }],
  ])("%s: a question is asked once more only where it says nothing", async (_, lost, expected) => {
    writeFileSync(join(bin, "lost"), lost);
    vi.stubEnv("PATH", `${bin}${delimiter}${process.env.PATH ?? ""}`);
    const answer = await askHost(connection, { text: "printf here", timeoutSeconds: 5 });
    vi.unstubAllEnvs();
    expect(answer).toMatchObject(expected);
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
