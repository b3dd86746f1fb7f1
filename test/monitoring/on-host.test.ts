import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { alertRules } from "../../monitoring/alert-rules.ts";
import { watcherCommands, watcherFiles } from "../../monitoring/on-host.ts";
import { problemsOf, settingsOf } from "../support/settings-of.ts";

const server = (address: string) => ({
  kind: "ssh",
  address,
  user: "slipway",
  hostKey: `ssh-ed25519 ${"A".repeat(68)}`,
});
const mail = { host: "mail.example.com", from: "a@example.com", to: ["b@example.com"] };
const secrets = {
  "slack-url": "https://hooks.slack.com/planted",
  "pagerduty-routing-key": "planted-key",
  "smtp-user": "planted-user",
  "smtp-password": "planted-password",
  "webhook-url": "https://elsewhere.example.com",
  "watchdog-url": "https://beats.example.com/planted-beat",
};
const files = (changes: Record<string, unknown>) =>
  watcherFiles(
    "production",
    settingsOf({ service: "api", monitoring: { kind: "host" }, ...changes }, { noticeSecrets: Object.keys(secrets) }),
    secrets,
  );

describe("the files of what watches from the first host", () => {
  it("ask that host in the stack's network, and others where a tunnel to them ends", () => {
    const two = { controller: "10.213.0.1:19413", machine: "10.213.0.1:19100" };
    const { configuration } = files({
      host: server("203.0.113.1"),
      hosts: { two: server("203.0.113.2") },
      databases: {},
      monitoring: { kind: "host", targets: { two } },
    });
    const targets = JSON.parse(configuration["targets.json"]) as { targets: string[]; labels: { part: string } }[];
    expect(targets.map(({ targets: [address], labels: { part } }) => `${part} ${address ?? ""}`)).toEqual([
      "host 10.213.0.10:9100",
      "controller 10.213.0.3:9413",
      "controller 10.213.0.1:19413",
      "host 10.213.0.1:19100",
    ]);
  });

  it("ask further hosts at ports of the tunnel, where the settings name no other way", () => {
    const { configuration } = files({
      host: server("203.0.113.1"),
      hosts: { two: { ...server("203.0.113.2"), admin: "root" }, three: { ...server("203.0.113.3"), admin: "root" } },
      databases: {},
    });
    const targets = JSON.parse(configuration["targets.json"]) as {
      targets: string[];
      labels: { host: string; part: string };
    }[];
    expect(targets.map(({ targets: [address], labels: { host, part } }) => `${host} ${part} ${address ?? ""}`)).toEqual(
      [
        "host host 10.213.0.10:9100",
        "two controller 10.213.0.13:20001",
        "two host 10.213.0.13:21001",
        "three controller 10.213.0.13:20002",
        "three host 10.213.0.13:21002",
        "host controller 10.213.0.3:9413",
      ],
    );
  });

  it("ask the service where the settings say, at every place that a replica may have", () => {
    const asked = (monitoring: Record<string, unknown>) =>
      parse(files({ replicas: 2, monitoring: { kind: "host", ...monitoring } }).configuration["prometheus.yaml"]) as {
        scrape_configs: { job_name: string; static_configs?: { targets: string[]; labels: object }[] }[];
      };
    expect(asked({}).scrape_configs.map(({ job_name: name }) => name)).toEqual(["slipway"]);
    const job = asked({ service: { port: 8001 } }).scrape_configs[1];
    expect(job).toMatchObject({ job_name: "service", metrics_path: "/metrics", sample_limit: 2_000 });
    expect(job?.static_configs?.flatMap(({ targets }) => targets)).toEqual(
      [16, 17, 24, 25, 32, 33, 40, 41].map((last) => `10.213.0.${String(last)}:8001`),
    );
    expect(job?.static_configs?.at(-1)?.labels).toEqual({
      service: "api",
      environment: "production",
      host: "host",
      part: "service",
      slot: "green",
    });
  });

  it("hold keys of the channels that there are and no other secret", () => {
    expect(files({}).keys).toEqual({});
    expect(Object.keys(files({ notices: { slack: {}, pagerduty: {} } }).keys)).toEqual([
      "pagerduty-routing-key",
      "slack-url",
    ]);
    const { configuration, keys } = files({ notices: { slack: {}, pagerduty: {}, email: mail } });
    const text = JSON.stringify(configuration);
    for (const [name, value] of Object.entries(secrets)) expect(text.includes(value), name).toBe(name === "smtp-user");
    expect(keys["smtp-password"]).toBe("planted-password");
    expect(parse(configuration["alertmanager.yaml"])).toHaveProperty("receivers[3].email_configs[0]", {
      to: "b@example.com",
      from: "a@example.com",
      smarthost: "mail.example.com:587",
      require_tls: true,
      send_resolved: true,
      auth_username: "planted-user",
      auth_password_file: "/etc/slipway/smtp-password",
    });
  });

  it("say who waits for the watchdog only where that is wanted", () => {
    const heard = (monitoring: object) =>
      files({ monitoring: { kind: "host", ...monitoring } }).configuration["alertmanager.yaml"];
    expect(heard({})).not.toContain("planted-beat");
    expect(heard({ watchdog: true })).toContain("url: https://beats.example.com/planted-beat\n");
  });

  it("name the port at which a mail server begins with TLS", () => {
    const { configuration } = files({ notices: { email: { ...mail, tls: "implicit" } } });
    expect(configuration["alertmanager.yaml"]).toContain("smarthost: mail.example.com:465");
  });
});

