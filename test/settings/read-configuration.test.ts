import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProblems } from "../../lib/problem.ts";
import { problemsOfFile, readConfiguration, readHosts, type Entry } from "../../settings/read-configuration.ts";
import { secretMaps, secretTexts } from "../../settings/secret-keys.ts";
import { settingsSchema } from "../../settings/settings-schema.ts";
import { makeCertificate } from "../support/certificates.ts";
import { rawConfig } from "../support/raw-config.ts";

const local = rawConfig("local");
const entriesOf = (raw: Record<string, unknown>, secret: readonly string[] = []): Entry[] =>
  Object.entries({ ...local, ...raw }).map(([key, value]) => ({
    key: `slipway:${key}`,
    value: typeof value === "string" ? value : JSON.stringify(value),
    isSecret: secret.includes(key),
  }));

function problemsOf(entries: readonly Entry[]): string {
  const read = readConfiguration(entries);
  return "problems" in read ? formatProblems(read.problems) : "";
}

test("the schema says which settings are secrets", () => {
  expect(secretTexts).toEqual([
    "previewSecret",
    "registryPassword",
    "tlsKey",
    "accessPassword",
    "grafanaPassword",
    "githubAppKey",
  ]);
  expect(secretMaps).toEqual([
    "secrets",
    "backupSecrets",
    "noticeSecrets",
    "webhookSecrets",
    "repositorySecrets",
    "dependabotSecrets",
    "environmentSecrets",
  ]);
});

test("secrets come apart from the settings, which hold their names only", () => {
  const secrets = { "api-token": "s3cret", pin: 1234 };
  const given = { secrets, registryPassword: "pass", registry: { username: "me" } };
  const read = readConfiguration(entriesOf(given, ["secrets", "registryPassword"]));
  if ("problems" in read) throw new Error(formatProblems(read.problems));
  expect(read.secrets).toMatchObject({ secrets: { "api-token": "s3cret", pin: "1234" }, registryPassword: "pass" });
  expect(JSON.stringify(read.settings)).not.toMatch(/s3cret|1234|"pass"/);
  expect(Object.keys(read.settings.secrets)).toEqual(["api-token", "pin"]);
});

test("a secret that is JSON stays the text that it is", () => {
  const read = readConfiguration(entriesOf({ secrets: { rules: '{"a":1}' } }, ["secrets"]));
  expect(read).toMatchObject({ secrets: { secrets: { rules: '{"a":1}' } } });
});

test("a part that was set without --path is told from the part that it was meant for, which stays", () => {
  const right = entriesOf({ health: { path: "/healthz" } });
  const told = (key: string, value: string, isSecret = false) =>
    problemsOf([...right, { key: `slipway:${key}`, value, isSecret }]);
  expect(told("health.path", "/x")).toBe(
    "slipway:health.path: was set without --path, so nothing reads it, got /x. " +
      "Fix: pulumi config rm slipway:health.path, then pulumi config set --path 'slipway:health.path' <value>",
  );
  expect(told("profile.steps[0]", "20")).toContain("Fix: pulumi config rm slipway:profile.steps[0], then");
  expect(told("secrets.api-token", "hunter2", true)).toBe(
    "slipway:secrets.api-token: was set without --path, so nothing reads it. " +
      "Fix: pulumi config rm slipway:secrets.api-token, then pulumi config set --secret --path 'slipway:secrets.api-token' <value>",
  );
});

test("a secret in plain text is refused, with the command that does it right and without its value", () => {
  const secrets = { "api-token": "hunter2", pin: 1234 };
  const registry = { username: "me" };
  const plain = problemsOf(entriesOf({ secrets, registry, registryPassword: "hunter2" }));
  expect(plain.split("\n").sort()).toEqual([
    expect.stringContaining("Fix: pulumi config set --secret slipway:registryPassword <value>, with another"),
    "slipway:secrets.api-token: is a secret in plain text, for everybody who can read the stack file; allowed one that is set with --secret. " +
      "Fix: pulumi config set --secret --path 'slipway:secrets.api-token' <value>, with another value if anybody may have read this one",
    expect.stringContaining("slipway:secrets.pin: is a secret in plain text"),
  ]);
  expect(problemsOf(entriesOf({ secrets, registry, registryPassword: "x" }, ["secrets", "registryPassword"]))).toBe("");
});

