import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { HostNames } from "../../lib/hosts/naming.ts";
import { watchAccount } from "../../lib/hosts/watch-account.ts";
import { tunnelledService, tunnelMayReach, tunnelScript } from "../../monitoring/tunnel.ts";
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
  expect(tunnelMayReach(names, { replicas: 2 })).toEqual(["10.213.0.3:9413", "10.213.0.10:9100"]);
});

test("a service that tells of itself is asked on each further host, at every place of a replica, by a port of its own", () => {
  const told = settingsOf({
    service: "api",
    replicas: 2,
    monitoring: { kind: "host", service: { port: 8001 } },
    databases: {},
    host: server("203.0.113.1", "A"),
    hosts,
  });
  const places = ["16", "17", "24", "25", "32", "33", "40", "41"].map((last) => `10.213.0.${last}:8001`);
  expect(tunnelMayReach(names, told)).toEqual(["10.213.0.3:9413", "10.213.0.10:9100", ...places]);
  const { service } = { service: tunnelledService(names, told) };
  expect(service.map(({ host, which }) => `${host} ${which?.slot ?? ""}`)).toEqual(
    ["two", "three"].flatMap((host) =>
      ["blue", "blue", "blue", "blue", "green", "green", "green", "green"].map((slot) => `${host} ${slot}`),
    ),
  );
  const lines = tunnelScript(names, told).split("\n");
  const all = ["two", "three"].flatMap((host, index) =>
    service
      .filter((each) => each.host === host)
      .map(({ address }, place) => ({ index, address, to: places[place] ?? "" })),
  );
  // Prometheus asks where that host's own connection listens for it.
  for (const { index, address, to } of all)
    expect(lines[index]).toContain(`*:${address.replace("10.213.0.13:", "")}:${to}`);
  const ports = [...tunnelScript(names, told).matchAll(/\*:(\d+):/g)].map(([, port]) => port);
  expect(new Set(ports).size).toBe(ports.length);
});
