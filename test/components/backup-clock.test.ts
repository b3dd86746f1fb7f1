import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { BackupClock } from "../../components/backup-clock.ts";
import { Host } from "../../components/host.ts";
import { localConnection } from "../../lib/hosts/host-connection.ts";
import { HostNames } from "../../lib/hosts/naming.ts";
import { backupsOnHost } from "../../lib/releases/backup-variables.ts";
import { parseSettings } from "../../settings/settings.ts";
import { rawConfig } from "../support/raw-config.ts";
import { recordEach } from "../support/recorder.ts";

const recorded = recordEach();

test("a timer is laid down as root for the user who deploys, and taken away when it leaves the stack", async () => {
  const parsed = parseSettings(rawConfig("local", { backups: { directory: "/b" } }), {});
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  const names = new HostNames("api", "test", "10.9.9.0/24");
  const asked: { readonly asRoot: boolean; readonly env: Readonly<Record<string, string>> }[] = [];
  const local = localConnection("unix:///d.sock");
  const connection = {
    ...local,
    deployer: "slipway",
    command: (script: Parameters<typeof local.command>[0]) => {
      asked.push({ asRoot: script.asRoot ?? false, env: script.env ?? {} });
      return local.command(script);
    },
  };
  const args = { service: "api", stack: "test", subnet: "10.9.9.0/24", backups: "/b", ports: [], names };
  const host = new Host("host", { ...args, connection: local });
  const backups = backupsOnHost(parsed.settings, { names, service: "api", stack: "test" });
  new BackupClock("backups", { host: Object.assign(host, { connection }), backups, every: "6h" });
  await pulumi.runtime.disconnect();

  const [on, off] = ["backups-on", "backups-off"].map((name) => recorded.resources.find((each) => each.name === name));
  const own = asked.filter(({ env }) => "UNIT" in env);
  expect(own.map(({ asRoot }) => asRoot)).toEqual([true, true]);
  expect(own[0]?.env).toMatchObject({ UNIT: "slipway-backup-api-test", DEPLOYER: "slipway", LIMIT: "4h" });
  expect(own[0]?.env.TIMER).toContain("OnUnitActiveSec=21600s");
  expect(own[0]?.env.PROGRAM).toContain("export BACKUPS=/b/api-test");
  expect(on?.inputs.delete).toBeUndefined();
  expect(off?.inputs.create).toBe("true");
  expect(off?.inputs.delete).toBeDefined();
  expect(off?.dependsOn).toContain(on?.urn);
});