test.each([
  "tlsKey",
  "noticeSecrets",
  "repositorySecrets",
  "dependabotSecrets",
  "environmentSecrets",
  "webhookSecrets",
])("slipway:%s in plain text is refused", (key) => {
  const value = key === "tlsKey" ? "hunter2" : { [key === "webhookSecrets" ? "name" : "NAME"]: "hunter2" };
  expect(problemsOf(entriesOf({ [key]: value }))).toContain("is a secret in plain text");
  expect(problemsOf(entriesOf({ [key]: value }, [key]))).not.toContain("in plain text");
});

test("keys of other namespaces are none of Slipway's, whatever the project is called", () => {
  const foreign = { key: "shop:versoin", value: "1", isSecret: false };
  expect(problemsOf([...entriesOf({}), foreign])).toBe("");
});

test("a stack file is looked at as an update would, with its secrets still encrypted", () => {
  const secure = { secure: "v1:abc" };
  const given = { secrets: { "api-token": secure }, registry: { username: "me" }, registryPassword: secure };
  const secret = ["secrets", "registryPassword"];
  const found = (raw: Record<string, unknown>) =>
    formatProblems(problemsOfFile(entriesOf({ ...given, ...raw }, secret)));
  expect(found({})).toBe("");
  expect(found({ port: 70_000, verison: 1 })).toMatch(/slipway:verison: is not a setting|slipway:port: is not allowed/);
  expect(found({ noticeSecrets: { "slack-url": "hunter2" } })).toContain(
    "slipway:noticeSecrets.slack-url: is a secret in plain text",
  );
});

test.each(["slipwy:version", "Slipway:version", "slip-way:version"])("%s would be read by nobody", (key) => {
  expect(problemsOf([...entriesOf({}), { key, value: "2.0.0", isSecret: false }])).toBe(
    `${key}: is in a namespace that nothing reads; did you mean slipway:version. ` +
      `Fix: write slipway:version in the stack file instead, or pulumi config rm ${key}`,
  );
});

