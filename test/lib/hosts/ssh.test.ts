import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { sshCommand, sshOptions, type SshAccess } from "../../../lib/hosts/ssh.ts";

const hostKey = `ssh-ed25519 ${"A".repeat(68)}`;
const access: SshAccess = { address: "10.1.2.3", port: 2222, user: "deploy", hostKey, identityFile: "~/.ssh/id" };

/** What ssh itself makes of the options. */
function understood(of: SshAccess): string {
  const [program = "", ...args] = sshCommand(of);
  return execFileSync(program, ["-G", ...args], { encoding: "utf8" });
}

test("only the pinned key counts, whatever this machine knows, and nobody is asked anything", () => {
  const lines = understood(access).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "stricthostkeychecking true",
      "userknownhostsfile none",
      "globalknownhostsfile none",
      `knownhostscommand /bin/echo %H ${hostKey}`,
      "batchmode yes",
      "identitiesonly yes",
      "forwardagent no",
      "connecttimeout 10",
      "user deploy",
      "port 2222",
      "hostname 10.1.2.3",
    ]),
  );
});

test("all that uses one access shares a connection; who pins another key, or is another user, does not", () => {
  const path = (of: SshAccess) => sshOptions(of).find((option) => option.startsWith("ControlPath="));
  expect(path({ ...access })).toBe(path(access));
  const others = [{ hostKey: `ssh-ed25519 ${"B".repeat(68)}` }, { user: "admin" }, { identityFile: undefined }];
  for (const other of others) expect(path({ ...access, ...other })).not.toBe(path(access));
});

test("a server on the way is pinned like the one behind it", () => {
  const jump = { address: "gate", port: 22, user: "hop", hostKey: `ssh-ed25519 ${"C".repeat(68)}` };
  const proxy = /^proxycommand (.*)$/m.exec(understood({ ...access, jump }))?.[1] ?? "";
  expect(proxy).toContain(`'KnownHostsCommand=/bin/echo %%H ${jump.hostKey}'`);
  expect(proxy).toContain("StrictHostKeyChecking=yes");
  expect(proxy).toMatch(/-l hop -p 22 -W \[%h\]:%p -- gate$/);
});
