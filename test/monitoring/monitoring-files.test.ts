import { describe, expect, it } from "vitest";
import { monitoringFiles } from "../../monitoring/monitoring-files.ts";
import { problemsOf, settingsOf } from "../support/settings-of.ts";

const files = (changes: Record<string, unknown>) =>
  monitoringFiles("production", settingsOf({ service: "api", ...changes }));
const targets = (changes: Record<string, unknown>) =>
  (JSON.parse(files(changes)["targets.json"]) as { targets: string[]; labels: Record<string, string> }[]).map(
    ({ targets: [address], labels: { host, part } }) => [host, part, address],
  );
const server = (address: string) => ({
  kind: "ssh",
  address,
  user: "slipway",
  hostKey: `ssh-ed25519 ${"A".repeat(68)}`,
});

describe("the files of a Prometheus that is there already", () => {
  it("ask the controller in the stack's own network unless it is reached elsewhere", () => {
    expect(targets({ subnet: "10.99.7.0/24", monitoring: { kind: "existing" } })).toEqual([
      ["host", "controller", "10.99.7.3:9413"],
    ]);
    const there = { controller: "127.0.0.1:19413", machine: "10.0.0.5:9100" };
    expect(targets({ monitoring: { kind: "existing", targets: { host: there } } })).toEqual([
      ["host", "controller", "127.0.0.1:19413"],
      ["host", "host", "10.0.0.5:9100"],
    ]);
  });

  it("carry the labels that the rules ask for", () => {
    const [{ labels } = { labels: {} }] = JSON.parse(files({ monitoring: { kind: "existing" } })["targets.json"]) as {
      labels: object;
    }[];
    expect(labels).toEqual({ service: "api", environment: "production", host: "host", part: "controller" });
    expect(files({ monitoring: { kind: "existing" } })["rules.yaml"]).toContain(
      'up{service="api",environment="production",part="controller"}',
    );
  });

  it("tell whom the notices tell, without a secret, and no mail server that wants a login", () => {
    const mail = { host: "mail.example.com", from: "a@example.com", to: ["b@example.com"] };
    const notices = (login: boolean) => ({
      monitoring: { kind: "existing" },
      notices: { slack: {}, email: { ...mail, login } },
    });
    const secrets = { noticeSecrets: ["slack-url", "smtp-user", "smtp-password"] };
    const made = (login: boolean) =>
      monitoringFiles("production", settingsOf(notices(login), secrets))["alertmanager.yaml"];
    expect(made(true)).toContain("api_url_file: /etc/alertmanager/secrets/slack-url");
    expect(made(true)).not.toContain("mail.example.com");
    expect(made(false)).toContain("smarthost: mail.example.com:587");
  });
});

it("Grafana has a password, and nobody has one in vain", () => {
  const asked = { monitoring: { kind: "host", grafana: true } };
  expect(problemsOf(asked)).toEqual([
    "slipway:grafanaPassword: is missing, and slipway:monitoring.grafana needs it for its user admin. " +
      "Fix: openssl rand -hex 16 | pulumi config set --secret slipway:grafanaPassword",
  ]);
  expect(problemsOf({ ...asked, grafanaPassword: "given" })).toEqual([]);
  for (const monitoring of [undefined, { kind: "existing" }, { kind: "host" }])
    expect(problemsOf({ ...(monitoring ? { monitoring } : {}), grafanaPassword: "given" })).toEqual([
      expect.stringMatching(
        /^slipway:grafanaPassword: is asked of nobody; allowed .* Fix: pulumi config set --path slipway:monitoring.grafana true/,
      ),
    ]);
});

describe("slipway:monitoring", () => {
  const problems = (monitoring: unknown, hosts: object = {}) =>
    problemsOf({
      monitoring,
      ...(Object.keys(hosts).length > 0 ? { host: server("203.0.113.1"), hosts, databases: {} } : {}),
    });

  it("needs an address of each of several hosts, as their networks are the same", () => {
    const hosts = { two: server("203.0.113.2") };
    expect(problems({ kind: "existing", targets: { host: { controller: "127.0.0.1:19413" } } }, hosts)).toEqual([
      expect.stringMatching(
        /^slipway:monitoring\.targets\.two\.controller: is missing: .* Fix: pulumi config set --path /,
      ),
    ]);
  });

  it("names only hosts that the stack has, and a kind that there is", () => {
    expect(problems({ kind: "existing", targets: { three: {} } })).toEqual([
      "slipway:monitoring.targets.three: names no host of this stack, got three; allowed host. Fix: pulumi config rm --path 'slipway:monitoring.targets.three'",
    ]);
    expect(problems({ kind: "magic" })).toEqual([expect.stringMatching(/^slipway:monitoring\.kind: /)]);
  });
});
