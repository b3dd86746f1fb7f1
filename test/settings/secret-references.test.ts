import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { formatProblems } from "../../lib/problem.ts";
import { wordsFor } from "../../lib/secrets/ask-store.ts";
import { askForSecrets } from "../../settings/ask-for-secrets.ts";
import { readConfiguration, type Entry } from "../../settings/read-configuration.ts";
import { lookUpSecrets } from "../../settings/secret-references.ts";
import { openProject, saidByProject } from "../../settings/stack-files.ts";
import { problemsOf, settingsOf } from "../support/settings-of.ts";
import { rawConfig } from "../support/raw-config.ts";

const command = { secretCommand: ["pass", "show"] };
const referring = (reference: unknown) => problemsOf({ ...command, secretReferences: { token: reference } });

describe("a reference", () => {
  test.each([
    "shop/production/token",
    "op://shop/token/password?attribute=otp",
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-AbCdEf",
    "shop/data/production#token",
    "team@example.test",
    "v1.2",
    "a..b/c.d",
  ])("may be %s", (reference) => {
    expect(referring(reference)).toEqual([]);
  });

  test.each([
    "-rf",
    "--config=/tmp/x",
    "../other-team/token",
    "shop/../../other-team/token",
    "shop/..",
    "./token",
    "shop/./token",
    "shop/.git/config",
    "/etc/shadow",
    "~/.ssh/id_ed25519",
    "@/etc/shadow",
    "two words",
    "two\nlines",
    "ends\n",
    "$(touch x)",
    "`touch x`",
    "a;b",
    "a|b",
    "a&b",
    "a'b",
    'a"]["b',
    "a\\b",
    "nul\0",
    "",
    "ä",
    "x".repeat(513),
  ])("is never %j", (reference) => {
    const [problem = "", ...others] = referring(reference);
    expect(others).toEqual([]);
    expect(problem).toContain("slipway:secretReferences.token: is not allowed");
    expect(problem).toContain("allowed one word of letters");
  });

  test("stays one word of the tool's, which begins as the command says", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 20 }), (reference) => {
        fc.pre(referring(reference).length === 0);
        expect(wordsFor(["get"], reference)).toEqual(["get", reference]);
        expect(reference).toMatch(/^[\w][^\s'"`$\\;|&<>(){}[\]!*^]*$/);
        expect(reference.split("/")).not.toContain("..");
      }),
    );
  });
});

test("no stack file chooses the program by a reference, and a name has one source", () => {
  expect(problemsOf({ secretCommand: ["{}", "show"] }).join()).toContain(
    "slipway:secretCommand[0]: is the program, which no stack file may choose, got {}; allowed {} in the words after it",
  );
  const both = problemsOf({ ...command, secretReferences: { token: "shop/token" } }, { secrets: ["token"] });
  expect(both).toEqual([
    "slipway:secretReferences.token: names a secret that slipway:secrets.token has a value for; allowed one of the two. " +
      "Fix: pulumi config rm --path 'slipway:secrets.token', or pulumi config rm --path 'slipway:secretReferences.token'",
  ]);
});

test("a secret by reference is a secret like any other: variables may be made of it, and none may take its place", () => {
  const references = { ...command, secretReferences: { "database-url": "shop/url" }, databases: {} };
  const { secrets } = settingsOf({ ...references, container: { secretVariables: ["DATABASE_URL"] } });
  expect(Object.keys(secrets)).toEqual(["database-url"]);
  expect(problemsOf({ ...references, env: { DATABASE_URL_FILE: "x" } }).join()).toContain(
    "is set by slipway:secrets.database-url",
  );
});

