import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { secretUses, type SecretStore } from "../../workflows/secret-uses.ts";
import { formatProblem } from "../../lib/problem.ts";
import { catalog } from "../../settings/catalog.ts";
import { settingsSchema } from "../../settings/settings-schema.ts";
import { parseSettings, type Settings } from "../../settings/settings.ts";
import { rawConfig } from "../support/raw-config.ts";
import { problemsOf as problemsWith } from "../support/settings-of.ts";

function settingsOf(stack: string, changes: Record<string, unknown> = {}): Settings {
  const raw = rawConfig(stack, changes);
  const needed = (section: string, store: SecretStore) =>
    (raw[section] ?? "{}") === "{}" ? [] : secretUses.filter((use) => use.store === store).map(({ secret }) => secret);
  const parsed = parseSettings(raw, {
    repositorySecrets: needed("repository", "repository"),
    dependabotSecrets: needed("repository", "dependabot"),
    environmentSecrets: needed("environment", `environment:${stack}`),
  });
  if ("problems" in parsed) throw new Error(parsed.problems.map(formatProblem).join("\n"));
  return parsed.settings;
}

function problemsOf(changes: Record<string, unknown>, secrets: string[] = [], noticeSecrets: string[] = []): string[] {
  return problemsWith(changes, { secrets, noticeSecrets });
}