describe("a secret is never shown", () => {
  /** No piece of it is a word that messages use. */
  const secret = fc.stringMatching(/^[q-z]{3}[0-9]{3}[Q-Z]{6}[0-9q-z"\\\n-]{4,40}$/);
  const shape: fc.Arbitrary<(secret: string) => string> = fc.constantFrom(
    (text: string) => text,
    (text: string) => JSON.stringify(text),
    (text: string) => JSON.stringify([text]),
    (text: string) => JSON.stringify({ name: text }),
    (text: string) => JSON.stringify({ "Bad Name": text, other: { deep: text } }),
    (text: string) => JSON.stringify({ name: [text], other: { [text]: text } }),
    (text: string) => `{"name": "${text}`,
    (text: string) => `{${text}`,
    (text: string) => `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----`,
    (text: string) => `[${text}, 1]`,
  );
  const pieces = (text: string) => {
    const core = text.replace(/["\\\n]/g, " ").split(" ");
    return core.flatMap((part) =>
      Array.from({ length: Math.max(0, part.length - 5) }, (_, at) => part.slice(at, at + 6)),
    );
  };
  const { certificate } = makeCertificate({ names: ["api.example.com"] });
  /** Sections that make the rest of the checks look at each secret. */
  const around = {
    tls: { kind: "files", certificate },
    url: "https://api.example.com",
    listenPort: 443,
    registry: { username: "me" },
    notices: { slack: {}, email: { host: "mail", from: "a@example.com", to: ["b@example.com"] } },
  };
  const check = (key: string, isSecret: boolean, isPlain: boolean) => {
    fc.assert(
      fc.property(secret, shape, fc.constantFrom({}, around, { version: 7, hosts: [] }), (value, as, rest) => {
        const printed = problemsOf(entriesOf({ ...rest, [key]: as(value) }, isSecret ? [key] : []));
        const shown = pieces(value).filter((piece) => printed.includes(piece));
        expect(shown, printed).toEqual([]);
        if (isPlain) expect(printed).toContain(`slipway:${key}: holds a value that was set with --secret`);
      }),
      { numRuns: 60 },
    );
  };

  test.each([...secretTexts, ...secretMaps])("of slipway:%s, plain or encrypted, whatever it looks like", (key) => {
    check(key, true, false);
    check(key, false, false);
  });

  const others = Object.keys(settingsSchema.shape).filter(
    (key) => ![...secretTexts, ...secretMaps].includes(key as never),
  );
  test.each(others)("that was set with --secret somewhere in slipway:%s", (key) => {
    check(key, true, true);
  });

  test("of a setting that does not exist", () => {
    check("passwrod", true, false);
  });
});

describe("what can't be read is one line with the command that mends it", () => {
  test.each([
    [
      { secrets: "hunter2" },
      "slipway:secrets: is not secrets by name; allowed an object of names and values. Fix: pulumi config rm slipway:secrets, then for each pulumi config set --secret --path 'slipway:secrets.<name>' <value>",
    ],
    [
      { secrets: { token: { deep: "hunter2" } } },
      "slipway:secrets.token: is not text; allowed one value. Fix: pulumi config set --secret --path 'slipway:secrets.token' <value>",
    ],
    // A channel's missing secret is no second problem.
    [
      { noticeSecrets: "[]", notices: { slack: {} } },
      "slipway:noticeSecrets: is not secrets by name; allowed an object of names and values. Fix: pulumi config rm slipway:noticeSecrets, then for each pulumi config set --secret --path 'slipway:noticeSecrets.<name>' <value>",
    ],
  ])("%j", (raw, message) => {
    expect(problemsOf(entriesOf(raw))).toBe(message);
  });

  test("a secret in the environment belongs among the secrets", () => {
    expect(problemsOf(entriesOf({ env: { API_KEY: "hunter2" } }, ["env"]))).toBe(
      "slipway:env: holds a value that was set with --secret, and Pulumi hides the whole setting for it; allowed plain text. " +
        "Fix: pulumi config set --secret --path slipway:secrets.<name> <value>, which the service reads as a file, and pulumi config rm --path 'slipway:env.<NAME>'",
    );
  });

  test("anything else is set again in plain text", () => {
    expect(problemsOf(entriesOf({ host: { kind: "local" } }, ["host"]))).toMatch(
      /Fix: pulumi config set --plaintext --path 'slipway:host\.<name>' <value>$/,
    );
  });

  test("it comes together with all other problems", () => {
    expect(problemsOf(entriesOf({ secrets: "x", version: "not one" })).split("\n")).toHaveLength(2);
  });
});

describe("hosts", () => {
  test("are read although much else is wrong", () => {
    const read = readHosts(entriesOf({ version: "not one", secrets: "garbage", profile: { stps: [] } }, ["env"]));
    expect(read).toMatchObject({ service: "ape-2026", host: { kind: "local" }, hosts: {} });
  });

  test("are read where pulumi config set made text of a section", () => {
    const second = { kind: "ssh", address: "b.example", user: "deploy", hostKey: `ssh-ed25519 ${"A".repeat(68)}` };
    const first = { ...second, address: "a.example" };
    const given = { host: first, hosts: { second: JSON.stringify(second) }, databases: { redis: "{}" } };
    expect(readHosts(entriesOf(given))).toMatchObject({
      hosts: { second: { address: "b.example" } },
      placed: { databases: { redis: {} } },
    });
  });

  test("are refused when a part of them is encrypted, or wrong", () => {
    expect(readHosts(entriesOf({}, ["host"]))).toMatchObject({ problems: [{ path: "slipway:host" }] });
    expect(readHosts(entriesOf({ host: { kind: "cloud" } }))).toMatchObject({
      problems: [{ path: "slipway:host.kind", got: "cloud" }],
    });
  });
});