describe("the command", () => {
  const entries = (isProjects: boolean): Entry[] => [
    ...Object.entries(rawConfig("local")).map(([key, value]) => ({ key: `slipway:${key}`, value, isSecret: false })),
    { key: "slipway:secretReferences", value: '{"token":"shop/token"}', isSecret: false },
    { key: "slipway:secretCommand", value: '["touch","broken-out"]', isSecret: false, isProjects },
  ];

  test("is taken from Pulumi.yaml alone: a stack file is data that a pull request brings along", () => {
    expect(readConfiguration(entries(true))).not.toHaveProperty("problems");
    const read = readConfiguration(entries(false));
    expect("problems" in read && formatProblems(read.problems)).toBe(
      "slipway:secretCommand: stands in a stack file, which is data that a pull request brings along, and names a program to run; " +
        "allowed Pulumi.yaml only, under config:. Fix: pulumi config rm slipway:secretCommand, then write it into Pulumi.yaml",
    );
  });

  test("is the project's where the engine says the same as Pulumi.yaml, in whatever form that is written", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-project-"));
    const told = (value: string) =>
      saidByProject([{ key: "slipway:secretCommand", value, isSecret: false }], folder).map(
        ({ isProjects = false }) => isProjects,
      );
    const project = (text: string) => {
      writeFileSync(join(folder, "Pulumi.yaml"), text);
    };
    writeFileSync(join(folder, "Pulumi.local.yaml"), "config:\n  slipway:secretCommand: [touch, x]\n");
    project("name: shop\nconfig:\n  slipway:secretCommand: [get, a&b]\n");
    expect([told('["get","a&b"]'), told('["get","a\\u0026b"]'), told('["touch","x"]')]).toEqual([
      [true],
      [true],
      [false],
    ]);
    expect(openProject(folder).read("local")).toMatchObject([{ value: '["touch","x"]' }]);
    expect(openProject(folder).read("local")[0]).not.toHaveProperty("isProjects");
    project("name: shop\nconfig:\n  slipway:secretCommand:\n    value: [touch, x]\n");
    expect(openProject(folder).read("local")).toMatchObject([{ isProjects: true }]);
    project("name: shop\n");
    expect(told('["touch","x"]')).toEqual([false]);
    rmSync(folder, { recursive: true });
  });

  test("is asked for where only references are", () => {
    expect(problemsOf({ secretReferences: { token: "shop/token" } }).join()).toContain(
      "slipway:secretCommand: is missing, and slipway:secretReferences needs it. Fix: write it into Pulumi.yaml",
    );
  });
});

describe("looking up", () => {
  let folder: string;
  const outputs: Record<string, unknown> = {};
  const resources: Record<string, unknown> = {};
  const said: string[] = [];
  beforeAll(() => {
    vi.spyOn(pulumi.log, "warn").mockImplementation((line) => {
      said.push(line);
      return Promise.resolve();
    });
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "slipway-references-"));
    await begin(false);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    said.length = 0;
  });

  const begin = (preview: boolean) =>
    pulumi.runtime.setMocks(
      {
        call: ({ token }) => ({ outputs: token === "pulumi:pulumi:readStackOutputs" ? outputs : resources }),
        newResource: () => ({ id: "", state: {} }),
      },
      "api",
      "local",
      preview,
      "acme",
    );

  const lookUp = (script: string, known: string[] = []) => {
    writeFileSync(join(folder, "tool"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const secretReferences = { token: "shop/token", "api-key": "shop/key" };
    return lookUpSecrets({ secretCommand: ["./tool"], secretReferences, folder, known });
  };

  test("gives each name its value", async () => {
    expect(await lookUp('echo "of $1"')).toEqual({ token: "of shop/token", "api-key": "of shop/key" });
  });

  test("an update is refused with all that could not be had, and with nothing that is a secret", async () => {
    const script =
      'echo "leaked-value x"; echo "$1: leaked-value known-value" >&2; printf "\\033[31mwhy not\\r\\n" >&2; exit 4';
    const refused = await lookUp(script, ["known-value"]).catch((error: unknown) => String(error));
    expect(refused).toBe(
      ["token", "api-key"]
        .map((name) => {
          const reference = `shop/${name.replace("api-", "")}`;
          return (
            `Error: slipway:secretReferences.${name}: could not be looked up as ${reference}, ` +
            `got ./tool ended with exit code 4: ${reference}: [secret] [secret] / [31mwhy not. ` +
            `Fix: run \`./tool ${reference}\` in the folder of Pulumi.yaml until it prints the secret`
          );
        })
        .join("\n")
        .replace("\nError: ", "\n"),
    );
  });

  test("the way to look is one that a shell can be given", async () => {
    const secretCommand = ["no-such-tool", "--extract", '["{}"]'];
    const asked = await askForSecrets({ secretCommand, secretReferences: { token: "shop/token" }, folder, known: [] });
    expect(asked.missing[0]?.problem).toMatchObject({
      got: "no-such-tool is not installed here",
      fix: `run \`no-such-tool --extract '["shop/token"]'\` in the folder of Pulumi.yaml until it prints the secret`,
    });
  });

  test("what nobody could tell from a secret is not quoted", async () => {
    const script = 'echo planted-value >&2; head -c 2000000 /dev/zero | tr "\\0" x';
    const refused = await lookUp(script).catch((error: unknown) => String(error));
    expect(refused).toContain("got ./tool prints more than 1 MiB. Fix:");
    expect(refused).not.toContain("planted");
  });

  test("a preview goes on with what the live slot has, and says what it did not see", async () => {
    await begin(true);
    outputs.live = { slot: "green" };
    resources["urn:pulumi:local::api::x::api-green-secrets-write"] = {
      outputs: { stdin: '{"token":"as-before","database-url":"x"}' },
      type: "command:local:Command",
    };
    expect(await lookUp("exit 1")).toEqual({ token: "as-before", "api-key": "[secret]" });
    expect(said.join()).toContain(
      "it takes token as if it had not changed since the last update, and api-key as new, so the release gets another name than the one shown",
    );
    expect(said.join()).not.toContain("as-before");
  });
});