describe("the stacks of this repository", () => {
  test.each(["local", "staging", "production"])("%s is valid", (stack) => {
    expect(settingsOf(stack).service).toBe("ape-2026");
  });

  test("governance is valid, and has no service", () => {
    expect(settingsOf("governance").host).toBeUndefined();
  });

  test("a service has a name of its own; nobody gets the first one's", () => {
    const given = Object.entries(rawConfig("local")).filter(([key]) => key !== "service");
    const parsed = parseSettings(Object.fromEntries(given), {});
    expect("problems" in parsed && parsed.problems.map(formatProblem)).toEqual([
      "slipway:service: is missing; allowed text. Fix: pulumi config set --path 'slipway:service' <value>",
    ]);
  });

  test("defaults fill what a stack leaves out", () => {
    expect(settingsOf("local")).toMatchObject({
      health: { path: "/health", intervalMs: 500, timeoutMs: 2000, gateSeconds: 60 },
      verdict: { maxErrorRatePercent: 10, maxResponseMs: 5000, minRequests: 20 },
    });
  });

  test("settings are frozen all the way down", () => {
    const { profile } = settingsOf("local");
    expect(() => profile.steps.push(1)).toThrow(TypeError);
  });

  test("a stack without a host has none", () => {
    expect(settingsOf("local", { host: {} }).host).toBeUndefined();
  });

  test("staging and production differ by values only: the same sections, and no code that asks for a stack's name", () => {
    const sections = (stack: string) =>
      Object.entries(settingsOf(stack)).flatMap(([key, value]) =>
        typeof value === "object" && Object.keys(value).length === 0 ? [] : [key],
      );
    expect(sections("staging")).toEqual(sections("production"));
    expect(sections("production")).not.toEqual(expect.arrayContaining([expect.stringMatching(/github|environment/)]));
    const code = ["index.ts", ...["components", "lib"].flatMap((folder) => globSync(`${folder}/**/*.{ts,sh}`))];
    // On GitHub these are names of environments, a setting like others.
    const asking = code.filter(
      (file) => !file.startsWith("github/") && /["'](staging|production)["']/.test(readFileSync(file, "utf8")),
    );
    expect(code.length).toBeGreaterThan(30);
    expect(asking).toEqual([]);
  });

  test("every key is described, and nothing else is a setting", () => {
    for (const key of Object.values(catalog)) expect(key.description).toBeTruthy();
    expect(Object.keys(catalog).sort()).toEqual(Object.keys(settingsSchema.shape).sort());
  });
});

describe("a wrong setting is named with what is allowed and how to mend it", () => {
  test("who is let in is somebody, and no password goes over the network in plain", () => {
    expect(problemsOf({ access: {} })).toEqual([]);
    expect(problemsOf({ access: { addresses: [] } })).toEqual([
      expect.stringContaining("slipway:access: would let nobody in") as string,
    ]);
    expect(problemsOf({ access: { addresses: ["10.0.0.0/8", "office"] } })).toEqual([
      expect.stringContaining("slipway:access.addresses[1]: is not allowed, got office") as string,
    ]);
    expect(problemsOf({ access: { user: "team" } })).toEqual([
      "slipway:accessPassword: is missing, and slipway:access.user needs it. " +
        "Fix: openssl rand -hex 16 | pulumi config set --secret slipway:accessPassword",
    ]);
    expect(problemsOf({ access: { user: "team" }, accessPassword: "given" })).toEqual([]);
    expect(problemsOf({ access: { user: "team" }, accessPassword: "given", listenAddress: "0.0.0.0" })).toEqual([
      expect.stringContaining(
        "slipway:access.user: would send its password in plain over the network, got http at 0.0.0.0",
      ),
    ]);
    expect(problemsOf({ accessPassword: "given" })).toEqual([
      expect.stringContaining("slipway:accessPassword: is asked of nobody; allowed a slipway:access.user whose it is"),
    ]);
  });

  test("a role has a name that is nobody else's, words to start with, and room", () => {
    const command = ["work"];
    for (const name of ["web", "blue", "green-worker", "Worker", "9"]) {
      expect(problemsOf({ roles: { [name]: { command } } })).toEqual([
        expect.stringMatching(/^slipway:roles\S+: has a name that is not allowed/) as string,
      ]);
    }
    expect(problemsOf({ roles: { worker: {} } })).toEqual([expect.stringContaining("slipway:roles.worker.command: ")]);
    expect(problemsOf({ roles: { a: { command, replicas: 32 }, b: { command } } })).toEqual([
      "slipway:roles: has more containers than a slot has room for, got 33 of a, b; allowed 32 of all roles together. " +
        "Fix: lower replicas, and let each container have more processes",
    ]);
    expect(problemsOf({ roles: { "web-jobs": { command, replicas: 32 } } })).toEqual([]);
  });

  test("a role runs by the clock where cron says when, in one container, on hosts whose clock Slipway may set", () => {
    const [command, schedule] = [["tidy"], "15 3 * * *"];
    const server = {
      kind: "ssh",
      address: "203.0.113.7",
      hostKey: `ssh-ed25519 ${"A".repeat(68)}`,
      user: "slipway",
    };
    const host = { ...server, admin: "admin" };
    expect(problemsOf({ host, roles: { tidy: { command, schedule, timeoutSeconds: 60 } } })).toEqual([]);
    expect(problemsOf({ roles: { tidy: { command, schedule } } })).toEqual([
      "slipway:roles.tidy.schedule: needs a timer of systemd's on slipway:host, which only root sets, got 15 3 * * *; allowed where it is a " +
        "server with admin (docs/hosts.md). Fix: name slipway:host.admin; or leave schedule out, and let the role run a scheduler of its own " +
        "(docs/own-service.md#work-by-the-clock)",
    ]);
    // It runs on the first host alone, unless it says otherwise.
    const hosts = { second: { ...server, address: "203.0.113.8" } };
    expect(problemsOf({ host, hosts, databases: {}, roles: { tidy: { command, schedule } } })).toEqual([]);
    expect(problemsOf({ host, hosts, databases: {}, roles: { tidy: { command, schedule, hosts: "all" } } })).toEqual([
      expect.stringContaining("slipway:roles.tidy.schedule: needs a timer of systemd's on slipway:hosts.second, "),
    ]);
    expect(problemsOf({ host, roles: { tidy: { command, schedule: "@daily" } } })).toEqual([
      expect.stringMatching(
        /^slipway:roles\.tidy\.schedule: .*got @daily; allowed the five fields of cron, in UTC/,
      ) as string,
    ]);
    expect(problemsOf({ host, roles: { tidy: { command, schedule, replicas: 2, healthcheck: ["ping"] } } })).toEqual([
      expect.stringContaining("slipway:roles.tidy.replicas: means nothing of a role that runs by the clock, got 2"),
      expect.stringContaining(
        "slipway:roles.tidy.healthcheck: means nothing of a role that runs by the clock, got ping",
      ),
    ]);
    expect(problemsOf({ roles: { tidy: { command, timeoutSeconds: 60 } } })).toEqual([
      expect.stringContaining("slipway:roles.tidy.timeoutSeconds: means nothing of a role that runs all the time"),
    ]);
  });

  test("a volume has a folder of its own", () => {
    const limits = { writable: ["/app/cache"] };
    const volumes = {
      a: { folder: "/app/a" },
      b: { folder: "/app/a" },
      c: { folder: "/app/cache" },
      d: { folder: "/tmp" },
    };
    expect(problemsOf({ limits, volumes })).toEqual([
      "slipway:volumes.b.folder: is a folder where slipway:volumes.a is, got /app/a; allowed one of its own. " +
        "Fix: pulumi config set --path 'slipway:volumes.b.folder' <another>",
      expect.stringContaining("slipway:volumes.c.folder: is a folder which slipway:limits.writable puts in memory"),
      expect.stringContaining("slipway:volumes.d.folder: is a folder which is in memory"),
    ]);
    expect(problemsOf({ volumes: { "Up.loads": { folder: "/app/a" } } })).toEqual([
      expect.stringContaining('slipway:volumes["Up.loads"]: has a name that is not allowed') as string,
    ]);
    expect(problemsOf({ volumes: { a: { folder: "/run/secrets/x" } } })).toEqual([
      expect.stringContaining("slipway:volumes.a.folder: is not allowed, got /run/secrets/x; allowed an absolute path"),
    ]);
  });

  test("several hosts need a database that is elsewhere", () => {
    const host = { kind: "ssh", address: "10.0.0.1", user: "deploy", hostKey: `ssh-ed25519 ${"A".repeat(68)}` };
    const problems = problemsOf({ hosts: { second: host } });
    expect(problems).toEqual([
      expect.stringContaining("slipway:host: is the first of several hosts, got local; allowed kind ssh"),
      expect.stringContaining("slipway:databases: would hold other data on each of several hosts, got postgres, redis"),
    ]);
    expect(problemsOf({ host, hosts: { second: host }, databases: {} })).toEqual([]);
    const uploads = { folder: "/app/uploads" };
    expect(problemsOf({ host, hosts: { second: host }, databases: {}, volumes: { uploads } })).toEqual([
      "slipway:volumes.uploads: would hold other files on each of several hosts, got 2 hosts; allowed one host, or that it is said. " +
        "Fix: keep the files elsewhere; or, where each host may have its own, pulumi config set --path 'slipway:volumes.uploads.eachHost' true",
    ]);
    const apart = { uploads: { ...uploads, eachHost: true } };
    expect(problemsOf({ host, hosts: { second: host }, databases: {}, volumes: apart })).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    [
      "version",
      "feature/login",
      "slipway:version: is not allowed, got feature/login; allowed a name such as 1.2.3, v1.2, 2024.11.03 or main-abc1234: letters, digits and . _ + -, first a letter or digit, at most 111. Fix: pulumi config set --path 'slipway:version' <value>",
    ],
    ["service", "Ape", "slipway:service: is not allowed, got Ape; allowed lower-case letters, digits and dashes"],
    [
      "host",
      { kind: "ssh", address: "10.0.0.1", user: "deploy" },
      "slipway:host.hostKey: is missing; allowed text. Fix: `ssh-keyscan -t ed25519 <address>` shows it; compare",
    ],
    [
      "host",
      { kind: "ssh", address: "10.0.0.1", user: "deploy", hostKey: "ssh-ed25519 AAAA me@here" },
      "slipway:host.hostKey: is not allowed, got ssh-ed25519 AAAA me@here; allowed a public host key such as ssh-ed25519",
    ],
    ["host", { kind: "local", port: 1 }, "slipway:host.port: is not a setting; allowed kind, dockerHost"],
    [
      "signature",
      { publicKey: "mine" },
      "slipway:signature.publicKey: is not allowed, got mine; allowed a public key in",
    ],
    [
      "signature",
      { identity: "https://github.com/acme/api" },
      'slipway:signature: must say who signs, one way, got {"identity":"https://github.com/acme/api"}; allowed either {publicKey}',
    ],
    [
      "registry",
      { username: "me" },
      "slipway:registryPassword: is missing, and slipway:registry needs it. Fix: pulumi config set --secret slipway:reg",
    ],
    [
      "preview",
      { header: "x-slot" },
      "slipway:previewSecret: is missing, and slipway:preview needs it. Fix: openssl rand -hex 16 | pulumi config set",
    ],
    [
      "hosts",
      { host: {} },
      "slipway:hosts.host: has a name that is not allowed, got host; allowed lower-case letters,",
    ],
    ["host", { kind: "cloud" }, "slipway:host.kind: is not allowed, got cloud; allowed local or ssh."],
    [
      "host",
      { kind: "local", dockerHost: "here" },
      "slipway:host.dockerHost: is not allowed, got here; allowed a Docker",
    ],
    ["image", {}, "slipway:image: must say where the image comes from, one way, got {}; allowed either {build"],
    ["image", { build: "a", name: "b" }, "slipway:image: must say where the image comes from, one way, got"],
    [
      "image",
      { build: "a", name: "b" },
      "Fix: pulumi config set --path 'slipway:image.<part>' <value>, or pulumi config rm --path 'slipway:image.<part>'",
    ],
    [
      "image",
      { build: "b", sha: "c" },
      "slipway:image.sha: is not a setting; allowed build, name, tag, keep. Fix: pulumi config rm",
    ],
    ["stockImages", { node: "no image!" }, "slipway:stockImages.node: is not allowed, got no image!; allowed an image"],
    ["url", "api.ape2026.com", "slipway:url: is not allowed, got api.ape2026.com; allowed empty or an http(s) address"],
    ["listenAddress", "localhost", "slipway:listenAddress: is not allowed, got localhost; allowed an IP address"],
    ["listenPort", 70000, "slipway:listenPort: is not allowed, got 70000; allowed at most 65535."],
    ["listenPort", 0, "slipway:listenPort: is not allowed, got 0; allowed at least 1."],
    ["subnet", "10.213.0.0/16", "slipway:subnet: is not allowed, got 10.213.0.0/16; allowed a private /24"],
    ["subnet", "10.999.0.0/24", "slipway:subnet: is not allowed, got 10.999.0.0/24; allowed a private /24"],
    ["subnet", "192.168.256.0/24", "slipway:subnet: is not allowed, got 192.168.256.0/24; allowed a private /24"],
    ["subnet", "10.010.0.0/24", "slipway:subnet: is not allowed, got 10.010.0.0/24; allowed a private /24"],
    ["subnet", "172.32.0.0/24", "slipway:subnet: is not allowed, got 172.32.0.0/24; allowed a private /24"],
    ["url", "https://[", "slipway:url: is not allowed, got https://[; allowed empty or an http(s) address"],
    [
      "image",
      { name: "ghcr.io/Acme/api" },
      "slipway:image.name: is not allowed, got ghcr.io/Acme/api; allowed an image",
    ],
    [
      "image",
      { name: "ghcr.io/acme/api:1.0" },
      "got ghcr.io/acme/api:1.0; allowed an image such as ghcr.io/acme/api in",
    ],
    ["image", { name: `api@sha256:${"0".repeat(64)}` }, "without tag or digest: the tag is slipway:image.tag"],
    [
      "notices",
      { email: { host: "mail", from: "a@b.c", to: ["a@b.cd"] } },
      "slipway:notices.email.from: is not allowed, got a@b.c",
    ],
    [
      "notices",
      { email: { host: "mail", from: "a@b.cd", to: ["a@b.cd"], tls: "none" } },
      "slipway:notices.email: would send a password that anybody on the way can read, got {",
    ],
    ["port", "http", "slipway:port: is of the wrong type, got http; allowed a number."],
    ["replicas", 9, "slipway:replicas: is not allowed, got 9; allowed at most 8."],
    ["replicas", 1.5, "slipway:replicas: is of the wrong type, got 1.5; allowed a whole number."],
    [
      "env",
      { "LOG LEVEL": "x" },
      "slipway:env.LOG LEVEL: has a name that is not allowed, got LOG LEVEL; allowed an env",
    ],
    ["env", { LEVEL: 1.1 }, "slipway:env.LEVEL: is of the wrong type, got 1.1; allowed text."],
    ["env", { LEVEL: [4] }, "slipway:env.LEVEL: is of the wrong type, got [4]; allowed text."],
    ["env", { LEVEL: "a\0b" }, "slipway:env.LEVEL: is not allowed, got a\0b; allowed text without the character NUL."],
    [
      "env",
      { PORT: "1" },
      "slipway:env.PORT: has a name that is not allowed, got PORT; allowed an environment variable's name such as LOG_LEVEL; Slipway itself sets PORT (by slipway:port) and all that begin with SLIPWAY_. Fix: pulumi config rm --path 'slipway:env.PORT'",
    ],
    ["env", { SLIPWAY_VERSION: "1" }, "slipway:env.SLIPWAY_VERSION: has a name that is not allowed"],
    ["env", { SLIPWAY_SLOT: "1" }, "slipway:env.SLIPWAY_SLOT: has a name that is not allowed"],
    [
      "env",
      { DATABASE_URL_FILE: "/x" },
      "slipway:env.DATABASE_URL_FILE: is set by slipway:databases.postgres to the file that holds it; allowed another name",
    ],
    ["databases", { mysql: {} }, "slipway:databases.mysql: is not a setting; allowed postgres, redis, neo4j."],
    [
      "databases",
      { redis: "yes" },
      "slipway:databases.redis: is of the wrong type, got yes; allowed a section with settings of its own. " +
        "Fix: pulumi config set --path 'slipway:databases.redis' '{}'",
    ],
    [
      "databases",
      { postgres: true },
      "allowed a section with settings of its own. Fix: pulumi config rm --path 'slipway:databases.postgres', " +
        "then pulumi config set --path 'slipway:databases.postgres.name' <value>",
    ],
    [
      "env",
      "x",
      "slipway:env: is of the wrong type, got x; allowed a section of names and values. " +
        "Fix: pulumi config rm --path 'slipway:env', then pulumi config set --path 'slipway:env.<name>' <value>",
    ],
    [
      "profile",
      { steps: 10 },
      "slipway:profile.steps: is of the wrong type, got 10; allowed a list. " +
        "Fix: pulumi config rm --path 'slipway:profile.steps', then pulumi config set --path 'slipway:profile.steps[0]' <value>",
    ],
    ["databases", { postgres: { name: "a" } }, "slipway:databases.postgres.user: is missing; allowed text"],
    ["backups", { directory: "here" }, "slipway:backups.directory: is not allowed, got here; allowed an absolute path"],
    ["health", { path: "health" }, "slipway:health.path: is not allowed, got health; allowed a path such as /health"],
    [
      "health",
      { timeout: 1 },
      "slipway:health.timeout: is not a setting; did you mean timeoutMs. Fix: pulumi config rm --path 'slipway:health",
    ],
    [
      "profile",
      { steps: [50, 10, 100] },
      "slipway:profile.steps[1]: must rise from step to step, got 10; allowed 51 to",
    ],
    [
      "profile",
      { steps: [10, 50] },
      "slipway:profile.steps[1]: the last step must move all traffic, got 50; allowed 100",
    ],
    [
      "profile",
      { steps: [] },
      "slipway:profile.steps: is not allowed, got []; allowed at least 1 entry. " +
        "Fix: pulumi config set --path 'slipway:profile.steps[0]' <value>",
    ],
    [
      "verdict",
      { maxErrorRatePercent: 101 },
      "slipway:verdict.maxErrorRatePercent: is not allowed, got 101; allowed at",
    ],
    [
      "profile",
      { kind: "slow" },
      "slipway:profile.kind: is not allowed, got slow; allowed instant or canary or linear",
    ],
    ["profile", { kind: "instant", steps: [100] }, "slipway:profile: must say its steps one way, got {"],
    ["profile", { step: [100] }, "slipway:profile.step: is not a setting; did you mean steps. Fix: pulumi config rm"],
    ["sticky", "yes", "slipway:sticky: is of the wrong type, got yes; allowed true or false."],
    ["preview", { header: "x y" }, "slipway:preview.header: is not allowed, got x y; allowed letters, digits, dashes"],
    ["drainSeconds", -1, "slipway:drainSeconds: is not allowed, got -1; allowed at least 0."],
    ["notices", { sms: {} }, "slipway:notices.sms: is not a setting; allowed webhook, slack, email, pagerduty, stuck"],
    [
      "notices",
      { email: { from: "a@example.com", to: ["b@example.com"] } },
      "slipway:notices.email.host: is missing; allowed text",
    ],
    [
      "notices",
      { slack: { events: ["ended"] } },
      "slipway:notices.slack.events[0]: is not allowed, got ended; allowed",
    ],
    ["freeze", { weekdays: ["fri"] }, "slipway:freeze.weekdays[0]: is not allowed, got fri; allowed monday or tuesday"],
    ["freeze", { timeZone: "Mars" }, "slipway:freeze.timeZone: is not allowed, got Mars; allowed a time zone such as"],
    ["faults", "eror-rate=1", "slipway:faults: is not allowed, got eror-rate=1; allowed a comma list of error-rate="],
    ["faults", "unhealthy,", "slipway:faults: is not allowed, got unhealthy,; allowed a comma list"],
    ["colour", "red", "slipway:colour: is not a setting; allowed those in docs/settings.md. Fix: pulumi config rm"],
    [
      "versoin",
      "1.0.0",
      "slipway:versoin: is not a setting; did you mean version. Fix: pulumi config rm --path 'slipway:versoin', then pulumi config set --path 'slipway:version' <value>",
    ],
  ])("%s: %j", (key, value, message) => {
    const problems = problemsOf({ [key]: value });
    expect(problems).toHaveLength(key === "profile" && JSON.stringify(value) === '{"steps":[]}' ? 2 : 1);
    expect(problems[0]).toContain(message);
  });

  test("steps mean nothing to a rolling rollout, and are not passed over in silence", () => {
    expect(problemsOf({ strategy: "rolling", profile: { steps: [50, 100] } })).toEqual([
      "slipway:profile.steps: means nothing with slipway:strategy rolling, which goes replica by replica, got [50,100]; allowed nothing. " +
        "Fix: pulumi config rm --path 'slipway:profile.steps'",
    ]);
    expect(problemsOf({ strategy: "rolling", profile: { kind: "linear" } })).toHaveLength(1);
    expect(problemsOf({ strategy: "rolling", profile: { pauseSeconds: 5 } })).toEqual([]);
    expect(problemsOf({ strategy: "recreate" })[0]).toContain("got recreate; allowed blue-green or rolling");
  });

  test("a number or yes-or-no where text is wanted is its text: pulumi config set --path makes such", () => {
    const image = { name: "ghcr.io/acme/api", tag: 20241103 };
    const { env, image: taken } = settingsOf("local", { image, env: { WORKERS: 4, LOW: -5, DEBUG: true, NAME: "x" } });
    expect(env).toEqual({ WORKERS: "4", LOW: "-5", DEBUG: "true", NAME: "x" });
    expect(taken.tag).toBe("20241103");
    expect(problemsOf({ health: { path: 5 } })[0]).toContain(
      "slipway:health.path: is not allowed, got 5; allowed a path",
    );
    expect(problemsOf({ env: { BIG: 2 ** 60 } })).toHaveLength(1);
  });

  test("text where a section or a list is wanted is the JSON of one: pulumi config set --path makes such", () => {
    const given = {
      databases: { redis: "{}", postgres: '{"name":"ape","user":"ape"}' },
      profile: { steps: "[25, 100]" },
      env: { RULES: '{"a":1}' },
    };
    const { databases, profile, env } = settingsOf("local", given);
    expect(databases).toEqual({ redis: {}, postgres: { name: "ape", user: "ape" } });
    expect(profile.steps).toEqual([25, 100]);
    expect(env).toEqual({ RULES: '{"a":1}' });
    const email = '{"host":"mail.example.com","from":"a@example.com","to":"[\\"b@example.com\\"]","subject":4}';
    expect(problemsOf({ notices: { email } })).toEqual([
      expect.stringMatching(/^slipway:notices\.email\.subject: is not a setting/),
    ]);
    expect(problemsOf({ databases: { redis: '{"size":1}' } })[0]).toContain("slipway:databases.redis.size: is not a");
    for (const redis of ["[]", "null", "4", "{"]) {
      expect(problemsOf({ databases: { redis } })[0], redis).toContain(`is of the wrong type, got ${redis}; allowed`);
    }
    expect(problemsOf({ profile: { steps: "{}" } })[0]).toContain("is of the wrong type, got {}; allowed a list");
  });

  test("text where a number is wanted is the number that it writes: pulumi config set --path makes such of 1.5", () => {
    const { limits, verdict } = settingsOf("local", {
      limits: { cpus: "1.5" },
      verdict: { maxErrorRatePercent: "2.5" },
    });
    expect(limits.cpus).toBe(1.5);
    expect(verdict.maxErrorRatePercent).toBe(2.5);
    for (const cpus of ["", "1,5", "1.5.0", "0x1", "1e3", " 1", "Infinity"])
      expect(problemsOf({ limits: { cpus } })[0], cpus).toMatch(/^slipway:limits\.cpus: is of the wrong type/);
    expect(problemsOf({ limits: { cpus: "9999.5" } })[0]).toContain("slipway:limits.cpus: is not allowed");
  });

  test.each(["2024.11.03", "v1.2", "main-abc1234", "20241103", "1.2.3-rc.1+5", "a".repeat(111)])(
    "version %s is a name",
    (version) => {
      expect(settingsOf("local", { version }).version).toBe(version);
    },
  );

  test("what delivers nothing needs neither version nor image, and what has a host needs both", () => {
    expect(settingsOf("governance")).toMatchObject({ version: "none", image: { name: "none" } });
    expect(problemsOf({ version: "", image: {} }).map((problem) => problem.replace(/:? .*/, ""))).toEqual([
      "slipway:version",
      "slipway:image",
    ]);
  });

  test.each(["-1", ".1", "_1", "a b", "a/b", "a:b", "a@b", "ü", "1.0\n", "$(id)", "a".repeat(112)])(
    "version %j is none",
    (version) => {
      expect(problemsOf({ version })[0]).toContain("slipway:version: is not allowed");
    },
  );

  test("all problems come at once", () => {
    expect(problemsOf({ version: "-x", listenPort: 0, profile: { steps: [0, 100] } })).toHaveLength(3);
  });

  test("a secret's bad name is shown, its value can't be: the check never gets it", () => {
    expect(problemsOf({}, ["API KEY"])).toEqual([
      "slipway:secrets.API KEY: has a name that is not allowed, got API KEY; allowed lower-case letters, digits and dashes. Fix: pulumi config rm --path 'slipway:secrets.API KEY'",
    ]);
  });

  test("a channel without its secrets is found before it is needed", () => {
    const notices = { slack: {}, pagerduty: {}, email: { host: "mail", from: "a@example.com", to: ["b@example.com"] } };
    expect(problemsOf({ notices }, [], ["pagerduty-routing-key"])).toEqual(
      ["slack-url", "smtp-user", "smtp-password"].map(
        (name) =>
          `slipway:noticeSecrets.${name}: is missing, and slipway:notices needs it. ` +
          `Fix: pulumi config set --secret --path 'slipway:noticeSecrets.${name}' <value>`,
      ),
    );
  });

  test.each([
    ["instant", [100]],
    ["canary", [10, 50, 100]],
    ["linear", [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]],
  ])("profile %s has the steps %j", (kind, steps) => {
    expect(settingsOf("local", { profile: { kind } }).profile.steps).toEqual(steps);
  });

  test.each(["", "unhealthy", "error-rate=0.3,latency-ms=6000", "crash-after-s=0,ignore-sigterm", "slow-start-s=20"])(
    "faults %j are allowed",
    (faults) => {
      expect(problemsOf({ faults })).toEqual([]);
    },
  );
});
