import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { BackupCopies } from "../../components/backup-copy.ts";
import { Host } from "../../components/host.ts";
import { HostCommand } from "../../components/host-command.ts";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { copyPlace } from "../../lib/releases/backup-variables.ts";
import { parseSettings } from "../../settings/settings.ts";
import { rawConfig } from "../support/raw-config.ts";
import { recordEach } from "../support/recorder.ts";

const repository = "s3:https://store.example.com/backups/shop";
const secrets = { password: "planted-password", "access-key": "planted-access", "secret-key": "planted-secret" };
const recorded = recordEach();

const named = (name: string) => {
  const found = recorded.resources.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`no ${name} among ${recorded.resources.map((each) => each.name).join(", ")}`);
  return found;
};

async function declare(frozen: boolean, on?: string) {
  const raw = rawConfig("local", { backups: { directory: "/b", copyTo: { repository } } });
  const parsed = parseSettings(raw, { backupSecrets: Object.keys(secrets) });
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const names = new HostNames("api", "test", "10.9.9.0/24");
  const connection = localConnection("unix:///d.sock");
  const args = { service: "api", stack: "test", subnet: "10.9.9.0/24", backups: "/b", ports: [], connection, names };
  const host = new Host("host", args);
  const place = copyPlace(parsed.settings, { names, service: "api", stack: "test" }, on);
  if (place === undefined) throw new Error("no place");
  const router = { controllerImage: pulumi.output("sha256:controller") };
  const after = new HostCommand("dump", { host, run: "true", timeoutSeconds: 1 }, {});
  new BackupCopies("copies", { host, router, place, secrets }).copy({ backup: "000001-before-x", after, frozen });
  await pulumi.runtime.disconnect();
  return place;
}

test("the keys reach the host on standard input only, as files of a volume that no user of the host reads", async () => {
  await declare(false);
  const written = named("copies-keys-write");
  expect(written.wire).not.toMatch(/"create":[^,]*planted/);
  const files = JSON.parse(String(written.inputs.stdin)) as Record<string, string>;
  expect(files).toEqual({
    password: "planted-password",
    credentials: "[default]\naws_access_key_id = planted-access\naws_secret_access_key = planted-secret\n",
  });
  for (const each of recorded.resources.filter(({ name }) => name !== "copies-keys-write"))
    expect(JSON.stringify(each.inputs), each.name).not.toContain("planted");
  expect(JSON.stringify({ ...written.inputs, stdin: "" })).not.toContain("planted");
});

test("a copy comes after its backup", async () => {
  await declare(false);
  expect(named("copies-copy").dependsOn).toContain(named("dump").urn);
  expect(named("copies-copy").ignoreChanges).toEqual([]);
});

test("an old backup is not copied again", async () => {
  await declare(true);
  expect(named("copies-copy").ignoreChanges).toEqual(["*"]);
});

test.each([
  [undefined, "api-test"],
  ["second", "api-test-second"],
])("each host of a stack has a folder of its own there: %s", async (host, folder) => {
  expect((await declare(false, host)).variables.COPY).toBe(`${repository}/${folder}`);
});

test("secrets that a copy needs and that are missing are said before anything is touched", () => {
  const raw = rawConfig("local", { backups: { copyTo: { repository } } });
  const parsed = parseSettings(raw, { backupSecrets: ["password"] });
  expect("problems" in parsed && parsed.problems.map(({ path }) => path)).toEqual([
    "slipway:backupSecrets.access-key",
    "slipway:backupSecrets.secret-key",
  ]);
});
