import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { HostNames } from "../../lib/hosts/naming.ts";
import { watchAccount } from "../../lib/hosts/watch-account.ts";
import { tunnelMayReach, tunnelScript } from "../../monitoring/tunnel.ts";
import { settingsOf } from "../support/settings-of.ts";

const names = new HostNames("api", "production", "10.213.0.0/24");
const key = (letter: string) => `ssh-ed25519 ${letter.repeat(68)}`;
const server = (address: string, letter: string) => ({
  kind: "ssh",
  address,
  user: "slipway",
  admin: "root",
  hostKey: key(letter),
});
const hosts = { two: server("203.0.113.2", "B"), three: { ...server("203.0.113.3", "C"), port: 2222 } };
const script = tunnelScript(
  names,
  settingsOf({ service: "api", monitoring: { kind: "host" }, databases: {}, host: server("203.0.113.1", "A"), hosts }),
);

test("a user's name fits into what Linux takes, and is another one for each stack", () => {
  expect(watchAccount("a".repeat(80))).toMatch(/^slipway-watch-[0-9a-f]{8}$/);
  expect(watchAccount("api-production")).not.toBe(watchAccount("api-staging"));
});

test("each further host has a connection of its own, to it alone, which only forwards to what may be reached there", () => {
  const lines = script.split("\n");
  expect(lines.at(-1)).toBe("wait");
  const ssh = lines
    .slice(0, -1)
    .map((line) => /while :; do ssh (.*) \|\| true; sleep \d+; done\) &$/.exec(line)?.[1] ?? "");
  const understood = ssh.map((words) =>
    execFileSync("sh", ["-euc", `ssh -G ${words}`], { encoding: "utf8" }).split("\n"),
  );
  const expected = [
    { host: hosts.two, port: "22", listen: 1 },
    { host: hosts.three, port: "2222", listen: 2 },
  ];
  for (const [index, { host, port, listen }] of expected.entries()) {
    expect(understood[index]).toEqual(
      expect.arrayContaining([
        `hostname ${host.address}`,
        `port ${port}`,
        `user ${watchAccount("api-production")}`,
        `knownhostscommand /bin/echo %H ${host.hostKey}`,
        "stricthostkeychecking true",
        "identityfile /keys/key",
        "identitiesonly yes",
        "batchmode yes",
        "exitonforwardfailure yes",
        "serveraliveinterval 5",
        "serveralivecountmax 3",
        `localforward [*]:${String(20_000 + listen)} [10.213.0.3]:9413`,
        `localforward [*]:${String(21_000 + listen)} [10.213.0.10]:9100`,
      ]),
    );
    expect(understood[index]?.filter((line) => /^(local|remote|dynamic)forward/.test(line))).toHaveLength(2);
  }
  expect(tunnelMayReach(names)).toEqual(["10.213.0.3:9413", "10.213.0.10:9100"]);
});