describe("what watches from the first host", () => {
  const commands = watcherCommands({ retentionDays: 7, diskMegabytes: 300 });

  it("keeps no more than it may", () => {
    expect(commands.prometheus).toEqual(
      expect.arrayContaining(["--storage.tsdb.retention.time=7d", "--storage.tsdb.retention.size=300MB"]),
    );
  });

  it("writes down at once whom it has told, and can't be stopped or changed through its address", () => {
    expect(commands.alertmanager).toContain("--data.maintenance-interval=1s");
    expect(commands.alertmanager).toContain("--cluster.listen-address=");
    expect(commands.prometheus.join(" ")).not.toMatch(/enable-(lifecycle|admin-api)/);
  });
});

describe("slipway:monitoring of kind host", () => {
  const problems = (changes: Record<string, unknown>) => problemsOf({ monitoring: { kind: "host" }, ...changes });

  it("needs a host", () => {
    expect(problems({ host: undefined })).toContain(
      "slipway:monitoring.kind: watches from the stack's first host, and there is none, got host; allowed existing, or a stack with slipway:host. Fix: pulumi config rm slipway:monitoring",
    );
  });

  it("needs somebody who may make a user on each further host, or an address, and no address of the first", () => {
    const stack = (two: object, monitoring: object = { kind: "host" }) =>
      problems({
        host: server("203.0.113.1"),
        hosts: { two: { ...server("203.0.113.2"), ...two } },
        databases: {},
        monitoring,
      });
    expect(stack({})).toEqual([
      "slipway:hosts.two.admin: is missing: nobody may make the user there by whom the first host asks for figures; allowed a user who may become root, or your own tunnel's end in slipway:monitoring.targets.two.controller. Fix: pulumi config set --path 'slipway:hosts.two.admin' <user>",
    ]);
    expect(stack({ admin: "root" })).toEqual([]);
    expect(stack({}, { kind: "host", targets: { two: { controller: "10.213.0.1:19413" } } })).toEqual([]);
    const own = { kind: "host", targets: { host: { machine: "10.0.0.5:9100" } } };
    expect(problems({ monitoring: own })).toEqual([
      "slipway:monitoring.targets.host.machine: means nothing with kind host, which reaches its own host in the stack's network, got 10.0.0.5:9100; allowed nothing. Fix: pulumi config rm --path 'slipway:monitoring.targets.host.machine'",
    ]);
  });

  it("never asks the service at the port that the proxy leads to", () => {
    const service = (port: number) => problems({ port: 3000, monitoring: { kind: "host", service: { port } } });
    expect(service(9090)).toEqual([]);
    expect(service(3000)).toEqual([
      "slipway:monitoring.service.port: is the one that the proxy leads to, so everybody could read the metrics, got 3000; allowed any but slipway:port, 3000. Fix: let the service answer Prometheus at a port of its own, and pulumi config set --path slipway:monitoring.service.port <port>",
    ]);
  });

  it("needs the address at which the watchdog is heard", () => {
    expect(problems({ monitoring: { kind: "host", watchdog: true } })).toEqual([
      "slipway:noticeSecrets.watchdog-url: is missing, and slipway:monitoring.watchdog needs it. Fix: pulumi config set --secret --path 'slipway:noticeSecrets.watchdog-url' <value>",
    ]);
  });

  it("wants a mail server that Alertmanager can talk to", () => {
    const email = { ...mail, tls: "implicit", port: 4650, login: false };
    expect(problems({ notices: { email } })).toEqual([
      "slipway:notices.email.port: is one at which Alertmanager does not begin with TLS, got 4650; allowed 465, or tls starttls. Fix: pulumi config set --path slipway:notices.email.port 465",
    ]);
  });
});

it("the exporter of a machine tells all that the rules ask of it", () => {
  const collectors: Readonly<Record<string, string>> = { memory: "meminfo" };
  const asked = alertRules({ service: "api", environment: "production" }).flatMap(({ expr }) =>
    Array.from(expr.matchAll(/\bnode_([a-z]+)_/g), ([, part = ""]) => `--collector.${collectors[part] ?? part}`),
  );
  const { exporter } = watcherCommands({ retentionDays: 1, diskMegabytes: 256 });
  expect(new Set(asked).size).toBeGreaterThan(3);
  expect(exporter).toEqual(expect.arrayContaining(asked));
});
